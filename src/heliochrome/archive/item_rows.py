"""Rows of items: making them, and finding them by content or by looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from heliochrome.archive.event_rows import insert_events
from heliochrome.archive.perceptual import band_probes, bands, distance
from heliochrome.archive.records import NewItem
from heliochrome.archive.schema import Item, PerceptualBand, Statement, table_of
from heliochrome.archive.search import insert_document

# Made once: making a statement costs more than running it.
_INSERT_ITEM = insert(table_of(Item)).returning(table_of(Item).c.id)
_INSERT_BANDS = insert(table_of(PerceptualBand))
_INSERT_STATEMENTS = insert(table_of(Statement))
_BY_CONTENT = select(Item.identifier).where(Item.sha256 == bindparam("sha256"))
_BY_IDENTIFIER = select(Item.id).where(Item.identifier == bindparam("identifier"))

_SHORTEST_IDENTIFIER = 16
# Similar-looking candidates that are compared; blank pages may have thousands.
_MOST_CANDIDATES = 2000


def insert_item(connection: Connection, item: NewItem) -> tuple[str, bool]:
    """Record an item, unless one of the same content is there.

    Returns:
        Its identifier, and whether it is new.

    """
    known = find_identifier(connection, item.sha256)
    if known is not None:
        return known, False
    identifier = _free_identifier(connection, item.sha256)
    item_id = connection.execute(
        _INSERT_ITEM,
        {
            "identifier": identifier,
            "collection": item.collection,
            "sha256": item.sha256,
            "sha512": item.sha512,
            "size": item.size,
            "uri": item.uri,
            "is_reference": item.is_reference,
            "source_name": item.source_name,
            "mime": item.mime,
            "puid": item.puid,
            "width": item.width,
            "height": item.height,
            "bits": item.bits,
            "channels": item.channels,
            "exif": dict(item.exif),
            "iptc": dict(item.iptc),
            "xmp": item.xmp,
            "perceptual_hash": item.perceptual_hash,
            "near_duplicate_of": _optional_id(connection, item.near_duplicate_of),
            "added_at": datetime.now(UTC),
        },
    ).scalar_one()
    if item.perceptual_hash is not None:
        rows = [
            {
                "band": band,
                "value": value,
                "item_id": item_id,
                "perceptual_hash": item.perceptual_hash,
            }
            for band, value in enumerate(bands(item.perceptual_hash))
        ]
        connection.execute(_INSERT_BANDS, rows)
    _insert_statements(connection, item_id, item.statements)
    insert_events(connection, item_id, item.events)
    stated = [value for values in item.statements.values() for value in values]
    insert_document(connection, item_id, [identifier, item.collection, item.source_name, *stated])
    return identifier, True


def find_identifier(connection: Connection, sha256: str) -> str | None:
    """Give the identifier of the item with this content."""
    identifier: str | None = connection.scalar(_BY_CONTENT, {"sha256": sha256})
    return identifier


def find_item_id(connection: Connection, identifier: str) -> int | None:
    """Give the row of an identifier."""
    item_id: int | None = connection.scalar(_BY_IDENTIFIER, {"identifier": identifier})
    return item_id


def replace_statements(
    connection: Connection, item_id: int, statements: Mapping[str, Sequence[str]]
) -> None:
    """Replace the whole description of an item; the caller puts it into the index again."""
    connection.execute(delete(Statement).where(Statement.item_id == item_id))
    _insert_statements(connection, item_id, statements)


def _insert_statements(
    connection: Connection, item_id: int, statements: Mapping[str, Sequence[str]]
) -> None:
    rows = [
        {"item_id": item_id, "element": element, "position": position, "value": value}
        for element, values in statements.items()
        for position, value in enumerate(values)
    ]
    if rows:
        connection.execute(_INSERT_STATEMENTS, rows)


def move_item(connection: Connection, item_id: int, collection: str) -> None:
    """Put an item into a collection; the caller puts it into the index again."""
    connection.execute(update(Item).where(Item.id == item_id).values(collection=collection))


def find_similar(connection: Connection, perceptual_hash: str, most: int) -> str | None:
    """Give the identifier of the item that looks most like a hash, the oldest of several.

    Only items that share a quarter of the hash, but for one bit, are compared: for `most` up to 7
    differing bits of 64 in 4 quarters that is no loss (multi-index hashing; Norouzi, Punjani and
    Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012).
    """
    probes = or_(
        *(
            (PerceptualBand.band == band) & PerceptualBand.value.in_(values)
            for band, values in enumerate(band_probes(perceptual_hash))
        )
    )
    candidates = (
        select(PerceptualBand.item_id, PerceptualBand.perceptual_hash)
        .where(probes)
        .distinct()
        .limit(_MOST_CANDIDATES)
    )
    near = [
        (distance(row.perceptual_hash, perceptual_hash), row.item_id)
        for row in connection.execute(candidates)
        if distance(row.perceptual_hash, perceptual_hash) <= most
    ]
    if not near:
        return None
    return connection.scalar(select(Item.identifier).where(Item.id == min(near)[1]))


def _free_identifier(connection: Connection, sha256: str) -> str:
    for length in range(_SHORTEST_IDENTIFIER, len(sha256) + 1, 8):
        if find_item_id(connection, sha256[:length]) is None:
            return sha256[:length]
    raise AssertionError("two items have the same SHA-256")


def _optional_id(connection: Connection, identifier: str | None) -> int | None:
    return None if identifier is None else find_item_id(connection, identifier)
