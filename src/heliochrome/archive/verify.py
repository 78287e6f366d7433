"""Fixity: whether every file of an archive is there, is what was recorded, and is recorded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from heliochrome.archive.archive import Archive
from heliochrome.archive.digests import Digest
from heliochrome.archive.entries import DerivedFile, Entry, Event, OriginalFile
from heliochrome.archive.layout import record_name
from heliochrome.archive.provenance.signed_copies import SIGNING, signed_name
from heliochrome.archive.records import event
from heliochrome.archive.storage import Storage
from heliochrome.archive.strays import PATIENCE_SECONDS, stray_files
from heliochrome.errors import HeliochromeError, ReadOnlyArchiveError

_PAGE = 64  # items that are checked between two records of it

Problem = Literal["missing", "altered", "unreadable", "unknown"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file.

    Attributes:
        problem: "missing", "altered" (other checksums), "unreadable", or "unknown" (not recorded).
        name: of the file.
        identifier: of the item that it belongs to; None for unknown files.
        detail: for people.

    """

    problem: Problem
    name: str
    identifier: str | None
    detail: str


@dataclass(slots=True)
class Verification:
    """What checking came to.

    Attributes:
        originals, derivatives: files that were checked.
        bytes: that were read.
        faults: what is wrong.
        is_recorded: whether the checks are in the catalog as events; not in a read-only archive.

    """

    originals: int = 0
    derivatives: int = 0
    bytes: int = 0
    faults: list[Fault] = field(default_factory=list)
    is_recorded: bool = True


@dataclass(frozen=True, slots=True)
class _Checked:
    """One file, read whole: what it is and what is wrong with it."""

    size: int
    fault: Fault | None
    event: Event


def verify_archive(
    archive: Archive,
    *,
    threads: int = 1,
    patience: float = PATIENCE_SECONDS,
    advance: Callable[[str], None] = lambda _: None,
) -> Verification:
    """Read every original and derivative and compare it with the catalog; record that as events.

    Others may add, build and sign meanwhile.

    Args:
        archive: to check.
        threads: that read files.
        patience: seconds within which whoever writes a file records it; a file that is in no
            catalog is waited for as long, and only then called unknown.
        advance: called for each item with its identifier.

    Raises:
        CatalogError: the catalog cannot be read.

    """
    found = Verification()
    entries = archive.entries()
    with ThreadPoolExecutor(threads) as pool:
        while page := list(itertools.islice(entries, _PAGE)):
            results = list(pool.map(lambda entry: _check_entry(archive, entry), page))
            _record(archive, found, page, results)
            for entry in page:
                advance(entry.original.identifier)
    for name in stray_files(archive, patience):
        found.faults.append(Fault("unknown", name, None, "is not in the catalog"))
    return found


def _record(
    archive: Archive,
    found: Verification,
    page: Sequence[Entry],
    results: Sequence[tuple[list[_Checked], list[Fault]]],
) -> None:
    events = {}
    for entry, (checked, missing) in zip(page, results, strict=True):
        found.originals += 1
        found.derivatives += len(checked) - 1
        found.bytes += sum(one.size for one in checked)
        found.faults += [one.fault for one in checked if one.fault is not None]
        found.faults += missing
        events[entry.original.identifier] = [one.event for one in checked]
    if found.is_recorded:
        try:
            archive.catalog.record_events(events)
        except ReadOnlyArchiveError:
            found.is_recorded = False


def _check_entry(archive: Archive, entry: Entry) -> tuple[list[_Checked], list[Fault]]:
    """Check the files of an item: those with recorded checksums, and those beside them."""
    original = entry.original
    checked = [_check(partial(archive.hash_original, original), original, original.identifier)]
    missing: list[Fault] = []
    for derived in entry.derivatives:
        read = partial(archive.derivatives.hashes, derived.uri)
        checked.append(_check(read, derived, original.identifier))
        names = [*_names_beside(derived), *_signed_copy(entry, derived)]
        missing += _missing(archive.derivatives, names, original.identifier)
    return checked, missing


def _check(
    read: Callable[[], Digest], recorded: OriginalFile | DerivedFile, identifier: str
) -> _Checked:
    key = recorded.key if isinstance(recorded, DerivedFile) else None
    expected = Digest(recorded.sha256, recorded.sha512, recorded.size)
    fault: Fault | None = None
    size = 0
    try:
        digest = read()
        size = digest.size
        if digest != expected:
            fault = Fault("altered", recorded.uri, identifier, _difference(digest, expected))
    except HeliochromeError as error:
        problem: Problem = "missing" if error.problem == "is missing" else "unreadable"
        fault = Fault(problem, recorded.uri, identifier, error.problem)
    detail = "SHA-256 and SHA-512 are as recorded" if fault is None else fault.detail
    happened = event("fixity check", detail, success=fault is None, derivative=key)
    return _Checked(size, fault, happened)


def _difference(found: Digest, expected: Digest) -> str:
    if found.size != expected.size:
        return f"has {found.size} bytes instead of {expected.size}"
    return f"has SHA-256 {found.sha256} instead of {expected.sha256}"


def _names_beside(derived: DerivedFile) -> Iterator[str]:
    yield from (derived.premis_uri, record_name(derived.key))
    if derived.confidence_uri is not None:
        yield derived.confidence_uri


def _signed_copy(entry: Entry, derived: DerivedFile) -> Iterator[str]:
    """Give the name of a derivative's signed copy, whose own signature says whether it is whole."""
    if any(one.kind == SIGNING and one.derivative_key == derived.key for one in entry.events):
        yield signed_name(derived.uri)


def _missing(storage: Storage, names: Sequence[str], identifier: str) -> Iterator[Fault]:
    for name in names:
        if not storage.exists(name):
            yield Fault("missing", name, identifier, "is missing")
