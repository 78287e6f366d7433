"""Rows of the catalog as the plain values of `entries.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from heliochrome.archive.entries import DerivedFile, Entry, Event, OriginalFile
from heliochrome.archive.layout import premis_name
from heliochrome.archive.schema import Derivative, EventRow, Item, Recipe, Statement

_ORIGINAL = [field.name for field in fields(OriginalFile)]
_ITEM_COLUMNS = [getattr(Item, name) for name in _ORIGINAL]
_DERIVED = [
    field.name
    for field in fields(DerivedFile)
    if field.name not in ("recipe_name", "recipe_sha256", "premis_uri")
]


def select_originals(
    after: str, limit: int, identifiers: Iterable[str] | None = None
) -> Select[Any]:
    """Write the query for a page of originals: the next `limit` after an identifier."""
    query = select(Item.id, *_ITEM_COLUMNS).where(Item.identifier > after)
    if identifiers is not None:
        query = query.where(Item.identifier.in_(list(identifiers)))
    return query.order_by(Item.identifier).limit(limit)


def original_file(row: Row[Any]) -> OriginalFile:
    """Make the plain value of a row of `select_originals`."""
    return OriginalFile(**{name: getattr(row, name) for name in _ORIGINAL})


def complete_entries(connection: Connection, rows: Sequence[Row[Any]]) -> list[Entry]:
    """Gather all that belongs to rows of `select_originals`, in their order."""
    ids = [row.id for row in rows]
    statements = _statements(connection, ids)
    derivatives = _derivatives(connection, ids)
    events = _events(connection, ids)
    return [
        Entry(
            original_file(row),
            {element: tuple(values) for element, values in statements[row.id].items()},
            tuple(derivatives[row.id]),
            tuple(events[row.id]),
        )
        for row in rows
    ]


def _statements(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    query = (
        select(Statement.item_id, Statement.element, Statement.value)
        .where(Statement.item_id.in_(ids))
        .order_by(Statement.item_id, Statement.element, Statement.position)
    )
    for item_id, element, value in connection.execute(query):
        found[item_id][element].append(value)
    return found


def _derivatives(connection: Connection, ids: Sequence[int]) -> dict[int, list[DerivedFile]]:
    found: dict[int, list[DerivedFile]] = defaultdict(list)
    columns = [getattr(Derivative, name) for name in _DERIVED]
    query = (
        select(
            Derivative.item_id,
            Recipe.name.label("recipe_name"),
            Recipe.sha256.label("recipe_sha256"),
            *columns,
        )
        .join(Recipe, Recipe.id == Derivative.recipe_id)
        .where(Derivative.item_id.in_(ids))
        .order_by(Derivative.id)
    )
    for row in connection.execute(query):
        found[row.item_id].append(
            DerivedFile(
                recipe_name=row.recipe_name,
                recipe_sha256=row.recipe_sha256,
                premis_uri=premis_name(row.key),
                **{name: getattr(row, name) for name in _DERIVED},
            )
        )
    return found


def _events(connection: Connection, ids: Sequence[int]) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    query = (
        select(
            EventRow.item_id,
            EventRow.kind,
            EventRow.outcome,
            EventRow.detail,
            EventRow.agent,
            EventRow.happened_at,
            Derivative.key,
        )
        .outerjoin(Derivative, Derivative.id == EventRow.derivative_id)
        .where(EventRow.item_id.in_(ids))
        .order_by(EventRow.id)
    )
    for row in connection.execute(query):
        found[row.item_id].append(
            Event(row.kind, row.outcome, row.detail, row.agent, row.happened_at, row.key)
        )
    return found
