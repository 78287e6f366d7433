"""Rows of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select

from heliochrome.archive.entries import Event
from heliochrome.archive.schema import Derivative, EventRow, table_of

_INSERT = insert(table_of(EventRow))


def insert_events(
    connection: Connection,
    item_id: int,
    events: Sequence[Event],
    known: Mapping[str, int] | None = None,
) -> None:
    """Record events of an item and of its derivatives, which must be recorded before.

    Args:
        connection: to the catalog.
        item_id: row of the item.
        events: in their order.
        known: rows of derivatives by their keys, where the caller knows them.

    """
    ids = dict(known or {})
    missing = {event.derivative_key for event in events} - {None, *ids}
    if missing:
        query = select(Derivative.key, Derivative.id).where(Derivative.key.in_(missing))
        ids.update((row.key, row.id) for row in connection.execute(query))
    rows = [
        {
            "item_id": item_id,
            "derivative_id": None if event.derivative_key is None else ids[event.derivative_key],
            "kind": event.kind,
            "outcome": event.outcome,
            "detail": event.detail,
            "agent": event.agent,
            "happened_at": event.happened_at,
        }
        for event in events
    ]
    if rows:
        connection.execute(_INSERT, rows)
