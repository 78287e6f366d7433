"""How far an archive is: counts by indexed queries, quick whatever its size."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, exists, func, select

from heliochrome.archive.catalog import Catalog
from heliochrome.archive.schema import Build, Derivative, Failure, Item, Recipe

_MOST_FAILURES = 100


@dataclass(frozen=True, slots=True)
class FailureReason:
    """Why derivatives are not there, by one error's class and problem.

    Attributes:
        count: of the items.
        kind, problem, remedy: what the error says.
        examples: identifiers of some of the items.

    """

    count: int
    kind: str
    problem: str
    remedy: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RecipeStatus:
    """How far an archive is with one recipe.

    Attributes:
        name, sha256: of the recipe.
        done: items with a derivative by it.
        failed: items without one, for which the last try failed.
        remaining: all other items.
        reasons: of the failures, the most frequent first; at most 100.

    """

    name: str
    sha256: str
    done: int
    failed: int
    remaining: int
    reasons: tuple[FailureReason, ...]


@dataclass(frozen=True, slots=True)
class BuildStatus:
    """A build that has not ended.

    Attributes:
        recipe_name: of its recipe.
        pid, host: of its process.
        is_running: False where it was cut off; None where that cannot be told from this host.
        started_at: in UTC.
        total, done, failed: derivatives that it had to make, has made, and could not make.
        seconds_left: by its speed until now; None at its very beginning, or when it is cut off.

    """

    recipe_name: str
    pid: int
    host: str
    is_running: bool | None
    started_at: datetime
    total: int
    done: int
    failed: int
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Status:
    """How far an archive is.

    Attributes:
        items: scans in it.
        bytes: of all originals.
        derivatives: made of them.
        near_duplicates: items that look like an earlier one.
        recipes: by the order of their first use.
        build: that has not ended; None where there is none.

    """

    items: int
    bytes: int
    derivatives: int
    near_duplicates: int
    recipes: tuple[RecipeStatus, ...]
    build: BuildStatus | None


def archive_status(catalog: Catalog) -> Status:
    """Tell how far an archive is.

    Raises:
        CatalogError: the catalog cannot be read.

    """
    with catalog.database.reading() as connection:
        items, size = connection.execute(
            select(func.count(Item.size), func.coalesce(func.sum(Item.size), 0))
        ).one()
        near = select(func.count(Item.near_duplicate_of)).where(Item.near_duplicate_of.is_not(None))
        return Status(
            items=items,
            bytes=int(size),
            derivatives=connection.scalar(select(func.count(Derivative.id))) or 0,
            near_duplicates=connection.scalar(near) or 0,
            recipes=_recipes(connection, items),
            build=_build(connection),
        )


def _recipes(connection: Connection, items: int) -> tuple[RecipeStatus, ...]:
    done = _done(connection)
    failed = _failed(connection)
    rows = connection.execute(select(Recipe.id, Recipe.name, Recipe.sha256).order_by(Recipe.id))
    return tuple(
        RecipeStatus(
            name=row.name,
            sha256=row.sha256,
            done=done.get(row.id, 0),
            failed=failed.get(row.id, 0),
            remaining=items - done.get(row.id, 0) - failed.get(row.id, 0),
            reasons=_reasons(connection, row.id),
        )
        for row in rows.all()
    )


def _done(connection: Connection) -> dict[int, int]:
    """Count, by recipe, the items with a derivative by it."""
    number = func.count(Derivative.item_id.distinct())
    query = select(Derivative.recipe_id, number.label("number")).group_by(Derivative.recipe_id)
    return {row.recipe_id: row.number for row in connection.execute(query)}


def _failed(connection: Connection) -> dict[int, int]:
    """Count, by recipe, the items that only failed."""
    without = ~exists().where(
        Derivative.recipe_id == Failure.recipe_id, Derivative.item_id == Failure.item_id
    )
    number = func.count(Failure.item_id.distinct())
    query = select(Failure.recipe_id, number.label("number")).where(without)
    rows = connection.execute(query.group_by(Failure.recipe_id))
    return {row.recipe_id: row.number for row in rows}


def _reasons(connection: Connection, recipe_id: int) -> tuple[FailureReason, ...]:
    number = func.count()
    query = (
        select(
            number.label("number"),
            Failure.kind,
            Failure.problem,
            func.min(Failure.remedy).label("remedy"),
            func.min(Failure.item_id).label("first"),
            func.max(Failure.item_id).label("last"),
        )
        .where(Failure.recipe_id == recipe_id)
        .group_by(Failure.kind, Failure.problem)
        .order_by(number.desc(), Failure.kind, Failure.problem)
        .limit(_MOST_FAILURES)
    )
    rows = connection.execute(query).all()
    wanted = {item_id for row in rows for item_id in (row.first, row.last)}
    named = select(Item.id, Item.identifier).where(Item.id.in_(wanted))
    names = {row.id: row.identifier for row in connection.execute(named)}
    return tuple(
        FailureReason(
            row.number,
            row.kind,
            row.problem,
            row.remedy,
            examples=tuple(dict.fromkeys((names[row.first], names[row.last]))),
        )
        for row in rows
    )


def _build(connection: Connection) -> BuildStatus | None:
    query = (
        select(Build, Recipe.name.label("recipe_name"))
        .join(Recipe, Recipe.id == Build.recipe_id)
        .where(Build.ended_at.is_(None))
        .order_by(Build.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    is_running = _is_running(row.pid) if row.host == socket.gethostname() else None
    tried = row.done + row.failed
    left = None
    if tried and is_running is not False:
        elapsed = (datetime.now(UTC) - row.started_at).total_seconds()
        left = elapsed / tried * max(row.total - tried, 0)
    return BuildStatus(
        recipe_name=row.recipe_name,
        pid=row.pid,
        host=row.host,
        is_running=is_running,
        started_at=row.started_at,
        total=row.total,
        done=row.done,
        failed=row.failed,
        seconds_left=left,
    )


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's
    return True
