"""Files of an archive in a folder of this machine."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from heliochrome.archive.digests import Digest, Digester
from heliochrome.errors import (
    FixityError,
    HeliochromeError,
    ReadOnlyArchiveError,
    StorageError,
    StorageFullError,
    WriteError,
)
from heliochrome.image.write import storing

_TEMPORARY_SUFFIX = ".part"  # of what `storing` writes before it renames
_READ_ONLY = 0o444


class LocalFiles:
    """Files below a folder, by names that were checked; see `Storage`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def label(self, name: str) -> str:
        """Give what messages call a file."""
        return str(self.folder / name)

    def put(
        self, pieces: Iterable[bytes], name: str, expected: Digest | None, *, read_only: bool
    ) -> Digest:
        """Write a file from its bytes, to the disk, under another name, and rename it."""
        path = self.folder / name
        with _writing(path):
            _make_durable_folder(path.parent)
            with storing(path) as target:
                digester = Digester()
                for data in pieces:
                    digester.update(data)
                    target.write(data)
                digest = digester.digest()
                if expected is not None and digest != expected:
                    raise FixityError(path, "the file changed while it was copied", "add it again")
                if read_only:
                    os.fchmod(target.fileno(), _READ_ONLY)
        return digest

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file for reading."""
        with _reading(self.folder / name):
            file = (self.folder / name).open("rb")
        with file:
            yield file

    @contextlib.contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """Give a file's own path."""
        if not self.exists(name):
            raise _missing(self.folder / name)
        yield self.folder / name

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        return (self.folder / name).is_file()

    def size(self, name: str) -> int:
        """Give the size of a file in bytes."""
        with _reading(self.folder / name):
            return (self.folder / name).stat().st_size

    def age(self, name: str) -> float | None:
        """Give the seconds since a file was written; None where there is none."""
        path = self.folder / name
        with _reading(path):
            try:
                return time.time() - path.stat().st_mtime
            except FileNotFoundError:
                return None

    def names(self) -> Iterator[str]:
        """Give the names of all files but temporary ones."""
        for path in self._paths():
            if path.suffix != _TEMPORARY_SUFFIX:
                yield path.relative_to(self.folder).as_posix()

    def remove(self, name: str) -> None:
        """Remove a file."""
        with _writing(self.folder / name):
            (self.folder / name).unlink(missing_ok=True)

    def remove_temporary(self, older_than_seconds: float) -> int:
        """Remove temporary files that nobody has written to for so long, and count them."""
        removed = 0
        for path in self._paths():
            if path.suffix != _TEMPORARY_SUFFIX:
                continue
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime >= older_than_seconds:
                    path.unlink()
                    removed += 1
        return removed

    def _paths(self) -> Iterator[Path]:
        for root, _, names in os.walk(self.folder):
            for name in names:
                yield Path(root) / name


def _missing(path: Path) -> StorageError:
    return StorageError(path, "is missing", "restore it from a backup, or build it again")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise _missing(path) from error
    except OSError as error:
        raise StorageError(
            path, f"cannot be read ({error.strerror})", "check its permissions and the disk"
        ) from error


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except WriteError as error:
        raise _refused(path, error.__cause__, error.problem) from error
    except OSError as error:
        raise _refused(path, error, f"cannot be written ({error.strerror})") from error


def _refused(path: Path, error: BaseException | None, problem: str) -> HeliochromeError:
    code = error.errno if isinstance(error, OSError) else None
    if code in (errno.ENOSPC, errno.EDQUOT):
        return StorageFullError(path, "the disk is full", "free some space and do it again")
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ReadOnlyArchiveError(path, "may not be written there", "change the permissions")
    return StorageError(path, problem, "check the disk")


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
