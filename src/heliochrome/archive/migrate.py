"""Bring a catalog's tables to this version's, and refuse those of a newer one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from heliochrome.errors import CatalogError, NewerArchiveError

# Revision of the tables in `schema.py`; revisions are numbers, so that newer ones are recognized.
REVISION = "0001"
_VERSION_TABLE = "alembic_version"
# Two programs that open an old PostgreSQL catalog at once must not both change it.
_MIGRATION_LOCK = 0x68656C696F


def read_revision(connection: Connection) -> str | None:
    """Give the revision of a catalog's tables; None where there are none yet."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSION_TABLE}"))
    return revision


def check_revision(connection: Connection, name: str) -> bool:
    """Tell whether the tables of an existing catalog are this version's.

    Returns:
        False where older tables must be changed first.

    Raises:
        NewerArchiveError: they are a newer heliochrome's.
        CatalogError: there are none, or they are no catalog's.

    """
    revision = read_revision(connection)
    if revision is None:
        raise CatalogError(
            name, "holds no catalog", "restore it from a backup, or correct the URL in the marker"
        )
    if not revision.isdigit():
        raise CatalogError(name, f"has tables of an unknown kind ({revision})", "check the URL")
    if int(revision) > int(REVISION):
        raise NewerArchiveError(
            name,
            f"the catalog has tables of version {int(revision)}, this heliochrome knows "
            f"{int(REVISION)}",
            "use the newer heliochrome that made it",
        )
    return revision == REVISION


def upgrade(connection: Connection) -> None:
    """Make the tables, or bring older ones to this version, within the running transaction."""
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", _escape(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


def _escape(path: Path) -> str:
    """Protect percent signs, which the configuration would take for its own."""
    return str(path).replace("%", "%%")
