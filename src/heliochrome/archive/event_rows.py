"""Rows of events."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from heliochrome.archive.entries import Event
from heliochrome.archive.schema import Derivative, EventRow


def insert_events(connection: Connection, item_id: int, events: Sequence[Event]) -> None:
    """Record events of an item and of its derivatives, which must be recorded before."""
    keys = {event.derivative_key for event in events} - {None}
    known = select(Derivative.key, Derivative.id).where(Derivative.key.in_(keys))
    ids = {row.key: row.id for row in connection.execute(known)} if keys else {}
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
        connection.execute(insert(EventRow), rows)
