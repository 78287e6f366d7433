"""Putting networks into the user's folder, where `find_model` finds them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from heliochrome.errors import CardError, ModelError, WriteError
from heliochrome.image.write import store_bytes
from heliochrome.model.card import CARD_SUFFIX, NETWORK_SUFFIX, ModelCard
from heliochrome.model.store import StoredModel, model_folders, user_folder

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def install_model(
    card: ModelCard, data: bytes, folder: Path | None = None, *, overwrite: bool = False
) -> StoredModel:
    """Put a network with its card into a folder, by default the user's; both or none.

    Args:
        card: of the network.
        data: the ONNX file.
        folder: made if it is not there.
        overwrite: whether a network of this name may be replaced.

    Raises:
        CardError: the card is that of another network, or its name is not one for a file.
        ModelError: there is a network of this name, or one that ships and would be found first.
        WriteError: the files cannot be written.

    """
    target = user_folder() if folder is None else folder
    check_name(card.name, target, overwrite=overwrite)
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        raise CardError(
            card.name,
            f"has the SHA-256 {found}, but its card states another",
            "correct the card, or leave it out to have one derived",
        )
    network, facts = _paths(card.name, target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        facts.unlink(missing_ok=True)  # never a card beside another network, whatever happens
    except OSError as error:
        raise WriteError(
            target, f"cannot be written to ({error.strerror})", "choose a folder that can"
        ) from error
    store_bytes(network, data)
    store_bytes(facts, (card.model_dump_json(indent=2) + "\n").encode())
    return StoredModel(card, network)


def check_name(name: str, folder: Path | None = None, *, overwrite: bool = False) -> None:
    """Find out before any work whether a network of this name can be installed.

    Raises:
        CardError: the name is not one for a file.
        ModelError: there is a network of this name, or one that ships and would be found first.

    """
    if not _NAME.fullmatch(name):
        raise CardError(
            f"name '{name}'",
            "is not one for a file",
            "use letters, digits, dots, hyphens and underscores",
        )
    target = user_folder() if folder is None else folder
    shipped = model_folders()[0]
    if target != shipped and _paths(name, shipped)[1].exists():
        raise ModelError(name, "is the name of a network that ships", "choose another with --name")
    taken = [path for path in _paths(name, target) if path.exists()]
    if taken and not overwrite:
        raise ModelError(taken[0], "already exists", "add --overwrite, or choose another name")


def _paths(name: str, folder: Path) -> tuple[Path, Path]:
    return folder / (name + NETWORK_SUFFIX), folder / (name + CARD_SUFFIX)
