"""Where an archive's files are: a folder, or anything that fsspec knows, such as S3."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from heliochrome.archive.digests import Digest, Digester, chunks, digest_file
from heliochrome.errors import (
    FixityError,
    HeliochromeError,
    OptionError,
    ReadOnlyArchiveError,
    StorageError,
    StorageFullError,
    WriteError,
)
from heliochrome.image.write import storing

_TEMPORARY_SUFFIX = ".part"  # of what `storing` writes before it renames
_READ_ONLY = 0o444
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
        self.folder: Path | None = None
        if "://" not in location:
            self.folder = base / location
            return
        if "@" in location.partition("://")[2].partition("/")[0]:
            raise OptionError(
                "storage",
                "the URL holds credentials, which would stand readable in the archive's folder",
                "leave them out; S3 takes them from AWS_ACCESS_KEY_ID or ~/.aws",
            )
        self._fs, self._root = _remote(location)

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
            FixityError: the bytes are not the expected ones.
            StorageError: there is a file of that name, or it cannot be written.

        """
        with self._reading(source), source.open("rb") as file:
            return self._put(file, name, expected, replace=replace, read_only=read_only)

    def put_bytes(self, data: bytes, name: str, *, replace: bool = False) -> Digest:
        """Store bytes as a file; for the rest see `put_file`."""
        return self._put(io.BytesIO(data), name, None, replace=replace, read_only=False)

    def _put(
        self,
        file: BinaryIO,
        name: str,
        expected: Digest | None,
        *,
        replace: bool,
        read_only: bool,
    ) -> Digest:
        if not replace and self.exists(name):
            raise StorageError(self._label(name), "exists already", "nothing was replaced")
        if self.folder is None:
            with self._reaching(name):
                return self._put_remote(file, name, expected)
        return self._put_local(file, self._path(name), expected, read_only=read_only)

    def _put_local(
        self, file: BinaryIO, path: Path, expected: Digest | None, *, read_only: bool
    ) -> Digest:
        with self._writing(path):
            _make_durable_folder(path.parent)
            with storing(path) as target:
                digester = Digester()
                for data in chunks(file):
                    digester.update(data)
                    target.write(data)
                if read_only:
                    os.fchmod(target.fileno(), _READ_ONLY)
                return _checked(digester.digest(), expected, str(path))

    def _put_remote(self, file: BinaryIO, name: str, expected: Digest | None) -> Digest:
        stored = digest_file(file)
        _checked(stored, expected, self._label(name))
        file.seek(0)
        # One put, or a multipart upload that is completed at its end: whole or not at all.
        with self._fs.open(self._remote_path(name), "wb") as target:
            for data in chunks(file):
                target.write(data)
        return stored

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file for reading.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        if self.folder is not None:
            path = self._path(name)
            with self._reading(path):
                file: BinaryIO = path.open("rb")
            with file:
                yield file
            return
        with self._reaching(name):
            opened = self._fs.open(self._remote_path(name), "rb")
        with opened:
            yield opened

    @contextlib.contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """Give a file's path on this machine: its own, or that of a copy that lasts for the block.

        The file must not be written to.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        if self.folder is not None:
            path = self._path(name)
            if not path.is_file():
                raise self._missing(name)
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="heliochrome-") as folder:
            copy = Path(folder) / PurePosixPath(name).name
            with self._reaching(name):
                self._fs.get_file(self._remote_path(name), str(copy))
            yield copy

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of this name.

        Raises:
            StorageError: the storage cannot be reached.

        """
        if self.folder is not None:
            return self._path(name).is_file()
        with self._reaching(name):
            return bool(self._fs.isfile(self._remote_path(name)))

    def size(self, name: str) -> int:
        """Give the size of a file in bytes.

        Raises:
            StorageError: it is missing or cannot be reached.

        """
        if self.folder is not None:
            with self._reading(self._path(name)):
                return self._path(name).stat().st_size
        with self._reaching(name):
            return int(self._fs.info(self._remote_path(name))["size"])

    def hashes(self, name: str) -> Digest:
        """Read a file whole and give its checksums.

        Raises:
            StorageError: it is missing or cannot be read.

        """
        with self.open(name) as file, self._reaching(name):
            return digest_file(file)

    def names(self) -> Iterator[str]:
        """Give the names of all files, but for temporary ones, in no order.

        Raises:
            StorageError: the storage cannot be reached.

        """
        if self.folder is not None:
            for path in self._local_files():
                if path.suffix != _TEMPORARY_SUFFIX:
                    yield path.relative_to(self.folder).as_posix()
            return
        with self._reaching(""):
            found = self._fs.find(self._root)
        for path in found:
            yield str(path)[len(self._root) :].lstrip("/")

    def remove(self, name: str) -> None:
        """Remove a file that no catalog has recorded.

        Raises:
            StorageError: it cannot be removed.

        """
        if self.folder is not None:
            with self._writing(self._path(name)):
                self._path(name).unlink(missing_ok=True)
            return
        with self._reaching(name):
            self._fs.rm_file(self._remote_path(name))

    def remove_temporary(self, older_than_seconds: float = ABANDONED_AFTER_SECONDS) -> int:
        """Remove what programs that were killed left unfinished, and count it."""
        removed = 0
        if self.folder is None:
            return removed  # an unfinished upload never becomes a file
        for path in self._local_files():
            if path.suffix != _TEMPORARY_SUFFIX:
                continue
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime >= older_than_seconds:
                    path.unlink()
                    removed += 1
        return removed

    def _local_files(self) -> Iterator[Path]:
        assert self.folder is not None
        for root, _, names in os.walk(self.folder):
            for name in names:
                yield Path(root) / name

    def _path(self, name: str) -> Path:
        assert self.folder is not None
        return self.folder / _checked_name(name)

    def _remote_path(self, name: str) -> str:
        return f"{self._root}/{_checked_name(name)}"

    def _label(self, name: str) -> str:
        return f"{self.name}/{name}" if self.folder is None else str(self.folder / name)

    def _missing(self, name: str) -> StorageError:
        return StorageError(
            self._label(name), "is missing", "restore it from a backup, or build it again"
        )

    @contextlib.contextmanager
    def _reading(self, path: Path) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise StorageError(path, "is missing", "restore it from a backup") from error
        except OSError as error:
            raise StorageError(
                path, f"cannot be read ({error.strerror})", "check its permissions and the disk"
            ) from error

    @contextlib.contextmanager
    def _writing(self, path: Path) -> Iterator[None]:
        try:
            yield
        except WriteError as error:
            raise _storage_error(path, error.__cause__, error.problem) from error
        except OSError as error:
            raise _storage_error(path, error, f"cannot be written ({error.strerror})") from error

    @contextlib.contextmanager
    def _reaching(self, name: str) -> Iterator[None]:
        """Type the errors of a remote storage, whose libraries raise whatever they like."""
        try:
            yield
        except HeliochromeError:
            raise
        except FileNotFoundError as error:
            raise self._missing(name) from error
        except Exception as error:
            raise StorageError(
                self._label(name), f"cannot be reached ({error})", "check the URL and credentials"
            ) from error


def _remote(location: str) -> tuple[Any, str]:
    import fsspec

    try:
        filesystem, root = fsspec.core.url_to_fs(location)
    except (ValueError, ImportError) as error:
        raise OptionError(
            "storage", f"{location}: {error}", "use a folder, or install heliochrome[scale] for S3"
        ) from error
    except Exception as error:
        raise StorageError(location, f"cannot be reached ({error})", "check the URL") from error
    return filesystem, str(root).rstrip("/")


def _checked_name(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise StorageError(name, "is no name of a file in an archive", "check the catalog")
    return name


def _checked(found: Digest, expected: Digest | None, name: str) -> Digest:
    if expected is not None and found != expected:
        raise FixityError(name, "the file changed while it was copied", "add it again")
    return found


def _make_durable_folder(folder: Path) -> None:
    """Make a folder, and make sure that it is still there after a power failure."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):  # some network file systems refuse
        handle = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _storage_error(path: Path, error: BaseException | None, problem: str) -> HeliochromeError:
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT):
        return StorageFullError(path, "the disk is full", "free some space and do it again")
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReadOnlyArchiveError(path, "may not be written there", "change the permissions")
    return StorageError(path, problem, "check the disk")
