"""Which items are exported, and what became of those that could not be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from heliochrome.archive.archive import Archive
from heliochrome.archive.entries import Entry
from heliochrome.errors import HeliochromeError, OptionError


@dataclass(frozen=True, slots=True)
class Selection:
    """A part of an archive.

    Attributes:
        collection: items of this collection only; None for all.
        search: items that this query finds only; None for all.

    """

    collection: str | None = None
    search: str | None = None

    def entries(self, archive: Archive) -> Iterator[Entry]:
        """Give the items, ordered by identifier.

        Raises:
            OptionError: there are none.

        """
        found = False
        for entry in archive.entries(search=self.search):
            if self.collection is None or entry.original.collection == self.collection:
                found = True
                yield entry
        if not found:
            raise OptionError("selection", "no item of the archive is in it", self._remedy())

    def check(self, archive: Archive) -> None:
        """Find out, before anything is written, whether there are items.

        Raises:
            OptionError: there are none.

        """
        next(self.entries(archive))

    def _remedy(self) -> str:
        if self.collection is None and self.search is None:
            return "add pictures with 'heliochrome archive add'"
        return "see what there is with 'heliochrome archive search'"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An item, or a derivative of it, that is not in an export, and why."""

    identifier: str
    error: HeliochromeError
