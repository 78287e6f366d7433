"""The records of how a photo was corrected without a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from heliochrome import __version__
from heliochrome.image.metadata import Provenance

if TYPE_CHECKING:
    from heliochrome.tasks.adjust_options import (
        BalanceOptions,
        BorderOptions,
        ContrastOptions,
        UnfadeOptions,
    )
    from heliochrome.tasks.balance import Balanced
    from heliochrome.tasks.borders import Cropped
    from heliochrome.tasks.contrast import Contrasted
    from heliochrome.tasks.unfade import Restoration


def adjustment_provenance(
    task: str, parameters: Mapping[str, Any], *, input_sha256: str
) -> Provenance:
    """Record every fact that is needed to correct a photo in the same way again.

    It holds no time and no path, so that the same input and options give the same file.
    """
    record = {
        "task": task,
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "model": None,
        "parameters": dict(parameters),
    }
    return Provenance("algorithmicallyEnhanced", record)


def unfade_parameters(options: UnfadeOptions, result: Restoration) -> dict[str, Any]:
    """Give what was asked for, and what was found and done."""
    fading = result.fading
    return {
        **asdict(options),
        "probability": round(fading.probability, 4),
        "gains": [round(gain, 4) for gain in fading.gains],
        "stain": [round(value, 4) for value in fading.stain],
        "monochrome": result.monochrome,
        "margins": asdict(result.margins),
    }


def border_parameters(options: BorderOptions, result: Cropped) -> dict[str, Any]:
    """Give what was asked for, and what was cropped."""
    return {**asdict(options), "margins": asdict(result.margins)}


def contrast_parameters(options: ContrastOptions, result: Contrasted) -> dict[str, Any]:
    """Give what was asked for, and the tones that came of it."""
    tones = {"black": round(result.tones.black, 3), "white": round(result.tones.white, 3)}
    return {**asdict(options), "found": tones}


def balance_parameters(options: BalanceOptions, result: Balanced) -> dict[str, Any]:
    """Give what was asked for, and the cast that was taken off."""
    return {**asdict(options), "cast": [round(value, 4) for value in result.cast]}
