"""The record of how a picture was aged, kept inside the picture and beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from heliochrome import __version__
from heliochrome.image.metadata import Provenance
from heliochrome.tasks.vintage.parameters import group_values

if TYPE_CHECKING:
    from heliochrome.tasks.vintage.options import VintageOptions


def vintage_provenance(options: VintageOptions, *, input_sha256: str) -> Provenance:
    """Record every fact that is needed to make an aged picture again.

    It holds no time and no path, so that the same input and options give the same file. The IPTC
    source type is `algorithmicallyEnhanced`, "augmentation or correction by algorithm": no trained
    network has touched the picture, so the types that name one would be false, and those that
    name a film or a print would claim that it is the old photograph it resembles.
    """
    record = {
        "task": "vintage",
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "model": None,
        "parameters": {
            "look": options.look.name,
            "strength": options.strength,
            "seed": options.seed,
            **group_values(options.look),
        },
    }
    return Provenance("algorithmicallyEnhanced", record)
