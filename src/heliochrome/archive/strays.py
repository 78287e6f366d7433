"""Files in an archive's storages that its catalog does not name.

A file is written before it is recorded, so that nothing recorded is ever missing. Between the two,
a moment, it looks like one that nobody will record.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePosixPath

from sqlalchemy import exists, select

from heliochrome.archive.archive import Archive
from heliochrome.archive.layout import premis_name, record_name
from heliochrome.archive.provenance.signed_copies import SIGNING, signed_name
from heliochrome.archive.schema import Derivative, EventRow, Item
from heliochrome.archive.storage import Storage

# A writer records a file at once, unless it has to wait for the catalog.
PATIENCE_SECONDS = 30.0
_PAUSE_SECONDS = 0.5
_NAMES = 500  # that the catalog is asked for at once

_Recorded = Callable[[Archive, Sequence[str]], set[str]]


def stray_files(archive: Archive, patience: float = PATIENCE_SECONDS) -> Iterator[str]:
    """Find the files that nobody recorded, in each storage in the order of their names.

    Args:
        archive: whose storages, which others may write to meanwhile.
        patience: seconds that a writer may take to record a file. Younger files are waited for.

    Raises:
        CatalogError: the catalog cannot be read.
        StorageError: a storage cannot be reached.

    """
    for storage, recorded in (
        (archive.originals, _recorded_originals),
        (archive.derivatives, _recorded_derivatives),
    ):
        # Asked after the files were listed: what was recorded meanwhile is known.
        unknown = _unknown(archive, recorded, storage.names())
        yield from sorted(_never_recorded(archive, storage, recorded, unknown, patience))


def _never_recorded(
    archive: Archive,
    storage: Storage,
    recorded: _Recorded,
    unknown: list[str],
    patience: float,
) -> Iterator[str]:
    """Give those of the unknown files that are not recorded when they are old enough to be."""
    until = time.monotonic() + patience
    while unknown:
        is_over = time.monotonic() >= until
        waited_for = []
        for name in unknown:
            age = storage.age(name)
            if age is None:
                continue
            if is_over or age >= patience:
                yield name
            else:
                waited_for.append(name)
        if waited_for:
            time.sleep(_PAUSE_SECONDS)
        unknown = _unknown(archive, recorded, iter(waited_for))


def _unknown(archive: Archive, recorded: _Recorded, names: Iterator[str]) -> list[str]:
    unknown: list[str] = []
    while chunk := list(itertools.islice(names, _NAMES)):
        unknown += set(chunk) - recorded(archive, chunk)
    return unknown


def _keys(names: Sequence[str]) -> list[str]:
    """Give the hashes that the names of files in a storage begin with."""
    return [PurePosixPath(name).name.partition(".")[0] for name in names]


def _recorded_originals(archive: Archive, names: Sequence[str]) -> set[str]:
    query = select(Item.uri).where(Item.sha256.in_(_keys(names)), Item.is_reference.is_(False))
    with archive.catalog.database.reading() as connection:
        return set(connection.scalars(query))


def _recorded_derivatives(archive: Archive, names: Sequence[str]) -> set[str]:
    signed = exists().where(EventRow.derivative_id == Derivative.id, EventRow.kind == SIGNING)
    query = select(Derivative.key, Derivative.uri, Derivative.confidence_uri, signed).where(
        Derivative.key.in_(_keys(names))
    )
    with archive.catalog.database.reading() as connection:
        return {
            name
            for key, uri, confidence, is_signed in connection.execute(query)
            for name in (
                uri,
                confidence,
                premis_name(key),
                record_name(key),
                signed_name(uri) if is_signed else None,
            )
            if name is not None
        }
