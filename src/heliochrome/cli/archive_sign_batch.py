"""What `heliochrome archive sign` does and says: progress, a report, a clean stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from heliochrome import cli
from heliochrome.archive.archive import Archive
from heliochrome.archive.provenance.identity import Identity
from heliochrome.archive.provenance.sign import NotSigned, SignedCopy, sign_entry
from heliochrome.cli.progress import Progress
from heliochrome.cli.report import describe, emit, message, say


@dataclass(slots=True)
class Tally:
    """What signing came to.

    Attributes:
        signed: copies that were made.
        present: derivatives that had a signed copy.
        failed: derivatives that could not be signed.
        interrupted: whether the user stopped it.

    """

    signed: list[SignedCopy] = field(default_factory=list)
    present: int = 0
    failed: list[NotSigned] = field(default_factory=list)
    interrupted: bool = False

    def count(self, result: SignedCopy | NotSigned) -> None:
        """Put a result where it belongs."""
        if isinstance(result, NotSigned):
            self.failed.append(result)
        elif result.is_new:
            self.signed.append(result)
        else:
            self.present += 1

    @property
    def exit_code(self) -> int:
        """0 when nothing failed, 2 when the only derivative did, 1 when some of several did."""
        if self.interrupted:
            return cli.EXIT_INTERRUPTED
        if not self.failed:
            return 0
        total = len(self.signed) + self.present + len(self.failed)
        return cli.EXIT_ERROR if total == 1 else cli.EXIT_FAILED_IN_BATCH


def sign(
    archive: Archive, identity: Identity, items: Sequence[str] | None, *, quiet: bool
) -> Tally:
    """Sign what is asked for; an interrupt (Ctrl-C) ends it, and what is signed stays."""
    tally = Tally()
    total = archive.catalog.count_items() if items is None else len(set(items))
    try:
        with Progress("Signing", total, quiet=quiet) as progress:
            for entry in archive.entries(items):
                lines = []
                for result in sign_entry(archive, entry, identity):
                    tally.count(result)
                    lines.append(_line(result))
                progress.advance("\n".join(lines) or None)
    except KeyboardInterrupt:
        tally.interrupted = True
    return tally


def _line(result: SignedCopy | NotSigned) -> str:
    if isinstance(result, NotSigned):
        return f"{result.identifier} {result.key[:16]}: not signed"
    state = "" if result.is_new else ", was there already"
    return f"{result.identifier} {result.key[:16]} -> {result.name}{state}"


def finish(tally: Tally, *, as_json: bool, quiet: bool) -> None:
    """Report how signing ended: a JSON document on stdout, or lines on stderr."""
    if as_json:
        emit(_document(tally))
        return
    if tally.interrupted or not quiet:
        head = "Interrupted: " if tally.interrupted else ""
        say(f"{head}{len(tally.signed)} signed; {tally.present} were signed already.")
    if tally.failed:
        say(f"{len(tally.failed)} not signed:")
        for failure in tally.failed:
            say(f"  {failure.identifier}: {message(failure.error)}")


def _document(tally: Tally) -> dict[str, object]:
    return {
        "signed": [
            {"identifier": copy.identifier, "key": copy.key, "name": copy.name}
            for copy in tally.signed
        ],
        "present": tally.present,
        "failed": [
            {"identifier": one.identifier, "key": one.key, **describe(one.error)}
            for one in tally.failed
        ],
        "interrupted": tally.interrupted,
    }
