"""Where trained networks are kept, and how they are found and verified.

Networks are looked for in the package first, then in the user's folder. Nothing is ever
downloaded, and nothing is unpickled: a network is an ONNX file whose hash its card states.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from heliochrome.errors import CardError, ModelNotFoundError, ModelTamperedError
from heliochrome.model.card import CARD_SUFFIX, NETWORK_SUFFIX, ModelCard, read_card

FOLDER_VARIABLE = "HELIOCHROME_MODELS"


@dataclass(frozen=True, slots=True)
class StoredModel:
    """A network on disk: its card, and the path of its ONNX file."""

    card: ModelCard
    path: Path


def user_folder(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path:
    r"""Folder for networks that the user adds: `$HELIOCHROME_MODELS`, or the data folder.

    `~/.local/share/heliochrome/models` on Linux (XDG base directories), `~/Library/Application
    Support/heliochrome/models` on macOS, `%LOCALAPPDATA%\heliochrome\models` on Windows.
    """
    if chosen := environment.get(FOLDER_VARIABLE):
        return Path(chosen)
    if platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "heliochrome" / "models"


def model_folders() -> tuple[Path, ...]:
    """Folders that are searched, in order: the package's weights, then `user_folder()`."""
    return Path(str(files("heliochrome"))) / "weights", user_folder()


def card_paths(folders: tuple[Path, ...] | None = None) -> list[Path]:
    """Cards in `folders` (default: `model_folders()`), in search order, then by name."""
    searched = model_folders() if folders is None else folders
    return [card for folder in searched for card in sorted(folder.glob(f"*{CARD_SUFFIX}"))]


def stored_model(card_path: Path) -> StoredModel:
    """Read the card at `card_path` and find the network beside it.

    Raises:
        CardError: the card is missing, malformed, or names another network.
        ModelNotFoundError: there is no network beside the card.

    """
    card = read_card(card_path)
    stem = card_path.name.removesuffix(CARD_SUFFIX)
    if card.name != stem:
        raise CardError(
            card_path, f"names its network '{card.name}'", f"rename the files or set name to {stem}"
        )
    network = card_path.with_name(stem + NETWORK_SUFFIX)
    if not network.is_file():
        raise _missing_network(network)
    return StoredModel(card, network)


def find_model(name: str | Path, folders: tuple[Path, ...] | None = None) -> StoredModel:
    """Find a network by its name in `folders`, or by the path of its `.onnx` or `.card.json`.

    Raises:
        ModelNotFoundError: there is no such network.
        CardError: its card is missing or malformed.

    """
    if names_file(name):
        return stored_model(_card_beside(Path(name)))
    searched = model_folders() if folders is None else folders
    for folder in searched:
        card = folder / f"{name}{CARD_SUFFIX}"
        if card.is_file():
            return stored_model(card)
    raise ModelNotFoundError(
        str(name),
        "no network of this name in " + " or ".join(str(folder) for folder in searched),
        f"see `heliochrome models list`, give a path, or set {FOLDER_VARIABLE} to its folder",
    )


def read_network(model: StoredModel) -> bytes:
    """Read the ONNX file of `model` and verify it: the bytes returned are the bytes hashed.

    Raises:
        ModelNotFoundError: the file cannot be read.
        ModelTamperedError: its SHA-256 is not the one that the card states.

    """
    try:
        data = model.path.read_bytes()
    except OSError as error:
        raise _missing_network(model.path) from error
    found = hashlib.sha256(data).hexdigest()
    if found != model.card.sha256:
        raise ModelTamperedError(
            model.path,
            f"has SHA-256 {found[:12]}… but its card states {model.card.sha256[:12]}…",
            "install the network again from a source that you trust",
        )
    return data


def names_file(name: str | Path) -> bool:
    """Whether `find_model` takes this for the path of a network or card, not for a name."""
    text = str(name)
    return (
        isinstance(name, Path)
        or "/" in text
        or os.sep in text
        or text.endswith((NETWORK_SUFFIX, CARD_SUFFIX))
    )


def _card_beside(path: Path) -> Path:
    if path.name.endswith(CARD_SUFFIX):
        card = path
    elif path.suffix == NETWORK_SUFFIX:
        card = path.with_name(path.stem + CARD_SUFFIX)
    else:
        raise ModelNotFoundError(
            path, "is neither a network nor a card", "give the path of an .onnx file or its card"
        )
    if not path.is_file():
        raise ModelNotFoundError(path, "does not exist", "check the path of the network")
    return card


def _missing_network(path: Path) -> ModelNotFoundError:
    return ModelNotFoundError(
        path, "the network's file is missing or unreadable", "install the network again"
    )
