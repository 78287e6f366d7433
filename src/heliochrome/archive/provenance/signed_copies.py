"""Signed copies of derivatives: how they are called, and how they are recorded."""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath

# Of the Library of Congress's eventType vocabulary.
SIGNING = "digital signature generation"
_MARK = ".c2pa"


def signed_name(uri: str) -> str:
    """Name of the signed copy of a derivative, in the same storage."""
    path = PurePosixPath(uri)
    return str(path.with_name(f"{path.stem}{_MARK}{path.suffix}"))


def unsigned_stem(path: PurePath) -> str:
    """Give the stem of a picture's name, or of the derivative's that it is a signed copy of."""
    return path.stem.removesuffix(_MARK)


def is_signed_copy(path: PurePath) -> bool:
    """Tell whether a picture is called as the signed copy of another."""
    return path.stem.endswith(_MARK)
