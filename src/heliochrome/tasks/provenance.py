"""The record of how a picture was made, kept inside the picture and beside it.

A record holds no time and no path, so that the same input and options give the same file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heliochrome import __version__
from heliochrome.errors import ReadError
from heliochrome.image.metadata import Provenance, SourceType
from heliochrome.tasks.colorize import colorizer_facts, operating_point

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard
    from heliochrome.tasks.options import ColorizeOptions, RestyleOptions


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal.

    Raises:
        ReadError: the file cannot be read.

    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check the path and its permissions"
        ) from error


def colorize_provenance(
    card: ModelCard,
    options: ColorizeOptions,
    *,
    input_sha256: str,
    mean_confidence: float,
    reference_sha256: str | None = None,
    variant: int = 0,
) -> Provenance:
    """Record every fact that is needed to make a colorized picture again."""
    temperature, chroma_scale = operating_point(options, colorizer_facts(card))
    parameters: dict[str, Any] = {
        "vividness": options.vividness,
        "temperature": temperature,
        "chroma_scale": chroma_scale,
        "seed": options.seed,
        "variant": variant,
        "keep_existing": options.keep_existing,
        "hints": [asdict(hint) for hint in options.hints],
        "reference_sha256": reference_sha256,
    }
    record = _record(card, input_sha256, parameters)
    record["mean_confidence"] = round(mean_confidence, 4)
    return Provenance("compositeWithTrainedAlgorithmicMedia", record)


def restyle_provenance(
    card: ModelCard,
    options: RestyleOptions,
    *,
    input_sha256: str,
    from_gray: bool,
    styles: Sequence[tuple[str, float]],
) -> Provenance:
    """Record every fact that is needed to make a restyled picture again.

    Args:
        card: of the network.
        options: as they were given.
        input_sha256: of the photo's file.
        from_gray: whether the network saw the photo without color.
        styles: SHA-256 of every style picture's (or saved code's) file, and its share.

    """
    parameters = restyle_parameters(card, options, from_gray, styles)
    return Provenance(restyled_type(options), _record(card, input_sha256, parameters))


def restyle_parameters(
    card: ModelCard, options: RestyleOptions, from_gray: bool, styles: Sequence[tuple[str, float]]
) -> dict[str, Any]:
    """Give the parameters of restyling as a record has them; for the arguments see above."""
    assert card.restyler is not None
    return {
        "strength": options.strength,
        "scale": options.scale,
        "keep_color": options.keep_color,
        "keep_texture": options.keep_texture,
        "keep_flat": options.keep_flat,
        "corrections": options.count_corrections(card.restyler),
        "from_gray": from_gray,
        "styles": _styles(styles),
    }


def restyled_type(options: RestyleOptions) -> SourceType:
    """Give the source type of a restyled picture.

    At strength 0 nothing comes from the network: the photo is only enlarged.
    """
    return "compositeWithTrainedAlgorithmicMedia" if options.strength else "algorithmicallyEnhanced"


def optimize_provenance(
    *,
    steps: int,
    keep_color: bool,
    input_sha256: str,
    networks: Mapping[str, str],
    styles: Sequence[tuple[str, float]],
) -> Provenance:
    """Record every fact that is needed to restyle a picture by direct optimization again.

    Args:
        steps: of the optimization.
        keep_color: whether the chroma is the photo's.
        input_sha256: of the photo's file.
        networks: SHA-256 of the file of each feature network, by its name.
        styles: as for `restyle_provenance`.

    """
    record = {
        "task": "restyle",
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "feature_networks": dict(networks),
        "parameters": {
            "method": "optimize",
            "steps": steps,
            "keep_color": keep_color,
            "styles": _styles(styles),
        },
    }
    return Provenance("compositeWithTrainedAlgorithmicMedia", record)


def _styles(styles: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    return [{"sha256": sha256, "share": round(share, 6)} for sha256, share in styles]


def _record(card: ModelCard, input_sha256: str, parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "task": card.task,
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "parameters": parameters,
    }
