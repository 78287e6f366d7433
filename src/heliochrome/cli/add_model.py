"""What `heliochrome models add` does: convert, derive or read a card, try, install."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from heliochrome.cli.extras import needs
from heliochrome.errors import CardError, ModelError, ModelNotFoundError
from heliochrome.image.picture import Picture
from heliochrome.model.card import CARD_SUFFIX, NETWORK_SUFFIX, ModelCard, read_card
from heliochrome.model.foreign import Origin, derive_card
from heliochrome.model.install import check_name, install_model
from heliochrome.model.session import open_network
from heliochrome.model.store import StoredModel
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscale import upscale

WEIGHT_SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")
TRIED_SIZE = (37, 53)  # rows and columns of the picture that is enlarged before a network is added


def add_model(
    file: Path,
    origin: Origin,
    card: Path | None = None,
    *,
    renamed: bool = False,
    overwrite: bool = False,
) -> tuple[StoredModel, dict[str, Any]]:
    """Add an upscaler to the user's folder.

    Args:
        file: .onnx, or weights that are converted.
        origin: what a derived card says.
        card: of an .onnx file; None to take the one beside it, or else to derive one.
        renamed: whether the name of `origin` goes before a card's.
        overwrite: whether a network of this name may be replaced.

    Returns:
        What was installed, and the figures of the conversion where there was one.

    Raises:
        ModelError: the file is no network, or the name is taken.
        CardError: the card is malformed or does not fit, or none can be derived.
        MissingExtraError, ConverterMissingError: a conversion needs what is not installed.
        TrainingError: a conversion failed.
        WriteError: it cannot be stored.

    """
    if not file.is_file():
        raise ModelNotFoundError(file, "does not exist", "check the path of the network")
    if file.suffix.lower() in WEIGHT_SUFFIXES:
        return _add_weights(file, origin, overwrite)
    if file.suffix.lower() != NETWORK_SUFFIX:
        known = ", ".join((NETWORK_SUFFIX, *WEIGHT_SUFFIXES))
        raise ModelError(file, "is not a network's file", f"give one of {known}")
    beside = file.with_name(file.stem + CARD_SUFFIX)
    if card is None and beside.is_file():
        card = beside
    if card is None:
        return _add_network(file, None, origin, overwrite), {}
    read = read_card(card)
    if renamed:
        read = read.model_copy(update={"name": origin.name})
    return _add_network(file, read, replace(origin, name=read.name), overwrite), {}


def _add_weights(file: Path, origin: Origin, overwrite: bool) -> tuple[StoredModel, dict[str, Any]]:
    check_name(origin.name, overwrite=overwrite)
    with needs("adding weights of PyTorch", "train"):
        from heliochrome.training.convert import convert_weights
    with tempfile.TemporaryDirectory() as folder:
        network = Path(folder) / f"{file.stem}{NETWORK_SUFFIX}"
        converted = convert_weights(file, network)
        known = replace(origin, architecture=converted.architecture, range=(0.0, 1.0))
        stored = _add_network(network, None, known, overwrite)
    return stored, asdict(converted)


def _add_network(
    file: Path, card: ModelCard | None, origin: Origin, overwrite: bool
) -> StoredModel:
    check_name(origin.name, overwrite=overwrite)
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ModelError(
            file, f"cannot be read ({error.strerror})", "check its permissions"
        ) from error
    card = card or derive_card(data, file, origin)
    if card.upscaler is None:
        raise CardError(file, f"is a network for '{card.task}'", "only upscalers can be added")
    _try(StoredModel(card, file))
    return install_model(card, data, overwrite=overwrite)


def _try(model: StoredModel) -> None:
    """Enlarge a small picture, by which a card that does not fit its network is found out."""
    gray = Picture(np.full((*TRIED_SIZE, 3), 128, np.uint8))
    upscale(gray, open_network(model), UpscaleOptions())
