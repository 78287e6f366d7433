"""What `heliochrome archive add` does and says: progress, a report, a clean stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from heliochrome import cli
from heliochrome.archive.archive import Archive
from heliochrome.archive.ingest import Added, Duplicate, Refused, add_files
from heliochrome.archive.walk import find_files
from heliochrome.cli.progress import Progress
from heliochrome.cli.report import describe, emit, message, say
from heliochrome.errors import ArchiveError, HeliochromeError


@dataclass(slots=True)
class Tally:
    """What adding came to.

    Attributes:
        total: files that were found.
        added, duplicates, refused: what became of them.
        interrupted: whether the user stopped it.
        stopped_by: what is wrong with the archive, where that ended it.

    """

    total: int
    added: list[Added] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    interrupted: bool = False
    stopped_by: HeliochromeError | None = None

    def count(self, result: Added | Duplicate | Refused) -> None:
        """Put a result where it belongs."""
        if isinstance(result, Added):
            self.added.append(result)
        elif isinstance(result, Duplicate):
            self.duplicates.append(result)
        else:
            self.refused.append(result)

    @property
    def exit_code(self) -> int:
        """0 when nothing was refused, 1 when some of several were, 2 when nothing could go on."""
        if self.interrupted:
            return cli.EXIT_INTERRUPTED
        if self.stopped_by is not None:
            return cli.EXIT_ERROR
        if not self.refused:
            return 0
        return cli.EXIT_ERROR if self.total == 1 else cli.EXIT_FAILED_IN_BATCH


def add(
    archive: Archive,
    paths: Sequence[Path],
    *,
    reference: bool,
    collection: str,
    threads: int,
    quiet: bool,
) -> Tally:
    """Add what the paths mean; an interrupt (Ctrl-C) ends it, and what is added stays."""
    tally = Tally(0)
    try:
        archive.originals.remove_temporary()
        files, faults = find_files(paths)
        tally.total = len(files) + len(faults)
        tally.refused += [Refused(Path(fault.subject), fault) for fault in faults]
        results = add_files(
            archive, files, reference=reference, collection=collection, threads=threads
        )
        with Progress("Adding", len(files), quiet=quiet) as progress:
            for result in results:
                tally.count(result)
                progress.advance(_line(result))
    except KeyboardInterrupt:
        tally.interrupted = True
    except ArchiveError as error:
        tally.stopped_by = error
    return tally


def _line(result: Added | Duplicate | Refused) -> str:
    if isinstance(result, Refused):
        return f"{result.source}: not added"
    if isinstance(result, Duplicate):
        return f"{result.source}: is there already, {result.identifier}"
    looks = f", looks like {result.near_duplicate_of}" if result.near_duplicate_of else ""
    more = f", {result.pages} pages (derivatives are of the first)" if result.pages > 1 else ""
    return f"{result.source} -> {result.identifier}{looks}{more}"


def finish(tally: Tally, *, as_json: bool, quiet: bool) -> None:
    """Report how adding ended: a JSON document on stdout, or lines on stderr."""
    if as_json:
        emit(_document(tally))
        return
    if tally.interrupted or not quiet:
        near = sum(added.near_duplicate_of is not None for added in tally.added)
        head = "Interrupted: " if tally.interrupted else ""
        say(
            f"{head}{len(tally.added)} of {tally.total} added"
            f"{f' (near duplicates: {near})' if near else ''}; "
            f"{len(tally.duplicates)} were there already."
        )
    if tally.refused:
        say(f"{len(tally.refused)} not added:")
    for refused in tally.refused:
        say(f"  {message(refused.error)}")
    if tally.stopped_by is not None:
        say(f"Error: stopped, since this would go on: {message(tally.stopped_by)}")


def _document(tally: Tally) -> dict[str, object]:
    return {
        "added": [
            {
                "input": str(added.source),
                "identifier": added.identifier,
                "near_duplicate_of": added.near_duplicate_of,
                **({"pages": added.pages} if added.pages > 1 else {}),
            }
            for added in tally.added
        ],
        "duplicates": [
            {"input": str(duplicate.source), "identifier": duplicate.identifier}
            for duplicate in tally.duplicates
        ],
        "failed": [
            {"input": str(refused.source), **describe(refused.error)} for refused in tally.refused
        ],
        "interrupted": tally.interrupted,
        "stopped_by": None if tally.stopped_by is None else describe(tally.stopped_by),
    }
