"""The catalog's database: SQLite or PostgreSQL, transactions, and errors that say what to do."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from heliochrome.archive.failures import may_be_retried, typed_error
from heliochrome.archive.layout import CATALOG
from heliochrome.errors import CatalogError, MissingExtraError, OptionError

T = TypeVar("T")

BUSY_SECONDS = 10.0  # that one statement waits for another program's lock
CONNECT_SECONDS = 10  # that a server may take to answer
ATTEMPTS = 4  # of a transaction that met a lock, before giving up
_PAUSE_SECONDS = 0.2
_CACHE_KIB = 16_384
_SECRETS = frozenset({"password", "sslpassword"})


def parse_catalog_url(url: str) -> URL:
    """Take a catalog's URL apart.

    Raises:
        OptionError: it is none, of another database, or holds a password.

    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise OptionError(
            "catalog", f"{url!r} is not a URL", "write postgresql://user@host/database"
        ) from error
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise OptionError(
            "catalog", f"a {backend} database cannot hold it", "use SQLite or PostgreSQL"
        )
    if parsed.password or _SECRETS & parsed.query.keys():
        raise OptionError(
            "catalog",
            "the URL holds a password, which would stand readable in the archive's folder",
            "leave it out and keep it in ~/.pgpass or PGPASSWORD",
        )
    if backend == "postgresql" and parsed.drivername == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


class Database:
    """Transactions on a catalog.

    Attributes:
        name: what messages call it: the file, or the URL.
        is_sqlite: whether it is SQLite; PostgreSQL otherwise.

    """

    def __init__(self, url: str, folder: Path) -> None:
        """Prepare for a database; nothing is opened yet.

        Args:
            url: as the marker has it.
            folder: where a relative SQLite path starts.

        Raises:
            OptionError: not a URL of such a database.
            MissingExtraError: PostgreSQL's driver is not installed.

        """
        parsed = parse_catalog_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.file: Path | None = None
        if self.is_sqlite:
            self.file = folder / (parsed.database or CATALOG)
            parsed = _sqlite_url(self.file)
        self.name = str(self.file or parsed.render_as_string(hide_password=True))
        self._engine = _engine(parsed, is_sqlite=self.is_sqlite)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction for reading: one unchanging view of the catalog.

        Raises:
            CatalogError: the database cannot be read; see its subclasses.

        """
        with self._typed(), self._engine.connect() as connection, connection.begin():
            yield connection

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do `work` in one transaction: all of it or nothing.

        When it meets another program's lock, or records what another has recorded meanwhile, it is
        done again, a few times; it must therefore change nothing but the database.

        Raises:
            CatalogError: the database did not take it; see its subclasses.

        """
        attempt = 1
        while True:
            try:
                return self._write_once(work)
            except DBAPIError as error:
                if attempt == ATTEMPTS or not may_be_retried(error):
                    raise typed_error(self.name, error) from error
            time.sleep(_PAUSE_SECONDS * 2**attempt)
            attempt += 1

    def _write_once(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            connection = connection.execution_options(heliochrome_writes=True)
            with connection.begin():
                return work(connection)

    @contextmanager
    def _typed(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise typed_error(self.name, error) from error


def _sqlite_url(file: Path) -> URL:
    """Write the URL of a SQLite file; of one on read-only media, so that it can be read at all.

    Reading in WAL mode needs two more files beside the catalog, which SQLite makes, unless it is
    told that nobody writes.
    """
    if os.access(file.parent, os.W_OK) or not file.exists() or _has_log(file):
        return URL.create("sqlite", database=str(file))
    return URL.create(
        "sqlite",
        database=f"file:{quote(str(file))}",
        query={"mode": "ro", "immutable": "1", "uri": "true"},
    )


def _has_log(file: Path) -> bool:
    log = file.with_name(f"{file.name}-wal")
    return log.exists() and log.stat().st_size > 0


def _engine(url: URL, *, is_sqlite: bool) -> Engine:
    try:
        engine = create_engine(url, pool_pre_ping=not is_sqlite, connect_args=_arguments(is_sqlite))
    except NoSuchModuleError as error:
        raise CatalogError(str(url), f"no driver ({error})", "check the URL") from error
    except ModuleNotFoundError as error:
        raise MissingExtraError("a PostgreSQL catalog", "postgres") from error
    event.listen(engine, "connect", _prepare_sqlite if is_sqlite else _prepare_postgres)
    if is_sqlite:
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _arguments(is_sqlite: bool) -> dict[str, Any]:
    return {} if is_sqlite else {"connect_timeout": CONNECT_SECONDS}


def _prepare_postgres(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {int(BUSY_SECONDS * 1000)}")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions by itself, and too late for a consistent view.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    # Readers and a writer do not wait for each other; a file on read-only media stays as it is.
    cursor.execute("PRAGMA journal_mode = WAL")
    # In WAL mode less would lose recorded work when the power fails.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and then writes fails at once, without waiting, when another
    # program wrote in between; one that announces the writing waits its turn.
    writes = connection.get_execution_options().get("heliochrome_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
