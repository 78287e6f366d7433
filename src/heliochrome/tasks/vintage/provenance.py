"""The record of how a picture was aged, kept inside the picture and beside it.

A record holds every fact that is needed to make the picture again, and no time and no path, so
that the same input and options give the same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from heliochrome import __version__
from heliochrome.image.metadata import Provenance
from heliochrome.tasks.provenance import restyle_parameters, restyled_type
from heliochrome.tasks.vintage.parameters import group_values

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard
    from heliochrome.tasks.options import RestyleOptions
    from heliochrome.tasks.vintage.options import VintageOptions


def vintage_provenance(options: VintageOptions, *, input_sha256: str) -> Provenance:
    """Record how a picture was aged by a process.

    The IPTC source type is `algorithmicallyEnhanced`, "augmentation or correction by algorithm": no
    trained network has touched the picture, so the types that name one would be false, and those
    that name a film or a print would claim that it is the old photograph it resembles.
    """
    record = _record(None, input_sha256, _process_parameters(options))
    return Provenance("algorithmicallyEnhanced", record)


def learned_provenance(
    card: ModelCard,
    options: RestyleOptions,
    *,
    input_sha256: str,
    from_gray: bool,
    styles: Sequence[tuple[str, float]],
    look: str | None = None,
    process: VintageOptions | None = None,
) -> Provenance:
    """Record how a picture was given a learned style, and aged by a process after that, if any.

    Args:
        card: of the network.
        options: of the style.
        input_sha256: of the photo's file.
        from_gray: whether the network saw the photo without color.
        styles: SHA-256 of the file of every picture or code, and its share of the style.
        look: name of the learned look; None for pictures that the user named.
        process: that followed.

    """
    model = {"name": card.name, "version": card.version, "sha256": card.sha256}
    learned = {"look": look, **restyle_parameters(card, options, from_gray, styles)}
    followed = {} if process is None else _process_parameters(process)
    record = _record(model, input_sha256, {"learned": learned, **followed})
    return Provenance(restyled_type(options), record)


def _process_parameters(options: VintageOptions) -> dict[str, Any]:
    return {
        "look": options.look.name,
        "strength": options.strength,
        "seed": options.seed,
        **group_values(options.look),
    }


def _record(
    model: dict[str, str] | None, input_sha256: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    return {
        "task": "vintage",
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "model": model,
        "parameters": parameters,
    }
