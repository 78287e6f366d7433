"""What in a picture is a guess, and what is invented, in sentences for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from heliochrome.image.history import Step, record_steps

_GENERATED = "compositeWithTrainedAlgorithmicMedia"


def notes_on(records: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Say what of a picture was not in the scan that it was made from, by all of its records.

    At least one sentence where there is a record.
    """
    steps = [step for record in records for step in record_steps(record)]
    notes = dict.fromkeys(note for step in steps for note in _notes(step))
    if not notes and steps:
        return ("No network invented anything in it; algorithms changed what was there.",)
    return tuple(notes)


def _notes(step: Step) -> Iterator[str]:
    if step.source_type != _GENERATED:
        return
    if step.task == "colorize":
        sure = step.mean_confidence
        mean = "" if sure is None else f" (mean confidence {sure:.0%})"
        yield f"Its colors are a network's guess{mean}, no evidence of the colors that were there."
    elif step.task == "upscale":
        yield "Its finest detail was invented by a network that enlarged it."
    else:
        yield "A network gave it the style of other pictures: its textures are an interpretation."
        if _was_gray(step):
            yield "Its colors come with that style; they are no evidence of the scene's."


def _was_gray(step: Step) -> bool:
    learned = step.parameters.get("learned")
    style = learned if isinstance(learned, Mapping) else step.parameters
    return style.get("from_gray") is True
