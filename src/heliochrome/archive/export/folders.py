"""Folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from heliochrome.errors import OutputConflictError, WriteError
from heliochrome.image.write import store_bytes

PART = ".part"
MARKER = ".heliochrome-export.json"


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Make a folder beside `target` that gets its name when the block ends, or else goes.

    Raises:
        OutputConflictError: the target exists.
        WriteError: the disk did not take it.

    """
    if target.exists() or target.is_symlink():
        raise OutputConflictError(target, "exists", "choose another name, or move it away")
    with replacing_folder(target) as part:
        yield part


@contextlib.contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """As `new_folder`, but an older folder of the name is replaced.

    Raises:
        WriteError: the disk did not take it.

    """
    part = target.with_name(f".{target.name[:80]}.{secrets.token_hex(6)}{PART}")
    try:
        with disk_errors(target):
            part.mkdir(parents=True)
            yield part
            if target.exists():
                shutil.rmtree(target)
            part.rename(target)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


@contextlib.contextmanager
def disk_errors(target: Path) -> Iterator[None]:
    """Turn what the system says about writing `target` into the typed error.

    Raises:
        WriteError: the block raised an OSError.

    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WriteError(
                target, "the disk is full", "free some space or write elsewhere"
            ) from error
        raise WriteError(
            target, f"cannot be written ({error.strerror or error})", "choose another place"
        ) from error


def claim_folder(folder: Path, kind: str) -> None:
    """Make an export's folder, or check that it is one of the same kind.

    Raises:
        OutputConflictError: it holds something else.
        WriteError: the disk did not take it.

    """
    marker = folder / MARKER
    claim = json.dumps({"heliochrome_export": kind, "format": 1}) + "\n"
    with disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if marker.is_file() and marker.read_text(encoding="utf-8") == claim:
            return
        if any(folder.iterdir()):
            raise OutputConflictError(
                folder, f"holds other files than a {kind} export of heliochrome", "choose another"
            )
    store_bytes(marker, claim.encode())


def remove_parts(folder: Path) -> None:
    """Remove what interrupted runs left half made in a folder."""
    for part in folder.glob(f".*{PART}"):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write a file whole where its bytes differ, so that only changes are copied to a server.

    Returns:
        Whether it was written.

    Raises:
        WriteError: the disk did not take it.

    """
    with disk_errors(path):
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
    store_bytes(path, data)
    return True
