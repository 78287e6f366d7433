"""The search index: what is found by which words."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
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
_INSERT_FTS5 = insert(_FTS5)
_INSERT_POSTGRES = insert(_POSTGRES).values(
    item_id=bindparam("item", type_=BigInteger),
    words=cast(bindparam("document", type_=String), TSVECTOR),
)

_NAMED = select(Item.identifier, Item.collection, Item.source_name).where(
    Item.id == bindparam("item")
)
_DESCRIBED = (
    select(Statement.value)
    .where(Statement.item_id == bindparam("item"))
    .order_by(Statement.element, Statement.position)
)
_MADE = (
    select(Recipe.name)
    .join(Derivative)
    .where(Derivative.item_id == bindparam("item"))
    .distinct()
    .order_by(Recipe.name)
)
_DELETE_FTS5 = delete(_FTS5).where(_FTS5.c.rowid == bindparam("item"))
_DELETE_POSTGRES = delete(_POSTGRES).where(_POSTGRES.c.item_id == bindparam("item"))


def index_item(connection: Connection, item_id: int) -> None:
    """Put an item into the index again, after anything that it is found by has changed."""
    texts = _texts(connection, item_id)
    is_sqlite = connection.dialect.name == "sqlite"
    connection.execute(_DELETE_FTS5 if is_sqlite else _DELETE_POSTGRES, {"item": item_id})
    insert_document(connection, item_id, texts)


def insert_document(connection: Connection, item_id: int, texts: Iterable[str]) -> None:
    """Put an item that is not in the index into it, to be found by the words of these texts."""
    words = document_words(texts)
    if connection.dialect.name == "sqlite":
        connection.execute(_INSERT_FTS5, {"rowid": item_id, "words": " ".join(words)})
    else:
        connection.execute(_INSERT_POSTGRES, {"item": item_id, "document": tsvector(words)})


def _texts(connection: Connection, item_id: int) -> list[str]:
    wanted = {"item": item_id}
    return [
        *connection.execute(_NAMED, wanted).one(),
        *connection.scalars(_DESCRIBED, wanted),
        *connection.scalars(_MADE, wanted),
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
