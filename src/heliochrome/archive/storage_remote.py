"""Files of an archive wherever fsspec reaches, such as S3."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from heliochrome.archive.digests import Digest, Digester
from heliochrome.errors import FixityError, HeliochromeError, OptionError, StorageError


class RemoteFiles:
    """Files below a URL, by names that were checked; see `Storage`."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            OptionError: the URL is of a kind that is not known, or holds a password.
            StorageError: it cannot be reached.

        """
        if "@" in url.partition("://")[2].partition("/")[0]:
            raise OptionError(
                "storage",
                "the URL holds credentials, which would stand readable in the archive's folder",
                "leave them out; S3 takes them from AWS_ACCESS_KEY_ID or ~/.aws",
            )
        self._url = url
        self._system, self._root = _connect(url)

    def label(self, name: str) -> str:
        """Give what messages call a file."""
        return f"{self._url}/{name}"

    def put(
        self, pieces: Iterable[bytes], name: str, expected: Digest | None, *, read_only: bool
    ) -> Digest:
        """Upload a file from its bytes, once all of them are there; `read_only` does nothing.

        It is one put, or a multipart upload that is completed at its end: whole or not at all.
        """
        del read_only  # such storages have no permissions of files
        with tempfile.TemporaryDirectory(prefix="heliochrome-") as folder:
            whole = Path(folder) / "file"
            digester = Digester()
            with whole.open("wb") as copy:
                for data in pieces:
                    digester.update(data)
                    copy.write(data)
            digest = digester.digest()
            if expected is not None and digest != expected:
                name = self.label(name)
                raise FixityError(name, "the file changed while it was copied", "add it again")
            with self._reaching(name):
                self._system.put_file(str(whole), self._path(name))
        return digest

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """Open a file for reading."""
        with self._reaching(name):
            file = self._system.open(self._path(name), "rb")
        with file:
            yield file

    @contextlib.contextmanager
    def local_copy(self, name: str) -> Iterator[Path]:
        """Give the path of a copy that lasts for the block."""
        with tempfile.TemporaryDirectory(prefix="heliochrome-") as folder:
            copy = Path(folder) / PurePosixPath(name).name
            with self._reaching(name):
                self._system.get_file(self._path(name), str(copy))
            yield copy

    def exists(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        # Not `isfile`, which takes a storage that cannot be reached for one without the file.
        with self._reaching(name):
            try:
                return bool(self._system.info(self._path(name))["type"] == "file")
            except FileNotFoundError:
                return False

    def size(self, name: str) -> int:
        """Give the size of a file in bytes."""
        with self._reaching(name):
            return int(self._system.info(self._path(name))["size"])

    def age(self, name: str) -> float | None:
        """Give the seconds since a file was written; None where there is none."""
        with self._reaching(name):
            try:
                written = self._system.modified(self._path(name))
            except FileNotFoundError:
                return None
            except NotImplementedError:
                return 0.0
        return time.time() - float(written.timestamp())

    def names(self) -> Iterator[str]:
        """Give the names of all files."""
        with self._reaching(""):
            found = self._system.find(self._root)
        for path in found:
            yield str(path)[len(self._root) :].lstrip("/")

    def remove(self, name: str) -> None:
        """Remove a file."""
        with self._reaching(name):
            self._system.rm_file(self._path(name))

    def remove_temporary(self, older_than_seconds: float) -> int:
        """Remove nothing, for an unfinished upload never becomes a file."""
        del older_than_seconds
        return 0

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextlib.contextmanager
    def _reaching(self, name: str) -> Iterator[None]:
        """Type the errors of storages' libraries, which raise whatever they like."""
        try:
            yield
        except HeliochromeError:
            raise
        except FileNotFoundError as error:
            raise StorageError(
                self.label(name), "is missing", "restore it from a backup, or build it again"
            ) from error
        except Exception as error:
            raise StorageError(
                self.label(name), f"cannot be reached ({error})", "check the URL and credentials"
            ) from error


def _connect(url: str) -> tuple[Any, str]:
    import fsspec

    try:
        # Without remembered listings, which other machines make wrong.
        system, root = fsspec.core.url_to_fs(url, use_listings_cache=False)
    except (ValueError, ImportError) as error:
        raise OptionError(
            "storage", f"{url}: {error}", "use a folder, or install heliochrome[scale] for S3"
        ) from error
    except Exception as error:
        raise StorageError(url, f"cannot be reached ({error})", "check the URL") from error
    return system, str(root).rstrip("/")
