"""The record of how a picture was enlarged, kept inside the picture and beside it.

It holds every fact that is needed to make the picture again, and no time and no path, so that the
same input and options give the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from heliochrome import __version__
from heliochrome.image.metadata import Provenance
from heliochrome.tasks.upscaler_network import check_upscaler

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard
    from heliochrome.tasks.options import UpscaleOptions


def upscale_provenance(
    card: ModelCard,
    options: UpscaleOptions,
    *,
    input_sha256: str,
    coloring: Provenance | None = None,
) -> Provenance:
    """Record how a picture was enlarged.

    A faithful enlargement is `algorithmicallyEnhanced`; one with invented detail, or with color, is
    a composite with media that a trained network made.

    Args:
        card: of the network.
        options: as they were given.
        input_sha256: of the photo's file.
        coloring: the record of how it was colorized on the way, if it was.

    """
    facts = check_upscaler(card, options)
    record: dict[str, Any] = {
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
    if coloring is not None:
        record["coloring"] = dict(coloring.record)
    if facts.mode == "crisp" or coloring is not None:
        return Provenance("compositeWithTrainedAlgorithmicMedia", record)
    return Provenance("algorithmicallyEnhanced", record)
