"""Add scans to an archive: checked, measured, described, copied and only then recorded."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from heliochrome.archive.archive import Archive
from heliochrome.archive.digests import Digest, digest_path
from heliochrome.archive.embedded import Embedded, read_embedded
from heliochrome.archive.formats import FileFormat, identify
from heliochrome.archive.layout import original_name
from heliochrome.archive.looks import Looks, survey
from heliochrome.archive.prefill import first_description
from heliochrome.archive.records import NewItem, event
from heliochrome.archive.texts import clean_text
from heliochrome.archive.walk import Found
from heliochrome.errors import (
    CatalogError,
    FixityError,
    HeliochromeError,
    ReadError,
    ReadOnlyArchiveError,
    StorageError,
)
from heliochrome.image.tiff_pages import count_pages

_MOST_IN_A_ROW = 5  # files that fail for what is wrong with the archive


@dataclass(frozen=True, slots=True)
class Added:
    """A scan that is in the archive now; `near_duplicate_of` looks the same.

    Of its `pages`, derivatives are made of the first only.
    """

    source: Path
    identifier: str
    near_duplicate_of: str | None
    pages: int = 1


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A scan whose very bytes were in the archive already, as `identifier`."""

    source: Path
    identifier: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that is not in the archive, and why."""

    source: Path
    error: Exception


@dataclass(frozen=True, slots=True)
class _Examined:
    """What was found out about a file that the archive does not have."""

    digest: Digest
    format: FileFormat
    looks: Looks
    embedded: Embedded
    pages: int


def add_files(
    archive: Archive,
    files: Sequence[Found],
    *,
    reference: bool = False,
    collection: str = "",
    threads: int = 1,
) -> Iterator[Added | Duplicate | Refused]:
    """Add files one after another, in their order; what is wrong with one does not stop the others.

    What is wrong with the archive itself (no room, a catalog that is locked or out of reach) fails
    for a file, too, but several times in a row it ends the adding: it would only fail for all.
    When the caller stops early, or is interrupted, what was given is recorded and complete.

    Args:
        archive: to add to.
        files: see `walk.find_files`.
        reference: whether to leave the files where they are instead of copying them.
        collection: what to put them in.
        threads: that examine files ahead of the recording.

    Raises:
        ArchiveError: the archive takes nothing any more.

    """
    in_a_row = 0
    waiting: deque[tuple[Found, Future[_Examined | None]]] = deque()
    upcoming = iter(files)
    with _pool(threads) as pool:
        while True:
            while len(waiting) < 2 * threads and (found := next(upcoming, None)) is not None:
                waiting.append((found, pool.submit(_examine, archive, found.path)))
            if not waiting:
                return
            found, examined = waiting.popleft()
            result = _add(archive, found, examined, reference=reference, collection=collection)
            yield result
            in_a_row = in_a_row + 1 if _is_the_archives(result) else 0
            if in_a_row == _MOST_IN_A_ROW and isinstance(result, Refused):
                raise result.error


def _is_the_archives(result: Added | Duplicate | Refused) -> bool:
    """Tell whether a file was refused for what is wrong with the archive, not with the file."""
    return isinstance(result, Refused) and isinstance(
        result.error, CatalogError | StorageError | ReadOnlyArchiveError
    )


@contextlib.contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(threads, thread_name_prefix="examine")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _add(
    archive: Archive,
    found: Found,
    examined: Future[_Examined | None],
    *,
    reference: bool,
    collection: str,
) -> Added | Duplicate | Refused:
    try:
        facts = examined.result()
        if facts is None:
            return _known(archive, found.path)
        return _record(archive, found, facts, reference=reference, collection=collection)
    except Exception as error:  # whatever is wrong with one file must not end the batch
        return Refused(found.path, error)


def _known(archive: Archive, path: Path) -> Duplicate:
    identifier = archive.catalog.find_item(_digest(path).sha256)
    if identifier is None:
        raise FixityError(path, "changed while it was read", "add it again")
    return Duplicate(path, identifier)


def _examine(archive: Archive, path: Path) -> _Examined | None:
    """Find out everything about a file; None where its content is in the archive."""
    format = identify(path)
    before = path.stat()
    digest = _digest(path)
    if archive.catalog.find_item(digest.sha256) is not None:
        return None
    embedded = read_embedded(path, format.container)
    examined = _Examined(digest, format, survey(path), embedded, count_pages(path))
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise FixityError(path, "changed while it was read", "add it again when it is complete")
    return examined


def _digest(path: Path) -> Digest:
    try:
        return digest_path(path)
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check its permissions and the disk"
        ) from error


def _record(
    archive: Archive, found: Found, facts: _Examined, *, reference: bool, collection: str
) -> Added | Duplicate:
    known = archive.catalog.find_item(facts.digest.sha256)
    if known is not None:  # the same bytes came twice in one batch
        return Duplicate(found.path, known)
    similar = None
    if facts.looks.perceptual_hash is not None:
        similar = archive.catalog.find_similar(facts.looks.perceptual_hash)
    how = "referenced in place" if reference else "copied, checksums compared"
    uri = found.path.absolute().as_uri() if reference else _store(archive, found.path, facts)
    identifier, is_new = archive.catalog.add_item(
        NewItem(
            collection=collection,
            sha256=facts.digest.sha256,
            sha512=facts.digest.sha512,
            size=facts.digest.size,
            uri=uri,
            is_reference=reference,
            source_name=clean_text(os.fsencode(found.name).decode("utf-8", "replace")),
            mime=facts.format.mime,
            puid=facts.format.puid,
            width=facts.looks.width,
            height=facts.looks.height,
            bits=facts.looks.bits,
            channels=facts.looks.channels,
            exif=facts.embedded.exif,
            iptc=facts.embedded.iptc,
            xmp=facts.embedded.xmp,
            perceptual_hash=facts.looks.perceptual_hash,
            near_duplicate_of=similar,
            statements=first_description(facts.embedded),
            events=[
                event("message digest calculation", "SHA-256 and SHA-512 of the file"),
                event("format identification", _identified(facts)),
                event("ingestion", how),
            ],
        )
    )
    if not is_new:  # another program added the same bytes meanwhile
        return Duplicate(found.path, identifier)
    return Added(found.path, identifier, similar, facts.pages)


def _identified(facts: _Examined) -> str:
    kind = f"{facts.format.mime}, {facts.format.puid}"
    return kind if facts.pages == 1 else f"{kind}, {facts.pages} pages"


def _store(archive: Archive, path: Path, facts: _Examined) -> str:
    """Copy a file in; a copy that an interrupted run left is taken over, if it is sound."""
    name = original_name(facts.digest.sha256, facts.format.suffix)
    if archive.originals.exists(name):
        with contextlib.suppress(HeliochromeError):
            if archive.originals.hashes(name) == facts.digest:
                return name
    archive.originals.put_file(path, name, expected=facts.digest, replace=True, read_only=True)
    return name
