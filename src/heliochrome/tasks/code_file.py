"""Style codes kept in files: measured once from many pictures, used without them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from heliochrome.errors import ModelNotFoundError, ReadError
from heliochrome.image.write import store_bytes
from heliochrome.model.store import FOLDER_VARIABLE, model_folders
from heliochrome.tasks.style_code import CodeNotes, StyleCode

CODE_SUFFIX = ".code.json"
_MOST_BYTES = 16_000_000  # a code takes about 1 MB
# Of the numbers of Gram matrices, many and only looked at as a whole.
_GRAMS_TYPE = np.dtype("<f2")


def save_style_code(code: StyleCode, path: Path, notes: CodeNotes | None = None) -> None:
    """Write a code as JSON, whole or not at all, with its own notes or these.

    Raises:
        WriteError: it cannot be written.

    """
    kept = notes or code.notes
    stored = _StoredCode(
        notes=None if kept is None else _StoredNotes.model_validate(kept, from_attributes=True),
        model_sha256=code.model_sha256,
        reduced={factor: values.tolist() for factor, values in code.reduced.items()},
        grams=None if code.grams is None else code.grams.astype(_GRAMS_TYPE).tobytes(),
    )
    store_bytes(path, (stored.model_dump_json() + "\n").encode())


def load_style_code(path: Path) -> StyleCode:
    """Read a code that `save_style_code` wrote.

    Raises:
        ReadError: the file is missing, or is not such a code.

    """
    try:
        with path.open("rb") as file:
            stored = _StoredCode.model_validate_json(file.read(_MOST_BYTES))
        reduced = {factor: np.array(code, np.float64) for factor, code in stored.reduced.items()}
        grams = stored.grams
        kept = None if grams is None else np.frombuffer(grams, _GRAMS_TYPE).astype(np.float64)
    except OSError as error:
        raise ReadError(path, f"cannot be read ({error.strerror})", "check the path") from error
    except (ValidationError, ValueError) as error:
        raise ReadError(path, "is not a style code", "save the code again") from error
    notes = None if stored.notes is None else CodeNotes(**stored.notes.model_dump())
    return StyleCode(reduced, stored.model_sha256, notes, kept)


def find_code(name: str, folders: tuple[Path, ...] | None = None) -> Path:
    """Find the file of the code called `name` in `folders` (default: those of the networks).

    Raises:
        ModelNotFoundError: there is none.

    """
    searched = model_folders() if folders is None else folders
    for folder in searched:
        path = folder / f"{name}{CODE_SUFFIX}"
        if path.is_file():
            return path
    raise ModelNotFoundError(
        name,
        f"its style code is not installed: there is no {name}{CODE_SUFFIX} in "
        + " or ".join(str(folder) for folder in searched),
        f"measure one with `heliochrome models code PICTURES -o {name}{CODE_SUFFIX}` and put it "
        f"there, or set {FOLDER_VARIABLE} to its folder",
    )


class _StoredNotes(BaseModel):
    """The JSON form of notes."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1)]
    data: str
    pictures: Annotated[int, Field(ge=1)]


class _StoredCode(BaseModel):
    """The JSON form of a code."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, ser_json_bytes="base64", val_json_bytes="base64"
    )

    notes: _StoredNotes | None = None
    model_sha256: str
    reduced: dict[int, tuple[list[float], list[float]]]
    grams: bytes | None = None
