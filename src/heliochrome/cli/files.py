"""Writing small text files and folders, with typed errors."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from heliochrome.errors import WriteError


def make_folder(path: Path) -> None:
    """Make the folder `path` and its parents where they are missing.

    Raises:
        WriteError: it cannot be made.

    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            path, f"the folder cannot be made ({error.strerror})", "choose another output"
        ) from error


def write_text(text: str, path: Path) -> None:
    """Write a UTF-8 file whole or not at all, over an older one.

    Raises:
        WriteError: it cannot be written; nothing partial is left.

    """
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.part")
    try:
        with part.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise WriteError(
                path, f"cannot be written ({error.strerror})", "free some space or write elsewhere"
            ) from error
        raise
