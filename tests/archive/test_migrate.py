from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from catalog_records import add_items
from sqlalchemy import text

from heliochrome.archive import migrate
from heliochrome.archive.archive import Archive
from heliochrome.archive.layout import CATALOG
from heliochrome.archive.schema import Base
from heliochrome.errors import CatalogError, NewerArchiveError


def _ours(_object: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "table" and str(name).startswith("search_document"))


def test_the_steps_make_the_tables_that_the_code_uses(archive: Archive) -> None:
    with archive.catalog.database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _ours, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_step_is_the_one_that_the_code_expects() -> None:
    steps = Path(migrate.__file__).parent / "migrations" / "versions"
    numbers = sorted(path.name[1:5] for path in steps.glob("v*.py"))
    assert numbers[-1] == migrate.REVISION
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def _set_revision(archive: Archive, revision: str) -> None:
    change = text("UPDATE alembic_version SET version_num = :revision")
    archive.catalog.database.write(lambda c: c.execute(change, {"revision": revision}))


def test_a_newer_catalog_is_refused(archive: Archive) -> None:
    add_items(archive.catalog, "a")
    _set_revision(archive, "0099")
    with pytest.raises(NewerArchiveError, match="version 99, this heliochrome knows 1"):
        Archive.open(archive.folder)


def test_a_newer_catalog_is_left_untouched(sqlite_archive: Archive) -> None:
    _set_revision(sqlite_archive, "0099")
    sqlite_archive.close()
    file = sqlite_archive.folder / CATALOG
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    with pytest.raises(NewerArchiveError):
        Archive.open(sqlite_archive.folder)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_a_database_that_is_no_catalog_is_refused(sqlite_archive: Archive) -> None:
    sqlite_archive.close()
    file = sqlite_archive.folder / CATALOG
    file.unlink()
    with pytest.raises(CatalogError, match="the catalog is missing"):
        Archive.open(sqlite_archive.folder)
    sqlite3.connect(file).execute("CREATE TABLE other (x)").connection.close()
    with pytest.raises(CatalogError, match="holds no catalog"):
        Archive.open(sqlite_archive.folder)
    file.write_bytes(b"not a database at all, but something else entirely" * 100)
    with pytest.raises(CatalogError, match="is damaged"):
        Archive.open(sqlite_archive.folder)


def test_other_programs_revisions_are_refused(sqlite_archive: Archive) -> None:
    _set_revision(sqlite_archive, "f3a1")
    with pytest.raises(CatalogError, match=r"unknown kind \(f3a1\)"):
        Archive.open(sqlite_archive.folder)
