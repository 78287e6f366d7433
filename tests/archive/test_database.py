from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest
from catalog_records import add_items, new_item
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import text

from heliochrome.archive import database
from heliochrome.archive.archive import Archive
from heliochrome.archive.database import Database
from heliochrome.archive.layout import CATALOG
from heliochrome.errors import (
    CatalogError,
    CatalogFullError,
    CatalogLockedError,
    OptionError,
    ReadOnlyArchiveError,
)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.02)
    monkeypatch.setattr(database, "_PAUSE_SECONDS", 0.02)


def _value(archive: Archive, query: str) -> object:
    with archive.catalog.database.reading() as connection:
        return connection.scalar(text(query))


def test_sqlite_is_set_up_to_survive_power_failures(sqlite_archive: Archive) -> None:
    assert _value(sqlite_archive, "PRAGMA journal_mode") == "wal"
    assert _value(sqlite_archive, "PRAGMA synchronous") == 2  # FULL
    assert _value(sqlite_archive, "PRAGMA foreign_keys") == 1
    assert _value(sqlite_archive, "PRAGMA busy_timeout") == database.BUSY_SECONDS * 1000


def _lock_sqlite(archive: Archive) -> sqlite3.Connection:
    other = sqlite3.connect(archive.folder / CATALOG, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_a_catalog_that_stays_locked_is_an_error_after_a_few_tries(
    impatient: None, tmp_path: Path
) -> None:
    with Archive.init(tmp_path / "a") as archive:
        other = _lock_sqlite(archive)
        with pytest.raises(CatalogLockedError, match="another program keeps the catalog locked"):
            archive.catalog.add_item(new_item("a"))
        assert archive.catalog.count_items() == 0  # readers do not wait for writers
        other.execute("ROLLBACK")
        add_items(archive.catalog, "a")
        assert archive.catalog.count_items() == 1
        other.close()


def test_a_lock_that_goes_away_is_waited_for(impatient: None, tmp_path: Path) -> None:
    with Archive.init(tmp_path / "a") as archive:
        other = _lock_sqlite(archive)
        timer = threading.Timer(0.15, lambda: other.execute("ROLLBACK"))
        timer.start()
        add_items(archive.catalog, "a")
        timer.join()
        assert archive.catalog.count_items() == 1
        other.close()


def test_a_lock_in_postgres_is_an_error_after_a_few_tries(
    impatient: None, postgres_url: str, tmp_path: Path
) -> None:
    with Archive.init(tmp_path / "a", postgres_url) as archive:
        other = Database(postgres_url, tmp_path)
        with other.reading() as connection:
            connection.execute(text("LOCK TABLE item IN EXCLUSIVE MODE"))
            with pytest.raises(CatalogLockedError):
                archive.catalog.add_item(new_item("a"))
        add_items(archive.catalog, "a")
        other.close()


def test_a_full_disk_is_an_error_and_loses_nothing(sqlite_archive: Archive) -> None:
    catalog = sqlite_archive.catalog
    kept = add_items(catalog, "a", "b")
    engine = catalog.database._engine
    pages = _value(sqlite_archive, "PRAGMA page_count")

    @sqlalchemy_event.listens_for(engine, "begin")
    def _limit(connection: object) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # type: ignore[attr-defined]

    with pytest.raises(CatalogFullError, match="the disk is full"):
        catalog.add_item(new_item("c", xmp="x" * 100_000))
    sqlalchemy_event.remove(engine, "begin", _limit)
    assert sorted(kept) == [e.original.identifier for e in sqlite_archive.entries()]
    engine.dispose()
    add_items(catalog, "c")


def test_work_that_fails_is_undone(archive: Archive) -> None:
    def work(connection: object) -> None:
        connection.execute(text("DELETE FROM archive"))  # type: ignore[attr-defined]
        raise RuntimeError("boom")

    with pytest.raises(RuntimeError):
        archive.catalog.database.write(work)
    assert _value(archive, "SELECT count(*) FROM archive") == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://user:secret@host/db", "holds a password"),
        ("postgresql://user@host/db?password=secret", "holds a password"),
        ("mysql://host/db", "a mysql database cannot hold it"),
        ("nonsense", "is not a URL"),
    ],
)
def test_urls_of_no_use_are_refused(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        Archive.init(tmp_path / "a", url)
    assert not (tmp_path / "a").exists()


def test_a_server_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(CatalogError, match="cannot be reached"):
        Archive.init(tmp_path / "a", "postgresql://nobody@127.0.0.1:1/none")
    Archive.init(tmp_path / "a").close()  # nothing is left in the way of another try


def test_an_archive_on_read_only_media_can_be_read(
    sqlite_archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    (identifier,) = add_items(sqlite_archive.catalog, "a")
    sqlite_archive.close()
    before = sorted(path.name for path in sqlite_archive.folder.iterdir())
    monkeypatch.setattr(os, "access", lambda *_: False)
    with Archive.open(sqlite_archive.folder) as archive:
        assert [e.original.identifier for e in archive.entries()] == [identifier]
        with pytest.raises(ReadOnlyArchiveError, match="may not be written"):
            archive.catalog.add_item(new_item("b"))
    assert sorted(path.name for path in sqlite_archive.folder.iterdir()) == before


def test_an_archive_that_could_not_be_made_can_be_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ReadOnlyArchiveError("marker", "the disk is full", "free some space")

    with monkeypatch.context() as patch:
        patch.setattr("heliochrome.archive.archive.write_marker", refuse)
        with pytest.raises(ReadOnlyArchiveError):
            Archive.init(tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []
    Archive.init(tmp_path / "a").close()
