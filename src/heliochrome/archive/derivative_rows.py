"""Rows of recipes, derivatives, failures and builds."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, Update, bindparam, delete, insert, select, update

from heliochrome.archive.event_rows import insert_events
from heliochrome.archive.item_rows import find_item_id
from heliochrome.archive.records import NewDerivative, NewFailure
from heliochrome.archive.schema import Build, Derivative, Failure, Recipe, table_of
from heliochrome.archive.search import index_item
from heliochrome.errors import NoSuchItemError

_DERIVATIVE, _FAILURE, _BUILD = table_of(Derivative), table_of(Failure), table_of(Build)
# Made once: making a statement costs more than running it.
_INSERT_DERIVATIVE = insert(_DERIVATIVE).returning(_DERIVATIVE.c.id)
_BY_KEY = select(_DERIVATIVE.c.id).where(_DERIVATIVE.c.key == bindparam("key"))
_ANY = (
    select(_DERIVATIVE.c.id)
    .where(
        _DERIVATIVE.c.item_id == bindparam("item"), _DERIVATIVE.c.recipe_id == bindparam("recipe")
    )
    .limit(1)
)
_FORGET_FAILURES = delete(_FAILURE).where(
    _FAILURE.c.item_id == bindparam("item"), _FAILURE.c.recipe_id == bindparam("recipe")
)
_THIS_BUILD = update(_BUILD).where(_BUILD.c.id == bindparam("build"))
_ONE_MORE_DONE = _THIS_BUILD.values(done=_BUILD.c.done + 1)
_ONE_MORE_FAILED = _THIS_BUILD.values(failed=_BUILD.c.failed + 1)


def ensure_recipe(connection: Connection, sha256: str, name: str, text: str) -> int:
    """Give the row of a recipe, which is made where it is not there yet."""
    known = connection.scalar(select(Recipe.id).where(Recipe.sha256 == sha256))
    if known is not None:
        return known
    return connection.execute(
        insert(Recipe)
        .values(sha256=sha256, name=name, text=text, added_at=datetime.now(UTC))
        .returning(Recipe.id)
    ).scalar_one()


def insert_derivative(connection: Connection, new: NewDerivative) -> bool:
    """Record a derivative, unless its key is recorded; failures before it are forgotten.

    Raises:
        NoSuchItemError: there is no such item.

    """
    item_id = required_item_id(connection, new.identifier)
    if connection.scalar(_BY_KEY, {"key": new.key}) is not None:
        return False
    is_first = connection.scalar(_ANY, {"item": item_id, "recipe": new.recipe_id}) is None
    derivative_id = connection.execute(
        _INSERT_DERIVATIVE,
        {
            "item_id": item_id,
            "recipe_id": new.recipe_id,
            "key": new.key,
            "uri": new.uri,
            "sha256": new.sha256,
            "sha512": new.sha512,
            "size": new.size,
            "mime": new.mime,
            "width": new.width,
            "height": new.height,
            "mean_confidence": new.mean_confidence,
            "confidence_uri": new.confidence_uri,
            "record": dict(new.record),
            "model_sha256s": list(new.model_sha256s),
            "heliochrome_version": new.heliochrome_version,
            "made_at": new.made_at or datetime.now(UTC),
            "seconds": new.seconds,
        },
    ).scalar_one()
    _forget_failures(connection, item_id, new.recipe_id)
    insert_events(connection, item_id, new.events, {new.key: derivative_id})
    _count(connection, new.build_id, _ONE_MORE_DONE)
    if is_first:  # the item is found by the recipe's name from now on
        index_item(connection, item_id)
    return True


def insert_failure(connection: Connection, new: NewFailure) -> None:
    """Record why a derivative could not be made, in place of earlier reasons.

    Raises:
        NoSuchItemError: there is no such item.

    """
    item_id = required_item_id(connection, new.identifier)
    attempts = connection.scalar(select(Failure.attempts).where(Failure.key == new.key)) or 0
    _forget_failures(connection, item_id, new.recipe_id)
    connection.execute(
        insert(Failure).values(
            key=new.key,
            item_id=item_id,
            recipe_id=new.recipe_id,
            kind=new.kind,
            problem=new.problem,
            remedy=new.remedy,
            attempts=attempts + 1,
            failed_at=datetime.now(UTC),
        )
    )
    _count(connection, new.build_id, _ONE_MORE_FAILED)


def insert_build(
    connection: Connection, recipe_id: int, pid: int, host: str, workers: int, total: int
) -> int:
    """Record the beginning of a build; what began before it and did not end was cut off."""
    now = datetime.now(UTC)
    connection.execute(update(Build).where(Build.ended_at.is_(None)).values(ended_at=now))
    return connection.execute(
        insert(Build)
        .values(
            recipe_id=recipe_id,
            pid=pid,
            host=host,
            workers=workers,
            started_at=now,
            total=total,
            done=0,
            failed=0,
        )
        .returning(Build.id)
    ).scalar_one()


def end_build(connection: Connection, build_id: int) -> None:
    """Record the end of a build."""
    connection.execute(update(Build).where(Build.id == build_id).values(ended_at=datetime.now(UTC)))


def required_item_id(connection: Connection, identifier: str) -> int:
    """Give the row of an identifier.

    Raises:
        NoSuchItemError: there is none.

    """
    item_id = find_item_id(connection, identifier)
    if item_id is None:
        raise NoSuchItemError(
            identifier, "is no item of this archive", "look it up with `heliochrome archive search`"
        )
    return item_id


def _forget_failures(connection: Connection, item_id: int, recipe_id: int) -> None:
    connection.execute(_FORGET_FAILURES, {"item": item_id, "recipe": recipe_id})


def _count(connection: Connection, build_id: int | None, one_more: Update) -> None:
    if build_id is not None:
        connection.execute(one_more, {"build": build_id})
