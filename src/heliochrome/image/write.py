"""Write a picture file: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from heliochrome.errors import OutputConflictError, WriteError
from heliochrome.image.formats import jpeg, png, tiff
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture

_ENCODERS: dict[str, Callable[[Picture, int], bytes]] = {
    ".jpg": jpeg.encode,
    ".jpeg": jpeg.encode,
    ".png": lambda picture, _: png.encode(picture),
    ".tif": lambda picture, _: tiff.encode(picture),
    ".tiff": lambda picture, _: tiff.encode(picture),
}


def write_picture(
    picture: Picture,
    path: Path,
    *,
    quality: int = 95,
    original: Path | None = None,
    overwrite: bool = False,
    provenance: Provenance | None = None,
) -> None:
    """Write the picture in the container that the suffix names."""
    encoder = _ENCODERS.get(path.suffix.lower())
    if encoder is None:
        raise WriteError(path, "has no suffix of a known container", "name it .png or .jpg")
    if original is not None and path.exists() and path.samefile(original):
        raise OutputConflictError(path, "is the original", "choose another output")
    if path.exists() and not overwrite:
        raise OutputConflictError(path, "exists", "choose another output, or allow overwriting")
    _replace(path, encoder(picture, quality))


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise
