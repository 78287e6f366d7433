"""Archives with a catalog in SQLite and, where there is a server, in PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from heliochrome.archive.archive import Archive

SERVER_VARIABLE = "HELIOCHROME_TEST_POSTGRES"


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """URL of an empty schema in the server that the environment names."""
    server = os.environ.get(SERVER_VARIABLE)
    if server is None:
        pytest.skip(f"{SERVER_VARIABLE} names no PostgreSQL server; .ci/run starts one")
    schema = f"test_{uuid.uuid4().hex}"
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    yield f"{server}?options=-csearch_path%3D{schema}"
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest) -> str | None:
    """URL of a catalog to be made; None for SQLite's, which is the default."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def archive(tmp_path: Path, catalog_url: str | None) -> Iterator[Archive]:
    """An empty archive; every test that takes it runs on both databases."""
    with Archive.init(tmp_path / "archive", catalog_url) as made:
        yield made


@pytest.fixture
def sqlite_archive(tmp_path: Path) -> Iterator[Archive]:
    """An empty archive for what does not depend on the database."""
    with Archive.init(tmp_path / "archive") as made:
        yield made
