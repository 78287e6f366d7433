"""The files of an archive, as exports read them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from heliochrome.archive.entries import Entry, OriginalFile


class Files(Protocol):
    """Where files are kept, by name."""

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading."""

    def local_copy(self, name: str) -> AbstractContextManager[Path]:
        """Give a file's path on this machine; it may be gone after the block."""


class Holdings(Protocol):
    """What exports need of an archive."""

    @property
    def originals(self) -> Files:
        """Where the originals are."""

    @property
    def derivatives(self) -> Files:
        """Where the derivatives are, with their records and maps."""
