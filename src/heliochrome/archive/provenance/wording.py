"""What a provenance record says, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heliochrome.image.history import UNKNOWN, Step, record_steps

_TITLES = {
    "colorize": "Colorized",
    "restyle": "Restyled",
    "vintage": "Aged",
    "upscale": "Enlarged",
    "crop-borders": "Borders cropped",
    "restore-color": "Faded color restored",
    "contrast": "Contrast adjusted",
    "color-balance": "Color balanced",
}
COLOR_NOTE = (
    "The colors are a guess. A neural network chose them; they are no evidence of the colors "
    "that were there."
)
DOUBT_NOTE = "The network was hardly sure of these colors. They should not be published unreviewed."
# Pictures unlike photographs of people, places and things (coins, moons, brick walls) come out at
# a mean confidence of 0.17 to 0.22, usual photographs at 0.35 to 0.6, some of vivid things lower.
DOUBTFUL_BELOW = 0.30
STYLE_NOTE = (
    "This picture is an interpretation. A neural network gave it the style of other pictures; its "
    "colors and textures are not those of the scene."
)
DETAIL_NOTE = (
    "Fine detail is invented. A neural network enlarged the picture; the added detail is likely, "
    "not recorded."
)
NETWORK_NOTE = (
    "A neural network changed this picture. The record does not say what of it is invented."
)
UNKNOWN_NOTE = "What was done to this picture is unknown. The record does not say."
CHANGE_NOTE = (
    "No neural network invented anything in this picture. Software changed it; the original is "
    "kept unchanged."
)


@dataclass(frozen=True, slots=True)
class ColorGuess:
    """Colors that a network guessed.

    Attributes:
        confidence: mean of the picture, 0..1, when they were guessed; None where it is not stated.

    """

    confidence: float | None

    @property
    def is_doubtful(self) -> bool:
        """Whether the network was hardly sure of them."""
        return self.confidence is not None and self.confidence < DOUBTFUL_BELOW


def step_title(task: str) -> str:
    """Name what a step of this task did."""
    return _TITLES.get(task, task.replace("-", " ").capitalize())


def notes_on(*records: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what of a picture was not in the photograph, by all of its records.

    At least one note where there is a record. A note's first sentence can stand alone.
    """
    steps = [step for record in records for step in record_steps(record) or (Step(UNKNOWN),)]
    guess = color_guess(*records)
    holds = {
        COLOR_NOTE: guess is not None,
        DOUBT_NOTE: guess is not None and guess.is_doubtful,
        STYLE_NOTE: any(step.restyles for step in steps),
        DETAIL_NOTE: any(step.invents_detail for step in steps),
        NETWORK_NOTE: any(_invents_otherwise(step) for step in steps),
        UNKNOWN_NOTE: any(step.task == UNKNOWN for step in steps),
    }
    notes = tuple(note for note, is_so in holds.items() if is_so)
    return notes or ((CHANGE_NOTE,) if records else ())


def color_guess(*records: Mapping[str, Any]) -> ColorGuess | None:
    """Say what is known of a picture's guessed colors, by all of its records, oldest first.

    A later guess takes the place of an earlier one. None where no color was guessed.
    """
    steps = [step for record in records for step in record_steps(record) if step.guesses_color]
    if not steps:
        return None
    stated = steps[-1].mean_confidence
    return ColorGuess(stated if stated is not None and 0 <= stated <= 1 else None)


def _invents_otherwise(step: Step) -> bool:
    is_told = step.guesses_color or step.restyles or step.invents_detail
    return step.is_invented and not is_told
