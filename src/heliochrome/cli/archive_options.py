"""What the commands on archives share: the folder's argument, and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli.extras import needs

if TYPE_CHECKING:
    from heliochrome.archive.archive import Archive

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the archive.")]


def open_archive(folder: Path) -> Archive:
    """Open an archive.

    Raises:
        MissingExtraError: what archives need is not installed.
        ArchiveError: the folder is none, or its catalog cannot be used.

    """
    with needs("an archive", "archive"):
        from heliochrome.archive.archive import Archive
    return Archive.open(folder)
