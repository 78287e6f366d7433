"""Doing one thing to many photos: progress, timing, failures kept for the end, clean stops."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from heliochrome import cli
from heliochrome.cli.outputs import Failure, Job, Plan
from heliochrome.cli.progress import StatusBar
from heliochrome.cli.report import describe, emit, message, say
from heliochrome.image.tiff_pages import count_pages


@dataclass(frozen=True, slots=True)
class Done:
    """A photo that was done: facts for JSON, and a line for a person."""

    job: Job
    seconds: float
    facts: dict[str, Any]
    line: str


@dataclass(slots=True)
class Outcome:
    """What a batch came to."""

    total: int
    done: list[Done] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 when all was done, 2 when the only photo failed, 1 when some of several failed."""
        if self.interrupted:
            return cli.EXIT_INTERRUPTED
        if not self.failed:
            return 0
        return cli.EXIT_ERROR if self.total == 1 else cli.EXIT_FAILED_IN_BATCH


# What a command does to one photo: it returns facts for JSON and a line for a person.
Work = Callable[[Job], tuple[dict[str, Any], str]]


def do_batch(plan: Plan, work: Work, *, as_json: bool, quiet: bool) -> int:
    """Do `work` for each job of `plan`, report how that ended, and give the exit code."""
    outcome = run_batch(plan, work, quiet=quiet or as_json)
    finish(outcome, as_json=as_json, quiet=quiet)
    return outcome.exit_code


def run_batch(plan: Plan, work: Work, *, quiet: bool) -> Outcome:
    """Do `work` for each job of `plan`; a photo that fails does not stop the others.

    An interrupt (Ctrl-C) abandons the photo at hand and ends the batch. Unless `quiet`, a line
    per photo goes to stderr, below it a progress bar where stderr is a terminal.
    """
    outcome = Outcome(plan.total, failed=list(plan.failures))
    with StatusBar("", len(plan.jobs), quiet=quiet) as status:
        try:
            for job in plan.jobs:
                status.update(description=job.source.name)
                line = _do(job, work, outcome)
                status.update(advance=1)
                if line is not None:
                    status.line(line)
        except KeyboardInterrupt:
            outcome.interrupted = True
    return outcome


def finish(
    outcome: Outcome, *, as_json: bool, quiet: bool, more: Mapping[str, Any] | None = None
) -> None:
    """Report how a batch ended: a JSON document on stdout, or the failures on stderr.

    more: what the document holds besides, of the batch as a whole.
    """
    if as_json:
        emit(
            {
                **(more or {}),
                "done": [
                    {**done.facts, "seconds": round(done.seconds, 3)} for done in outcome.done
                ],
                "failed": [
                    {"input": str(failure.source), **describe(failure.error)}
                    for failure in outcome.failed
                ],
                "interrupted": outcome.interrupted,
            }
        )
        return
    if outcome.interrupted:
        say(f"Interrupted: {len(outcome.done)} of {outcome.total} photos are done and complete.")
    elif outcome.total > 1 and not quiet:
        say(f"{len(outcome.done)} of {outcome.total} photos done.")
    _list_failures(outcome)


def _do(job: Job, work: Work, outcome: Outcome) -> str | None:
    """Do one photo, and say what came of it; a single one's failure is told in the end."""
    started = time.perf_counter()
    try:
        pages = count_pages(job.source)
        facts, line = work(job)
    except Exception as error:  # one bad photo, whatever is wrong with it, must not end the batch
        outcome.failed.append(Failure(job.source, error))
        return f"{job.source}: failed" if outcome.total > 1 else None
    if pages > 1:
        facts = {**facts, "pages": pages}
    done = Done(job, time.perf_counter() - started, facts, line)
    outcome.done.append(done)
    return f"{line} ({done.seconds:.2f} s){_left_pages(job, pages)}"


def _left_pages(job: Job, pages: int) -> str:
    """Say what was left of a photo's file, of which all commands take the first page only."""
    if pages == 1:
        return ""
    split = f"`tiffsplit {shlex.quote(str(job.source))}` makes a file of each"
    return f"\n{job.source}: only the first of its {pages} pages was done; {split}"


def _list_failures(outcome: Outcome) -> None:
    if outcome.total == 1:
        for failure in outcome.failed:
            say(f"Error: {message(failure.error)}")
    elif outcome.failed:
        say(f"{len(outcome.failed)} failed:")
        for failure in outcome.failed:
            text = message(failure.error)
            say("  " + (text if str(failure.source) in text else f"{failure.source}: {text}"))
