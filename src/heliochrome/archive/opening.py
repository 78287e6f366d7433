"""The database of an archive's catalog: made for that archive, and never taken for another's."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select

from heliochrome.archive import migrate
from heliochrome.archive.database import Database
from heliochrome.archive.schema import ArchiveRow
from heliochrome.errors import CatalogError


def create_database(url: str, folder: Path, archive_id: str) -> Database:
    """Make the tables of a new archive.

    Args:
        url: of the database.
        folder: of the archive, where a relative SQLite path starts.
        archive_id: of the archive, so that its marker and its catalog know each other.

    Raises:
        CatalogError: the database cannot be used, or holds a catalog already.

    """
    database = Database(url, folder)

    def make(connection: Connection) -> None:
        if migrate.read_revision(connection) is not None:
            raise CatalogError(
                database.name,
                "holds the catalog of another archive",
                "name another database, or another schema of it",
            )
        migrate.upgrade(connection)
        row = {"id": archive_id, "created_at": datetime.now(UTC)}
        connection.execute(insert(ArchiveRow).values(row))

    try:
        database.write(make)
    except BaseException:
        database.close()
        raise
    return database


def open_database(url: str, folder: Path, archive_id: str) -> Database:
    """Open the database of an archive; tables of an older heliochrome are brought up to date.

    Args:
        url: of the database.
        folder: of the archive.
        archive_id: of the archive.

    Raises:
        CatalogError: the database cannot be used, or belongs to another archive.
        NewerArchiveError: a newer heliochrome made it; it is left untouched.

    """
    database = Database(url, folder)
    try:
        _check(database, archive_id)
    except BaseException:
        database.close()
        raise
    return database


def _check(database: Database, archive_id: str) -> None:
    file = database.file
    if file is not None and not file.is_file():
        # SQLite would make an empty one.
        raise CatalogError(file, "the catalog is missing", "restore it from a backup")
    with database.reading() as connection:
        current = migrate.check_revision(connection, database.name)
    if not current:
        database.write(migrate.upgrade)
    with database.reading() as connection:
        found = connection.scalar(select(ArchiveRow.id))
    if found != archive_id:
        raise CatalogError(
            database.name,
            f"is the catalog of another archive ({found}, not {archive_id})",
            "correct the URL in the archive's marker file",
        )
