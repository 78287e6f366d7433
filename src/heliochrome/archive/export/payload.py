"""Files copied into a package: streamed, and compared with what the catalog knows of them."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from heliochrome.errors import DamagedFileError

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Hashes:
    """What is known of a file's bytes: hashes in hexadecimal, and the size in bytes."""

    sha256: str
    sha512: str
    size: int


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """A file that goes into a package.

    Attributes:
        name: its path in the payload, with slashes.
        subject: what it is called in messages.
        local: gives a path of it on this machine.
        expected: what the catalog says of it; None of what has no entry there.

    """

    name: str
    subject: str
    local: Callable[[], AbstractContextManager[Path]]
    expected: Hashes | None = None


def take_file(file: PayloadFile, target: Path, *, link: bool) -> Hashes:
    """Bring a file to `target` and give the hashes of what arrived there.

    Args:
        file: what.
        target: where; its folder exists, it does not.
        link: whether to make a hard link where the file system can; else the bytes are copied.

    Raises:
        DamagedFileError: the bytes are not those that the catalog knows.
        OSError: it cannot be read, or the disk did not take it.

    """
    with file.local() as source:
        if link and _linked(source, target):
            with target.open("rb") as linked:
                found = _copy(linked, None)
        else:
            with source.open("rb") as reader, target.open("xb") as writer:
                found = _copy(reader, writer)
                writer.flush()
                os.fsync(writer.fileno())
            shutil.copystat(source, target)
    if file.expected is not None and found != file.expected:
        raise DamagedFileError(
            file.subject,
            f"has not the bytes that the catalog knows (SHA-256 {found.sha256})",
            "restore it from a backup; 'heliochrome archive verify' lists all such files",
        )
    return found


def hash_file(path: Path) -> Hashes:
    """Hash a file as it is.

    Raises:
        OSError: it cannot be read.

    """
    with path.open("rb") as file:
        return _copy(file, None)


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _copy(reader: BinaryIO, writer: BinaryIO | None) -> Hashes:
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    while block := reader.read(_BLOCK):
        sha256.update(block)
        sha512.update(block)
        size += len(block)
        if writer is not None:
            writer.write(block)
    return Hashes(sha256.hexdigest(), sha512.hexdigest(), size)
