"""Writing small text files and folders, with typed errors."""

from __future__ import annotations

import contextlib
import os
import tempfile
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
    temporary: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except BaseException as error:
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                temporary.unlink()
        if isinstance(error, OSError):
            raise WriteError(
                path, f"cannot be written ({error.strerror})", "free some space or choose another"
            ) from error
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
