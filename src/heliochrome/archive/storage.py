"""Where an archive's files are: a folder, or anything that fsspec knows, such as S3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from heliochrome.archive.digests import Digest, chunks, digest_file
from heliochrome.archive.storage_local import LocalFiles
from heliochrome.archive.storage_remote import RemoteFiles
from heliochrome.errors import ReadError, StorageError

# A temporary file that nobody has written to for so long belongs to a program that was killed.
ABANDONED_AFTER_SECONDS = 600.0


class Storage:
    """Files by name, as "ab/abcd.tif"; written whole or not at all, and never twice.

    Attributes:
        name: what messages call it.
        folder: where it is on this machine; None where it is elsewhere.

    """

    def __init__(self, location: str, base: Path) -> None:
        """Connect to a storage.

        Args:
            location: a path, relative to `base`, or a URL that fsspec knows.
            base: folder of the archive.

        Raises:
            OptionError: the URL is of a kind that is not known, or holds a password.
            StorageError: it cannot be reached.

        """
        self.name = location
        self.folder = None if "://" in location else base / location
        self._files = RemoteFiles(location) if self.folder is None else LocalFiles(self.folder)

    def put_file(
        self,
        source: Path,
        name: str,
        *,
        expected: Digest | None = None,
        replace: bool = False,
        read_only: bool = False,
    ) -> Digest:
        """Store a copy of a local file.

        Args:
            source: the file.
            name: to store it by.
            expected: what it must be; a file that changed meanwhile is not stored.
            replace: whether a file of that name, which no catalog has recorded, may be replaced.
            read_only: whether to protect it from being written, where the storage knows that.

        Returns:
            What was stored.

        Raises:
            ReadError: the source cannot be read.
            FixityError: the bytes are not the expected ones.
            StorageError: there is a file of that name, or it cannot be written.

        """
        pieces = _pieces(source)
        return self._put(pieces, name, expected, replace=replace, read_only=read_only)

    def put_bytes(self, data: bytes, name: str, *, replace: bool = False) -> Digest:
        """Store bytes as a file; for the rest see `put_file`."""
        return self._put([data], name, None, replace=replace, read_only=False)

    def _put(
        self,
        pieces: Iterable[bytes],
        name: str,
        expected: Digest | None,
        *,
        replace: bool,
        read_only: bool,
    ) -> Digest:
        if not replace and self.exists(name):
            raise StorageError(self._files.label(name), "exists already", "nothing was replaced")
        return self._files.put(pieces, _checked(name), expected, read_only=read_only)

    def open(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Open a file for reading.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        return self._files.open(_checked(name))

    def local_copy(self, name: str) -> AbstractContextManager[Path]:
        """Give a file's path on this machine: its own, or that of a copy that lasts for the block.

        The file must not be written to.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        return self._files.local_copy(_checked(name))

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of this name.

        Raises:
            StorageError: the storage cannot be reached.

        """
        return self._files.exists(_checked(name))

    def size(self, name: str) -> int:
        """Give the size of a file in bytes.

        Raises:
            StorageError: it is missing or cannot be reached.

        """
        return self._files.size(_checked(name))

    def age(self, name: str) -> float | None:
        """Give the seconds since a file was written; 0 where the storage does not say when.

        It is None where there is no such file any more.

        Raises:
            StorageError: the storage cannot be reached.

        """
        return self._files.age(_checked(name))

    def hashes(self, name: str) -> Digest:
        """Read a file whole and give its checksums.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        with self.open(name) as file:
            try:
                return digest_file(file)
            except Exception as error:  # of a remote storage: whatever its library raises
                raise StorageError(
                    self._files.label(name), f"cannot be read ({error})", "check the disk"
                ) from error

    def names(self) -> Iterator[str]:
        """Give the names of all files, but for temporary ones, in no order.

        Raises:
            StorageError: the storage cannot be reached.

        """
        return self._files.names()

    def remove(self, name: str) -> None:
        """Remove a file that no catalog has recorded.

        Raises:
            StorageError: it cannot be removed.

        """
        self._files.remove(_checked(name))

    def remove_temporary(self, older_than_seconds: float = ABANDONED_AFTER_SECONDS) -> int:
        """Remove what programs that were killed left unfinished, and count it."""
        return self._files.remove_temporary(older_than_seconds)


def _pieces(source: Path) -> Iterator[bytes]:
    """Read a file in pieces; its faults are its own, and not those of the storage."""
    try:
        with source.open("rb") as file:
            yield from chunks(file)
    except FileNotFoundError as error:
        raise ReadError(source, "is missing", "check the path") from error
    except OSError as error:
        raise ReadError(
            source, f"cannot be read ({error.strerror})", "check its permissions and the disk"
        ) from error


def _checked(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise StorageError(name, "is no name of a file in an archive", "check the catalog")
    return name
