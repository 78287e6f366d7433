"""Which files are meant by the paths that a user gives."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from heliochrome.archive.layout import MARKER
from heliochrome.errors import ReadError

# What file managers leave in folders of pictures.
_OF_THE_SYSTEM = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file, and its path below the path that the user gave."""

    path: Path
    name: str


def find_files(paths: Sequence[Path]) -> tuple[list[Found], list[ReadError]]:
    """Find all files that paths mean, in order: files themselves, and what is below folders.

    Hidden files, those of file managers and archives of heliochrome are passed over.

    Returns:
        The files, and what is wrong with paths and folders that cannot be read.

    """
    files: list[Found] = []
    faults: list[ReadError] = []
    for path in paths:
        if path.is_dir():
            files += _below(path, faults)
        elif path.exists():
            files.append(Found(path, path.name))
        else:
            faults.append(ReadError(path, "does not exist", "check the path"))
    return files, faults


def _below(folder: Path, faults: list[ReadError]) -> Iterator[Found]:
    def note(error: OSError) -> None:
        problem = f"the folder cannot be read ({error.strerror})"
        faults.append(ReadError(error.filename, problem, "check its permissions"))

    for root, folders, names in os.walk(folder, onerror=note):
        if MARKER in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name.lower() not in _OF_THE_SYSTEM:
                path = Path(root) / name
                yield Found(path, path.relative_to(folder).as_posix())
