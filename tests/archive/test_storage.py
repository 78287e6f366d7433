from __future__ import annotations

import errno
import hashlib
import os
import uuid
from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from heliochrome.archive.digests import Digest
from heliochrome.archive.storage import Storage
from heliochrome.errors import (
    FixityError,
    OptionError,
    ReadError,
    ReadOnlyArchiveError,
    StorageError,
    StorageFullError,
)

DATA = b"a scan" * 1000


@pytest.fixture(params=["local", "remote"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """A folder, and a storage that is none."""
    if request.param == "local":
        return Storage("originals", tmp_path)
    return Storage(f"memory://{uuid.uuid4().hex}/originals", tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    return Storage("originals", tmp_path)


def _digest(data: bytes) -> Digest:
    return Digest(hashlib.sha256(data).hexdigest(), hashlib.sha512(data).hexdigest(), len(data))


def test_what_is_stored_comes_back(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    source.write_bytes(DATA)
    assert storage.put_file(source, "ab/scan.tif", expected=_digest(DATA)) == _digest(DATA)
    assert storage.put_bytes(b"{}", "ab/scan.json") == _digest(b"{}")
    assert storage.exists("ab/scan.tif")
    assert storage.size("ab/scan.tif") == len(DATA)
    assert storage.age("ab/scan.tif") == pytest.approx(0, abs=60)
    assert storage.hashes("ab/scan.tif") == _digest(DATA)
    with storage.open("ab/scan.tif") as file:
        assert file.read() == DATA
    with storage.local_copy("ab/scan.tif") as path:
        assert path.read_bytes() == DATA
    assert sorted(storage.names()) == ["ab/scan.json", "ab/scan.tif"]
    storage.remove("ab/scan.json")
    assert list(storage.names()) == ["ab/scan.tif"]


def test_nothing_is_overwritten_unless_told(storage: Storage) -> None:
    storage.put_bytes(b"one", "a/b")
    with pytest.raises(StorageError, match="exists already"):
        storage.put_bytes(b"two", "a/b")
    assert storage.hashes("a/b") == _digest(b"one")
    storage.put_bytes(b"two", "a/b", replace=True)
    assert storage.hashes("a/b") == _digest(b"two")


def test_a_file_that_changed_is_not_stored(storage: Storage, tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    source.write_bytes(DATA + b"more")
    with pytest.raises(FixityError, match="changed while it was copied"):
        storage.put_file(source, "ab/scan.tif", expected=_digest(DATA))
    assert list(storage.names()) == []


def test_missing_files_are_told(storage: Storage, tmp_path: Path) -> None:
    assert not storage.exists("no/where")
    assert storage.age("no/where") is None
    for look in (storage.size, storage.hashes):
        with pytest.raises(StorageError, match="is missing"):
            look("no/where")
    with pytest.raises(StorageError, match="is missing"), storage.local_copy("no/where"):
        pass


def test_sources_that_cannot_be_read_are_told_apart(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="none: is missing"):
        storage.put_file(tmp_path / "none", "a/b")
    with pytest.raises(ReadError, match="cannot be read"):
        storage.put_file(tmp_path, "a/b")
    assert list(storage.names()) == []


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", ""])
def test_names_stay_inside(storage: Storage, name: str) -> None:
    with pytest.raises(StorageError, match="is no name"):
        storage.put_bytes(b"x", name)


def test_originals_are_protected(folder: Storage, tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    source.write_bytes(DATA)
    folder.put_file(source, "ab/scan.tif", read_only=True)
    assert (tmp_path / "originals/ab/scan.tif").stat().st_mode & 0o777 == 0o444


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (errno.ENOSPC, StorageFullError),
        (errno.EDQUOT, StorageFullError),
        (errno.EROFS, ReadOnlyArchiveError),
        (errno.EIO, StorageError),
    ],
)
def test_a_disk_that_refuses_leaves_nothing_partial(
    folder: Storage, monkeypatch: pytest.MonkeyPatch, code: int, error: type[Exception]
) -> None:
    def refuse(_: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(error):
            folder.put_bytes(DATA, "ab/x")
    assert list(folder.names()) == []
    assert not [path for path in folder.folder.rglob("*") if path.is_file()]
    folder.put_bytes(DATA, "ab/x")


def test_only_abandoned_temporary_files_are_removed(folder: Storage) -> None:
    folder.put_bytes(DATA, "ab/x")
    fresh, old = (folder.folder / "ab" / f".x.{name}.part" for name in ("new", "old"))
    for path in (fresh, old):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert list(folder.names()) == ["ab/x"]
    assert folder.remove_temporary() == 1
    assert fresh.exists()
    assert not old.exists()
    assert folder.hashes("ab/x") == _digest(DATA)


def test_a_storage_that_cannot_be_reached_is_not_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("no route")

    storage = Storage(f"memory://{uuid.uuid4().hex}", tmp_path)
    storage.put_bytes(DATA, "a/b")
    monkeypatch.setattr(MemoryFileSystem, "info", refuse)
    monkeypatch.setattr(MemoryFileSystem, "find", refuse)
    for look in (storage.exists, storage.size, lambda _: list(storage.names())):
        with pytest.raises(StorageError, match=r"cannot be reached \(no route\)"):
            look("a/b")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("s3://key:secret@bucket/folder", "holds credentials"),
        ("nosuchkind://bucket/folder", "nosuchkind"),
    ],
)
def test_urls_of_no_use_are_refused(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Storage(url, tmp_path)
