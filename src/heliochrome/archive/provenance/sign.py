"""Signed copies of an archive's derivatives; what is recorded is never changed.

A copy is stored before it is recorded, as an event of its derivative: what was cut off between the
two is signed again.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from heliochrome.archive.archive import Archive
from heliochrome.archive.digests import Digest, digest_file
from heliochrome.archive.entries import DerivedFile, Entry, OriginalFile
from heliochrome.archive.provenance.c2pa import sign_picture
from heliochrome.archive.provenance.identity import Identity
from heliochrome.archive.provenance.manifest import Source
from heliochrome.archive.provenance.signed_copies import SIGNING, signed_name
from heliochrome.archive.records import event
from heliochrome.errors import FixityError, HeliochromeError, ReadOnlyArchiveError, StorageError


@dataclass(frozen=True, slots=True)
class SignedCopy:
    """A derivative whose signed copy is there.

    Attributes:
        identifier: of its item.
        key: of the derivative.
        name: of the copy in the derivatives' storage.
        is_new: whether it was made now.

    """

    identifier: str
    key: str
    name: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class NotSigned:
    """A derivative that could not be signed, and why."""

    identifier: str
    key: str
    error: HeliochromeError


def sign_entry(
    archive: Archive, entry: Entry, identity: Identity
) -> Iterator[SignedCopy | NotSigned]:
    """Make signed copies of all derivatives of an item that have none yet.

    A derivative is signed only if it is, byte for byte, the one that was recorded.

    Args:
        archive: that the item is in.
        entry: the item.
        identity: who signs.

    Raises:
        ReadOnlyArchiveError: nothing may be written there.

    """
    identifier = entry.original.identifier
    done = {one.derivative_key for one in entry.events if one.kind == SIGNING}
    for derived in entry.derivatives:
        name = signed_name(derived.uri)
        if derived.key in done:
            yield SignedCopy(identifier, derived.key, name, is_new=False)
            continue
        try:
            _sign(archive, entry.original, derived, identity, name)
        except ReadOnlyArchiveError:
            raise  # no other could be stored either
        except HeliochromeError as error:
            yield NotSigned(identifier, derived.key, error)
        else:
            yield SignedCopy(identifier, derived.key, name, is_new=True)


def _sign(
    archive: Archive, original: OriginalFile, derived: DerivedFile, identity: Identity, name: str
) -> None:
    with contextlib.ExitStack() as stack:
        picture = stack.enter_context(archive.derivatives.local_copy(derived.uri))
        _check(picture, derived)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="heliochrome-")))
        signed = folder / PurePosixPath(name).name
        sign_picture(
            picture,
            derived.mime,
            signed,
            record=derived.record,
            source=_source(archive, original, stack),
            identity=identity,
        )
        stored = archive.derivatives.put_file(signed, name, replace=True)
    detail = f"Content Credentials by {identity.name}: {name}, SHA-256 {stored.sha256}"
    archive.catalog.record_events(
        {original.identifier: [event(SIGNING, detail, derivative=derived.key)]}
    )


def _check(path: Path, derived: DerivedFile) -> None:
    with path.open("rb") as file:
        found = digest_file(file)
    if found != Digest(derived.sha256, derived.sha512, derived.size):
        raise FixityError(
            derived.uri,
            f"has SHA-256 {found.sha256} instead of {derived.sha256}; it was not signed",
            "restore it from a copy, and see `heliochrome archive verify`",
        )


def _source(archive: Archive, original: OriginalFile, stack: contextlib.ExitStack) -> Source:
    """Describe the original, with its file where that is at hand."""
    path = None
    with contextlib.suppress(StorageError):
        path = stack.enter_context(archive.local_original(original))
    name = PurePosixPath(original.source_name).name
    return Source(name, original.mime, original.sha256, path)
