"""The catalog of an archive: the one place that everything about it is recorded in.

Every method that records something is one small transaction, which is on the disk when the method
returns, and does nothing when what it should record is recorded already.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import InstrumentedAttribute

from heliochrome.archive import derivative_rows, entry_rows, item_rows
from heliochrome.archive.database import Database
from heliochrome.archive.entries import Entry, Event, OriginalFile
from heliochrome.archive.event_rows import insert_events
from heliochrome.archive.opening import create_database, open_database
from heliochrome.archive.perceptual import MOST_DIFFERENCES
from heliochrome.archive.records import NewDerivative, NewDescription, NewFailure, NewItem
from heliochrome.archive.schema import Derivative, Failure, Item
from heliochrome.archive.search import index_item, matching
from heliochrome.errors import OptionError

T = TypeVar("T")

_PAGE = 200  # items that are held in memory at once
_CHUNK = 500  # values in one query; databases limit them


class Catalog:
    """Records and finds; to be closed after use, or used as a context manager."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def create(cls, url: str, folder: Path, archive_id: str) -> Self:
        """Make the catalog of a new archive; see `opening.create_database`."""
        return cls(create_database(url, folder, archive_id))

    @classmethod
    def open(cls, url: str, folder: Path, archive_id: str) -> Self:
        """Open the catalog of an archive; see `opening.open_database`."""
        return cls(open_database(url, folder, archive_id))

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.database.name

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Recording

    def add_item(self, item: NewItem) -> tuple[str, bool]:
        """Record an item; the same content is recorded once.

        Returns:
            Its identifier, and whether it is new.

        """
        return self.database.write(lambda connection: item_rows.insert_item(connection, item))

    def describe(self, descriptions: Sequence[NewDescription]) -> None:
        """Replace the descriptions of items, all or none.

        Raises:
            NoSuchItemError: there is no such item.

        """

        def replace(connection: Connection) -> None:
            for new in descriptions:
                item_id = derivative_rows.required_item_id(connection, new.identifier)
                item_rows.replace_statements(connection, item_id, new.statements)
                item_rows.move_item(connection, item_id, new.collection)
                insert_events(connection, item_id, new.events)
                index_item(connection, item_id)

        self.database.write(replace)

    def ensure_recipe(self, sha256: str, name: str, text: str) -> int:
        """Give the number of a recipe, which is recorded where it is not yet."""
        return self.database.write(
            lambda connection: derivative_rows.ensure_recipe(connection, sha256, name, text)
        )

    def record_derivative(self, derivative: NewDerivative) -> bool:
        """Record a derivative whose files are on the disk; failures before it are forgotten.

        Returns:
            Whether it is new; False where its key was recorded already.

        Raises:
            NoSuchItemError: there is no such item.

        """
        return self.database.write(
            lambda connection: derivative_rows.insert_derivative(connection, derivative)
        )

    def record_failure(self, failure: NewFailure) -> None:
        """Record why a derivative could not be made.

        Raises:
            NoSuchItemError: there is no such item.

        """
        self.database.write(lambda connection: derivative_rows.insert_failure(connection, failure))

    def record_events(self, events: Mapping[str, Sequence[Event]]) -> None:
        """Record what happened to items and their derivatives, by the items' identifiers.

        Raises:
            NoSuchItemError: there is no such item.

        """

        def record(connection: Connection) -> None:
            for identifier, happened in events.items():
                item_id = derivative_rows.required_item_id(connection, identifier)
                insert_events(connection, item_id, happened)

        self.database.write(record)

    def start_build(self, recipe_id: int, *, pid: int, host: str, workers: int, total: int) -> int:
        """Record the beginning of a build and give its number."""
        return self.database.write(
            lambda connection: derivative_rows.insert_build(
                connection, recipe_id, pid, host, workers, total
            )
        )

    def finish_build(self, build_id: int) -> None:
        """Record the end of a build."""
        self.database.write(lambda connection: derivative_rows.end_build(connection, build_id))

    # Finding

    def find_item(self, sha256: str) -> str | None:
        """Give the identifier of the item with this content."""
        with self.database.reading() as connection:
            return item_rows.find_identifier(connection, sha256)

    def find_similar(self, perceptual_hash: str, most: int = MOST_DIFFERENCES) -> str | None:
        """Give the identifier of the item that looks most like a hash.

        Args:
            perceptual_hash: 16 hexadecimal digits.
            most: bits in which they may differ, 0..7.

        Raises:
            OptionError: `most` is out of range.

        """
        if not 0 <= most <= MOST_DIFFERENCES:
            raise OptionError("most", f"{most} is out of range", f"choose 0 to {MOST_DIFFERENCES}")
        with self.database.reading() as connection:
            return item_rows.find_similar(connection, perceptual_hash, most)

    def count_items(self) -> int:
        """Count the items."""
        with self.database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(Item)) or 0

    def originals(self, after: str = "", limit: int = _PAGE) -> list[OriginalFile]:
        """Give the next originals after an identifier, in the order of identifiers."""
        with self.database.reading() as connection:
            rows = connection.execute(entry_rows.select_originals(after, limit))
            return [entry_rows.original_file(row) for row in rows]

    def recorded_keys(self, keys: Collection[str]) -> set[str]:
        """Tell which of these derivatives are recorded."""
        return self._known(keys, Derivative.key)

    def failed_keys(self, keys: Collection[str]) -> set[str]:
        """Tell which of these derivatives could not be made when it was last tried."""
        return self._known(keys, Failure.key)

    def _known(self, keys: Collection[str], column: InstrumentedAttribute[str]) -> set[str]:
        found: set[str] = set()
        with self.database.reading() as connection:
            for chunk in _chunks(sorted(keys)):
                found.update(connection.scalars(select(column).where(column.in_(chunk))))
        return found

    def search(self, text: str, limit: int = 50) -> list[str]:
        """Give the identifiers of the items that a text finds, best first; see `words.py`."""
        with self.database.reading() as connection:
            found = matching(connection, text)
            if found is None:
                return []
            ids = list(connection.scalars(found.limit(limit)))
            names: dict[int, str] = {}
            for chunk in _chunks(ids):
                query = select(Item.id, Item.identifier).where(Item.id.in_(chunk))
                names.update((row.id, row.identifier) for row in connection.execute(query))
        return [names[item_id] for item_id in ids]

    def entries(
        self, identifiers: Collection[str] | None = None, search: str | None = None
    ) -> Iterator[Entry]:
        """Give items with all that belongs to them, in the order of identifiers.

        Every page is one consistent view; what others record meanwhile may appear in later pages.

        Args:
            identifiers: of the items that are wanted; None for all. Unknown ones are left out.
            search: a text that they must be found by.

        """
        if identifiers is None:
            yield from self._entries(None, search)
            return
        for chunk in _chunks(sorted(set(identifiers))):
            yield from self._entries(chunk, search)

    def _entries(self, identifiers: Sequence[str] | None, search: str | None) -> Iterator[Entry]:
        after = ""
        while True:
            with self.database.reading() as connection:
                query = entry_rows.select_originals(after, _PAGE, identifiers)
                if search is not None:
                    found = matching(connection, search)
                    if found is None:
                        return
                    query = query.where(Item.id.in_(found.order_by(None)))
                page = entry_rows.complete_entries(connection, connection.execute(query).all())
            if not page:
                return
            yield from page
            after = page[-1].original.identifier


def _chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
