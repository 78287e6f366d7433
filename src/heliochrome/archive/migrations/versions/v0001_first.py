"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make all tables."""
    op.create_table(
        "archive",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("created_at", _TIME, nullable=False),
    )
    _create_items()
    _create_recipes()
    _create_results()
    _create_search()


def _create_items() -> None:
    op.create_table(
        "item",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("identifier", sa.String(64), nullable=False, unique=True),
        sa.Column("collection", sa.Text, nullable=False, index=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("sha512", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("is_reference", sa.Boolean, nullable=False),
        sa.Column("source_name", sa.Text, nullable=False),
        sa.Column("mime", sa.String(128), nullable=False),
        sa.Column("puid", sa.String(32)),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("bits", sa.Integer, nullable=False),
        sa.Column("channels", sa.Integer, nullable=False),
        sa.Column("exif", _JSON, nullable=False),
        sa.Column("iptc", _JSON, nullable=False),
        sa.Column("xmp", sa.Text),
        sa.Column("perceptual_hash", sa.String(16)),
        sa.Column("near_duplicate_of", _ROW_ID, sa.ForeignKey("item.id"), index=True),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Index("ix_item_size", "size"),
    )
    op.create_table(
        "perceptual_band",
        sa.Column("band", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("item_id", _ROW_ID, sa.ForeignKey("item.id"), primary_key=True),
        sa.Column("perceptual_hash", sa.String(16), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "statement",
        sa.Column("item_id", _ROW_ID, sa.ForeignKey("item.id"), primary_key=True),
        sa.Column("element", sa.String(16), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("value", sa.Text, nullable=False),
    )


def _create_recipes() -> None:
    op.create_table(
        "recipe",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
    )
    op.create_table(
        "build",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("recipe_id", _ROW_ID, sa.ForeignKey("recipe.id"), nullable=False, index=True),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("workers", sa.Integer, nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
    )


def _create_results() -> None:
    op.create_table(
        "derivative",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("item_id", _ROW_ID, sa.ForeignKey("item.id"), nullable=False, index=True),
        sa.Column("recipe_id", _ROW_ID, sa.ForeignKey("recipe.id"), nullable=False),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("uri", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("sha512", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("mime", sa.String(128), nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("mean_confidence", sa.Double),
        sa.Column("confidence_uri", sa.Text),
        sa.Column("record", _JSON, nullable=False),
        sa.Column("model_sha256s", _JSON, nullable=False),
        sa.Column("heliochrome_version", sa.String(32), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Index("ix_derivative_recipe_id_item_id", "recipe_id", "item_id"),
    )
    op.create_table(
        "failure",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("item_id", _ROW_ID, sa.ForeignKey("item.id"), nullable=False, index=True),
        sa.Column("recipe_id", _ROW_ID, sa.ForeignKey("recipe.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("remedy", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failed_at", _TIME, nullable=False),
        sa.Index("ix_failure_recipe_id_item_id", "recipe_id", "item_id"),
    )
    op.create_table(
        "event",
        sa.Column("id", _ROW_ID, primary_key=True),
        sa.Column("item_id", _ROW_ID, sa.ForeignKey("item.id"), nullable=False, index=True),
        sa.Column("derivative_id", _ROW_ID, sa.ForeignKey("derivative.id"), index=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
    )


def _create_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE search_document USING fts5(words)")
        return
    op.create_table(
        "search_document",
        sa.Column("item_id", _ROW_ID, sa.ForeignKey("item.id"), primary_key=True),
        sa.Column("words", TSVECTOR, nullable=False),
        sa.Index("ix_search_document_words", "words", postgresql_using="gin"),
    )
