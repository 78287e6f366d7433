"""Writing small text files and folders, with typed errors."""

from __future__ import annotations

from pathlib import Path

from heliochrome.errors import WriteError
from heliochrome.image.write import store_bytes


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
    store_bytes(path, text.encode())
