"""Files that nobody recorded are told from those that somebody is about to record."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from catalog_records import add_recipe, key_of, new_derivative, new_item

from heliochrome.archive import strays
from heliochrome.archive.archive import Archive
from heliochrome.archive.layout import derivative_name, premis_name
from heliochrome.archive.strays import stray_files


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen while files are waited for."""

    def set_up(happens: Callable[[], object]) -> None:
        monkeypatch.setattr(strays.time, "sleep", lambda _: happens())

    return set_up


def never() -> None:
    pytest.fail("nothing was to be waited for")


def test_what_is_recorded_a_moment_after_it_was_written_is_no_stray(
    archive: Archive, meanwhile: Callable
) -> None:
    item = new_item("scan")
    archive.originals.put_bytes(b"x", item.uri)
    meanwhile(lambda: archive.catalog.add_item(item))
    assert list(stray_files(archive)) == []
    identifier = archive.catalog.find_item(item.sha256)
    key = key_of(identifier, "restore")
    for name in (derivative_name(key, ".jpg"), premis_name(key)):
        archive.derivatives.put_bytes(b"x", name)
    derivative = new_derivative(identifier, add_recipe(archive.catalog), key)
    meanwhile(lambda: archive.catalog.record_derivative(derivative))
    assert list(stray_files(archive)) == []


def test_what_is_gone_a_moment_later_is_no_stray(
    sqlite_archive: Archive, meanwhile: Callable
) -> None:
    sqlite_archive.originals.put_bytes(b"x", "ab/withdrawn.tif")
    meanwhile(lambda: sqlite_archive.originals.remove("ab/withdrawn.tif"))
    assert list(stray_files(sqlite_archive)) == []


def test_what_is_not_recorded_in_time_is_a_stray(sqlite_archive: Archive) -> None:
    sqlite_archive.derivatives.put_bytes(b"x", "ab/young.tif")
    assert list(stray_files(sqlite_archive, patience=0.2)) == ["ab/young.tif"]


def test_old_strays_are_told_at_once(sqlite_archive: Archive, meanwhile: Callable) -> None:
    for name in ("ab/b.tif", "ab/a.tif"):
        sqlite_archive.originals.put_bytes(b"x", name)
        os.utime(sqlite_archive.originals.folder / name, (0, 0))
    meanwhile(never)
    assert list(stray_files(sqlite_archive)) == ["ab/a.tif", "ab/b.tif"]
