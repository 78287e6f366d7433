"""The record of how a picture was colorized, kept inside the picture and beside it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heliochrome import __version__
from heliochrome.errors import ReadError
from heliochrome.image.metadata import Provenance
from heliochrome.tasks.colorize import colorizer_facts, operating_point

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard
    from heliochrome.tasks.options import ColorizeOptions


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
    """Record every fact that is needed to make a colorized picture again.

    It holds no time and no path, so that the same input and options give the same file.
    """
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
    record = {
        "task": card.task,
        "heliochrome_version": __version__,
        "input_sha256": input_sha256,
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "parameters": parameters,
        "mean_confidence": round(mean_confidence, 4),
    }
    return Provenance("compositeWithTrainedAlgorithmicMedia", record)
