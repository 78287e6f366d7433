"""What a derivative's provenance record says, in the terms that exports show to people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

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
CHANGE_NOTE = "This picture was changed by software; the original is kept unchanged."


@dataclass(frozen=True, slots=True)
class UsedNetwork:
    """A network that took part, by its card."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done.

    Attributes:
        task: its name in the record.
        title: the same for people.
        network: that did it, if one did.
        parameters: all of them.
        mean_confidence: 0..1, of a step that colored and measured it.

    """

    task: str
    title: str
    network: UsedNetwork | None
    parameters: Mapping[str, Any]
    mean_confidence: float | None


def steps_of(record: Mapping[str, Any]) -> tuple[Step, ...]:
    """List the steps of a record in order; of a record of one task, that one."""
    return tuple(map(_step, _parts(record)))


def notes_on(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Say what in the derivative was not in the photograph: at least one sentence, never none."""
    steps = steps_of(record)
    notes = []
    if any(_guesses_color(step) for step in steps):
        notes.append(COLOR_NOTE)
    if any(_restyles(step) for step in steps):
        notes.append(STYLE_NOTE)
    if any(step.task == "upscale" and step.parameters.get("mode") == "crisp" for step in steps):
        notes.append(DETAIL_NOTE)
    return tuple(notes) or (CHANGE_NOTE,)


def networks_of(record: Mapping[str, Any]) -> tuple[UsedNetwork, ...]:
    """List the networks of a record, each once, in order of use."""
    return tuple(dict.fromkeys(step.network for step in steps_of(record) if step.network))


def cropped_box(record: Mapping[str, Any]) -> tuple[int, int, int, int] | None:
    """Margins (left, top, right, bottom) that were cropped from the original, in its pixels.

    None where nothing was cropped, or where cropping was not the first change of size.
    """
    for part in _parts(record):
        margins = (part.get("parameters") or {}).get("margins")
        if part.get("task") == "crop-borders" and isinstance(margins, Mapping):
            box = tuple(int(margins.get(side, 0)) for side in ("left", "top", "right", "bottom"))
            return (box[0], box[1], box[2], box[3]) if any(box) else None
        if (part.get("parameters") or {}).get("scale", 1) != 1:
            return None
    return None


def _parts(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    steps = record.get("steps")
    for part in steps if isinstance(steps, list) else [record]:
        if isinstance(coloring := part.get("coloring"), Mapping):
            yield coloring
        yield part


def _step(part: Mapping[str, Any]) -> Step:
    task = str(part.get("task", "unknown"))
    model, confidence = part.get("model"), part.get("mean_confidence")
    network = None
    if isinstance(model, Mapping):
        network = UsedNetwork(
            *(str(model.get(key, "not stated")) for key in ("name", "version", "sha256"))
        )
    return Step(
        task=task,
        title=_TITLES.get(task, task.replace("-", " ").capitalize()),
        network=network,
        parameters=part.get("parameters") or {},
        mean_confidence=None if confidence is None else float(confidence),
    )


def _guesses_color(step: Step) -> bool:
    return step.task == "colorize" or (_restyles(step) and _style(step).get("from_gray") is True)


def _restyles(step: Step) -> bool:
    return step.network is not None and step.task in ("restyle", "vintage")


def _style(step: Step) -> Mapping[str, Any]:
    learned = step.parameters.get("learned")
    return learned if isinstance(learned, Mapping) else step.parameters
