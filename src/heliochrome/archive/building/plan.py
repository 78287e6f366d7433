"""Which derivatives a build has to make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from heliochrome.archive.building.tasks import Job, Task
from heliochrome.archive.catalog import Catalog
from heliochrome.archive.entries import OriginalFile

_PAGE = 500  # originals that are looked up at once


@dataclass(frozen=True, slots=True)
class Selection:
    """What of an archive to build.

    Attributes:
        collection: only the originals of this one; None for all.
        retry: whether to try again what failed before.
        limit: at most so many pictures; None for all.

    """

    collection: str | None = None
    retry: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How much there is to do.

    Attributes:
        items: originals that were selected.
        recorded: how many of them have the derivative already.
        failed_before: how many failed before and are left out.
        pending: how many are to be made.

    """

    items: int
    recorded: int
    failed_before: int
    pending: int


@dataclass(frozen=True, slots=True)
class _Page:
    """Originals with their keys, and what is known of these."""

    originals: dict[str, OriginalFile]
    recorded: set[str]
    failed: set[str]

    def pending(self) -> dict[str, OriginalFile]:
        known = self.recorded | self.failed
        return {key: found for key, found in self.originals.items() if key not in known}


def count_pending(catalog: Catalog, job: Job, selection: Selection) -> Plan:
    """Count what there is to do, some hundred originals in memory at a time.

    Raises:
        CatalogError: the catalog cannot be read.

    """
    items = recorded = failed = pending = 0
    for page in _pages(catalog, job, selection):
        items += len(page.originals)
        recorded += len(page.recorded)
        failed += len(page.failed)
        pending += len(page.pending())
    limit = pending if selection.limit is None else selection.limit
    return Plan(items, recorded, failed, min(pending, limit))


def pending_tasks(catalog: Catalog, job: Job, selection: Selection) -> Iterator[Task]:
    """Give what there is to do, in the order of identifiers.

    Raises:
        CatalogError: the catalog cannot be read.

    """
    return islice(_tasks(catalog, job, selection), selection.limit)


def _tasks(catalog: Catalog, job: Job, selection: Selection) -> Iterator[Task]:
    for page in _pages(catalog, job, selection):
        keys = {original.identifier: key for key, original in page.pending().items()}
        for entry in catalog.entries(list(keys)) if keys else ():
            events = tuple(event for event in entry.events if event.derivative_key is None)
            rights = tuple(entry.statements.get("rights", ()))
            yield Task(keys[entry.original.identifier], entry.original, events, rights)


def _pages(catalog: Catalog, job: Job, selection: Selection) -> Iterator[_Page]:
    after = ""
    while found := catalog.originals(after, _PAGE):
        after = found[-1].identifier
        wanted = {
            job.key(original.sha256): original
            for original in found
            if selection.collection in (None, original.collection)
        }
        recorded = catalog.recorded_keys(wanted)
        failed = set() if selection.retry else catalog.failed_keys(wanted) - recorded
        yield _Page(wanted, recorded, failed)
