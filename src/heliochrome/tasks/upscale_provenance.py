"""The record of how a picture was enlarged, kept inside the picture and beside it.

It holds every fact that is needed to make the picture again, and no time and no path, so that the
same input and options give the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliochrome import __version__
from heliochrome.image.metadata import Provenance
from heliochrome.tasks.upscaler_network import check_upscaler

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard
    from heliochrome.tasks.options import UpscaleOptions


def upscale_provenance(
    card: ModelCard, options: UpscaleOptions, *, input_sha256: str
) -> Provenance:
    """Record how a picture was enlarged.

    A faithful enlargement is `algorithmicallyEnhanced`; one with invented detail is a composite
    with media that a trained network made.
    """
    facts = check_upscaler(card, options)
    record = {
        "task": card.task,
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "parameters": {
            "scale": card.scale,
            "mode": facts.mode,
            "denoise": options.denoise,
            "tile": options.tile,
        },
    }
    if facts.mode == "crisp":
        return Provenance("compositeWithTrainedAlgorithmicMedia", record)
    return Provenance("algorithmicallyEnhanced", record)
