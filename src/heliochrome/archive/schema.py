"""Tables of the catalog (SQLAlchemy 2, typed); `migrations/` makes and changes them.

The search index is not among them: it is a virtual table in SQLite and a tsvector in PostgreSQL,
see `search.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

JsonValue = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# SQLite numbers rows by themselves only in a column whose type is exactly INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant; stored in UTC, given back with its time zone, which SQLite would drop."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy gives it
    ) -> datetime | None:
        """Bring a value to UTC.

        Raises:
            ValueError: the value has no time zone.

        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy gives it
    ) -> datetime | None:
        """Give a stored value its time zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it so
        datetime: UtcDateTime,
        dict[str, Any]: JsonValue,
        list[str]: JsonValue,
    }


def table_of(entity: type[Base]) -> Table:
    """Give the table behind a class, for statements that need nothing of the class."""
    return Base.metadata.tables[entity.__tablename__]


class ArchiveRow(Base):
    """Which archive this is the catalog of; one row."""

    __tablename__ = "archive"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    created_at: Mapped[datetime]


class Item(Base):
    """A scan, by its content: the same bytes are in an archive once."""

    __tablename__ = "item"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    identifier: Mapped[str] = mapped_column(String(64), unique=True)
    collection: Mapped[str] = mapped_column(Text, index=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    sha512: Mapped[str] = mapped_column(String(128))
    size: Mapped[int] = mapped_column(BigInteger)
    uri: Mapped[str] = mapped_column(Text)
    is_reference: Mapped[bool]
    source_name: Mapped[str] = mapped_column(Text)
    mime: Mapped[str] = mapped_column(String(128))
    puid: Mapped[str | None] = mapped_column(String(32))
    width: Mapped[int]
    height: Mapped[int]
    bits: Mapped[int]
    channels: Mapped[int]
    exif: Mapped[dict[str, Any]]
    iptc: Mapped[dict[str, Any]]
    xmp: Mapped[str | None] = mapped_column(Text)
    perceptual_hash: Mapped[str | None] = mapped_column(String(16))
    near_duplicate_of: Mapped[int | None] = mapped_column(ForeignKey("item.id"), index=True)
    added_at: Mapped[datetime]

    # Sums over all items read this index instead of rows with kilobytes of metadata.
    __table_args__ = (Index("ix_item_size", "size"),)


class PerceptualBand(Base):
    """A quarter of a perceptual hash, by which similar ones are looked up.

    The whole hash stands beside it, so that comparing needs no other table.
    """

    __tablename__ = "perceptual_band"

    band: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    perceptual_hash: Mapped[str] = mapped_column(String(16))

    __table_args__ = ({"sqlite_with_rowid": False},)


class Statement(Base):
    """One value of a Dublin Core element."""

    __tablename__ = "statement"

    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    element: Mapped[str] = mapped_column(String(16), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Recipe(Base):
    """A recipe that derivatives were made by."""

    __tablename__ = "recipe"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]


class Derivative(Base):
    """A picture made from an item by a recipe."""

    __tablename__ = "derivative"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"))
    key: Mapped[str] = mapped_column(String(64), unique=True)
    uri: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    sha512: Mapped[str] = mapped_column(String(128))
    size: Mapped[int] = mapped_column(BigInteger)
    mime: Mapped[str] = mapped_column(String(128))
    width: Mapped[int]
    height: Mapped[int]
    mean_confidence: Mapped[float | None] = mapped_column(Double)
    confidence_uri: Mapped[str | None] = mapped_column(Text)
    record: Mapped[dict[str, Any]]
    model_sha256s: Mapped[list[str]]
    heliochrome_version: Mapped[str] = mapped_column(String(32))
    made_at: Mapped[datetime]
    seconds: Mapped[float] = mapped_column(Double)

    __table_args__ = (Index("ix_derivative_recipe_id_item_id", "recipe_id", "item_id"),)


class Failure(Base):
    """Why a derivative is not there; gone when a later try succeeds."""

    __tablename__ = "failure"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"))
    kind: Mapped[str] = mapped_column(Text)
    problem: Mapped[str] = mapped_column(Text)
    remedy: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int]
    failed_at: Mapped[datetime]

    __table_args__ = (Index("ix_failure_recipe_id_item_id", "recipe_id", "item_id"),)


class EventRow(Base):
    """Something that happened to an item or a derivative."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    derivative_id: Mapped[int | None] = mapped_column(ForeignKey("derivative.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    agent: Mapped[str] = mapped_column(Text)
    happened_at: Mapped[datetime]


class Build(Base):
    """A run of `archive build`; without an end it is running, or was cut off."""

    __tablename__ = "build"

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    recipe_id: Mapped[int] = mapped_column(ForeignKey("recipe.id"), index=True)
    pid: Mapped[int]
    host: Mapped[str] = mapped_column(Text)
    workers: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    total: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
