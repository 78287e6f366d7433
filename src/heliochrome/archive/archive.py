"""An archive: a marked folder with a catalog, originals and derivatives."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import unquote_to_bytes, urlsplit

from heliochrome.archive.catalog import Catalog
from heliochrome.archive.database import parse_catalog_url
from heliochrome.archive.digests import Digest, digest_file
from heliochrome.archive.entries import Entry, OriginalFile
from heliochrome.archive.layout import CATALOG, DERIVATIVES, MARKER, ORIGINALS
from heliochrome.archive.marker import Marker, read_marker, write_marker
from heliochrome.archive.storage import Storage
from heliochrome.errors import (
    FolderNotEmptyError,
    ReadOnlyArchiveError,
    StorageError,
)


class Archive:
    """An open archive; to be closed after use, or used as a context manager.

    Attributes:
        folder: that it is in.
        marker: what its marker file says.
        catalog: everything that is recorded.
        originals: the scans that were copied in.
        derivatives: what was made of them, with records and confidence maps.

    """

    def __init__(self, folder: Path, marker: Marker, catalog: Catalog) -> None:
        self.folder = folder
        self.marker = marker
        self.catalog = catalog
        self.originals = Storage(marker.originals, folder)
        self.derivatives = Storage(marker.derivatives, folder)

    @classmethod
    def init(
        cls,
        folder: Path,
        catalog_url: str | None = None,
        derivatives: str | None = None,
        originals: str | None = None,
    ) -> Self:
        """Make an empty archive.

        Args:
            folder: where; it must be empty, or not be there yet.
            catalog_url: of a PostgreSQL database; None for a SQLite file in the folder.
            derivatives: where to keep derivatives: a URL that fsspec knows, or a path relative to
                the folder; None for a folder in it.
            originals: where to keep copies of originals, likewise.

        Raises:
            FolderNotEmptyError: the folder holds something.
            ReadOnlyArchiveError: it may not be written.
            OptionError: a URL is of no use, or holds a password.
            CatalogError: the database cannot be used, or holds a catalog already.

        """
        marker = Marker(
            format=1,
            id=str(uuid.uuid4()),
            created=datetime.now(UTC),
            catalog=catalog_url or f"sqlite:///{CATALOG}",
            originals=originals or ORIGINALS,
            derivatives=derivatives or DERIVATIVES,
        )
        parse_catalog_url(marker.catalog)
        for location in (marker.originals, marker.derivatives):
            Storage(location, folder)
        _make_empty_folder(folder)
        try:
            catalog = Catalog.create(marker.catalog, folder, marker.id)
            # What has no marker is no archive: one whose making was cut off is never used.
            write_marker(marker, folder)
        except BaseException:
            _remove_unfinished(folder)
            raise
        return cls(folder, marker, catalog)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open an archive; the catalog of an older heliochrome is brought up to date.

        Raises:
            NotAnArchiveError: the folder is none.
            NewerArchiveError: a newer heliochrome made it; it is left untouched.
            CatalogError: the catalog cannot be used.

        """
        marker = read_marker(folder)
        return cls(folder, marker, Catalog.open(marker.catalog, folder, marker.id))

    def close(self) -> None:
        """Close the catalog."""
        self.catalog.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def entries(
        self, identifiers: Collection[str] | None = None, search: str | None = None
    ) -> Iterator[Entry]:
        """Give items with all that belongs to them; see `Catalog.entries`."""
        return self.catalog.entries(identifiers, search)

    @contextlib.contextmanager
    def open_original(self, original: OriginalFile) -> Iterator[BinaryIO]:
        """Open an original for reading, wherever it is.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        if not original.is_reference:
            with self.originals.open(original.uri) as file:
                yield file
            return
        with self.local_original(original) as path:
            try:
                opened = path.open("rb")
            except OSError as error:
                raise StorageError(
                    path, f"cannot be read ({error.strerror})", "check its permissions"
                ) from error
            with opened:
                yield opened

    @contextlib.contextmanager
    def local_original(self, original: OriginalFile) -> Iterator[Path]:
        """Give the path of an original on this machine, for the block; it must not be written.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        if not original.is_reference:
            with self.originals.local_copy(original.uri) as path:
                yield path
            return
        path = referenced_path(original.uri)
        if not path.is_file():
            raise StorageError(path, "is missing", "put the referenced file back in its place")
        yield path

    def hash_original(self, original: OriginalFile) -> Digest:
        """Read an original whole and give its checksums.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        with self.open_original(original) as file:
            try:
                return digest_file(file)
            except OSError as error:
                raise StorageError(
                    original.source_name, f"cannot be read ({error.strerror})", "check the disk"
                ) from error


def referenced_path(uri: str) -> Path:
    """Give the path of a file:// URL, byte for byte (RFC 8089)."""
    return Path(unquote_to_bytes(urlsplit(uri).path).decode("utf-8", "surrogateescape"))


def _make_empty_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        entries = [path.name for path in folder.iterdir()]
    except FileExistsError as error:
        raise FolderNotEmptyError(folder, "is a file", "name a new folder") from error
    except OSError as error:
        raise ReadOnlyArchiveError(
            folder, f"the folder cannot be made ({error.strerror})", "choose another place"
        ) from error
    if MARKER in entries:
        raise FolderNotEmptyError(folder, "is an archive already", "go on with it")
    if entries:
        raise FolderNotEmptyError(folder, "is not empty", "name a new or an empty folder")


def _remove_unfinished(folder: Path) -> None:
    """Leave the folder empty, so that making the archive can be tried again."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        (folder / f"{CATALOG}{suffix}").unlink(missing_ok=True)
