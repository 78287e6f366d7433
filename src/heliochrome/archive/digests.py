"""Checksums of files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

CHUNK_BYTES = 1 << 20


class Digest(NamedTuple):
    """What a file's bytes are, by two functions of different construction, and how many.

    Attributes:
        sha256, sha512: in hexadecimal (FIPS 180-4).
        size: in bytes.

    """

    sha256: str
    sha512: str
    size: int


class Digester:
    """Makes the digest of bytes that come in pieces."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sha512 = hashlib.sha512()
        self._size = 0

    def update(self, data: bytes) -> None:
        """Take the next piece."""
        self._sha256.update(data)
        self._sha512.update(data)
        self._size += len(data)

    def digest(self) -> Digest:
        """Give the digest of all pieces so far."""
        return Digest(self._sha256.hexdigest(), self._sha512.hexdigest(), self._size)


def chunks(file: BinaryIO) -> Iterator[bytes]:
    """Read a file in pieces."""
    while data := file.read(CHUNK_BYTES):
        yield data


def digest_file(file: BinaryIO) -> Digest:
    """Read a file once for both functions."""
    digester = Digester()
    for data in chunks(file):
        digester.update(data)
    return digester.digest()


def digest_path(path: Path) -> Digest:
    """Read a file once for both functions.

    Raises:
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        return digest_file(file)
