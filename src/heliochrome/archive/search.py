"""The search index: what is found by which words."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    String,
    cast,
    column,
    delete,
    func,
    insert,
    literal,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from heliochrome.archive.schema import Derivative, Item, Recipe, Statement
from heliochrome.archive.words import (
    Phrase,
    document_words,
    fts5_query,
    parse_query,
    tsquery,
    tsvector,
)

# FTS5's own names for the row and for its measure of relevance (bm25; smaller is better).
_FTS5 = table("search_document", column("rowid", Integer), column("words", String), column("rank"))
_FTS5_MATCH = column("search_document", String)
_POSTGRES = table("search_document", column("item_id", BigInteger), column("words", TSVECTOR))


def index_item(connection: Connection, item_id: int) -> None:
    """Put an item into the index again, after anything that it is found by has changed."""
    words = document_words(_texts(connection, item_id))
    if connection.dialect.name == "sqlite":
        connection.execute(delete(_FTS5).where(_FTS5.c.rowid == item_id))
        connection.execute(insert(_FTS5).values(rowid=item_id, words=" ".join(words)))
        return
    connection.execute(delete(_POSTGRES).where(_POSTGRES.c.item_id == item_id))
    document = cast(literal(tsvector(words), String), TSVECTOR)
    connection.execute(insert(_POSTGRES).values(item_id=item_id, words=document))


def _texts(connection: Connection, item_id: int) -> list[str]:
    named = select(Item.identifier, Item.collection, Item.source_name).where(Item.id == item_id)
    described = (
        select(Statement.value)
        .where(Statement.item_id == item_id)
        .order_by(Statement.element, Statement.position)
    )
    made = (
        select(Recipe.name).join(Derivative).where(Derivative.item_id == item_id).distinct()
    ).order_by(Recipe.name)
    return [
        *connection.execute(named).one(),
        *connection.scalars(described),
        *connection.scalars(made),
    ]


def matching(connection: Connection, text: str) -> Select[int] | None:
    """Give the query for the ids of items that a user's text finds, best first.

    Returns:
        None where the text holds no words.

    """
    phrases = parse_query(text)
    if not phrases:
        return None
    return _matching_sqlite(phrases) if connection.dialect.name == "sqlite" else _matching(phrases)


def _matching_sqlite(phrases: tuple[Phrase, ...]) -> Select[int]:
    found = _FTS5_MATCH.op("MATCH")(fts5_query(phrases))
    return select(_FTS5.c.rowid).where(found).order_by(_FTS5.c.rank, _FTS5.c.rowid)


def _matching(phrases: tuple[Phrase, ...]) -> Select[int]:
    wanted = cast(literal(tsquery(phrases), String), TSQUERY)
    rank = func.ts_rank(_POSTGRES.c.words, wanted).desc()
    return (
        select(_POSTGRES.c.item_id)
        .where(_POSTGRES.c.words.op("@@")(wanted))
        .order_by(rank, _POSTGRES.c.item_id)
    )
