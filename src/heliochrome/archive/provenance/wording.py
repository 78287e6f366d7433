"""What a provenance record says, in words for people."""

from __future__ import annotations

from collections.abc import Mapping
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


def step_title(task: str) -> str:
    """Name what a step of this task did."""
    return _TITLES.get(task, task.replace("-", " ").capitalize())


def notes_on(*records: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what of a picture was not in the photograph, by all of its records.

    At least one note where there is a record. A note's first sentence can stand alone.
    """
    steps = [step for record in records for step in record_steps(record) or (Step(UNKNOWN),)]
    holds = {
        COLOR_NOTE: any(step.guesses_color for step in steps),
        STYLE_NOTE: any(step.restyles for step in steps),
        DETAIL_NOTE: any(step.invents_detail for step in steps),
        NETWORK_NOTE: any(_invents_otherwise(step) for step in steps),
        UNKNOWN_NOTE: any(step.task == UNKNOWN for step in steps),
    }
    notes = tuple(note for note, is_so in holds.items() if is_so)
    return notes or ((CHANGE_NOTE,) if records else ())


def _invents_otherwise(step: Step) -> bool:
    is_told = step.guesses_color or step.restyles or step.invents_detail
    return step.is_invented and not is_told
