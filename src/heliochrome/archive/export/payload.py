"""Files copied into a package: streamed, and compared with what the catalog knows of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from heliochrome.archive.digests import Digest, Digester, chunks, digest_path
from heliochrome.errors import FixityError


@dataclass(frozen=True, slots=True)
class PayloadFile:
    """A file that goes into a package.

    Attributes:
        name: its path in the payload, with slashes.
        subject: what it is called in messages.
        local: gives a path of it on this machine.
        expected: what the catalog says of it; None of what it does not record.

    """

    name: str
    subject: str
    local: Callable[[], AbstractContextManager[Path]]
    expected: Digest | None = None


def take_file(file: PayloadFile, target: Path, *, link: bool) -> Digest:
    """Bring a file to `target` and give the digest of what is there.

    Args:
        file: what.
        target: where; its folder exists, it does not.
        link: whether to make a hard link where the file system can; else the bytes are copied.

    Raises:
        FixityError: the bytes are not those that the catalog knows.
        StorageError: it is missing, or its storage cannot be reached.
        OSError: it cannot be read, or the disk did not take it.

    """
    with file.local() as source:
        found = digest_path(target) if link and _linked(source, target) else _copy(source, target)
    if file.expected is not None and found != file.expected:
        raise FixityError(
            file.subject,
            f"has not the bytes that the catalog knows (its SHA-256 is {found.sha256})",
            "restore it from a backup; 'heliochrome archive verify' lists all such files",
        )
    return found


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:
        return False
    return True


def _copy(source: Path, target: Path) -> Digest:
    digester = Digester()
    with source.open("rb") as reader, target.open("xb") as writer:
        for data in chunks(reader):
            digester.update(data)
            writer.write(data)
        writer.flush()
        os.fsync(writer.fileno())
    shutil.copystat(source, target)
    return digester.digest()
