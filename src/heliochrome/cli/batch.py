"""Doing one thing to many photos: progress, timing, failures kept for the end, clean stops."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from heliochrome import cli
from heliochrome.cli.outputs import Failure, Job, Plan
from heliochrome.cli.report import describe, emit, message, say


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


def run_batch(plan: Plan, work: Work, *, quiet: bool) -> Outcome:
    """Do `work` for each job of `plan`; a photo that fails does not stop the others.

    An interrupt (Ctrl-C) abandons the photo at hand and ends the batch. Unless `quiet`, a line
    per photo goes to stderr, below it a progress bar where stderr is a terminal.
    """
    outcome = Outcome(plan.total, failed=list(plan.failures))
    with _Progress(len(plan.jobs), quiet=quiet) as progress:
        try:
            for job in plan.jobs:
                progress.start(job)
                _do(job, work, outcome, progress)
        except KeyboardInterrupt:
            outcome.interrupted = True
    return outcome


def finish(outcome: Outcome, *, as_json: bool, quiet: bool) -> None:
    """Report how a batch ended: a JSON document on stdout, or the failures on stderr."""
    if as_json:
        emit(
            {
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


def _do(job: Job, work: Work, outcome: Outcome, progress: _Progress) -> None:
    started = time.perf_counter()
    try:
        facts, line = work(job)
    except Exception as error:  # one bad photo, whatever is wrong with it, must not end the batch
        outcome.failed.append(Failure(job.source, error))
        progress.advance(f"{job.source}: failed" if outcome.total > 1 else None)
        return
    done = Done(job, time.perf_counter() - started, facts, line)
    outcome.done.append(done)
    progress.advance(f"{line} ({done.seconds:.2f} s)")


def _list_failures(outcome: Outcome) -> None:
    if outcome.total == 1:
        for failure in outcome.failed:
            say(f"Error: {message(failure.error)}")
    elif outcome.failed:
        say(f"{len(outcome.failed)} failed:")
        for failure in outcome.failed:
            text = message(failure.error)
            say("  " + (text if str(failure.source) in text else f"{failure.source}: {text}"))


class _Progress:
    """A progress bar on stderr, or plain lines where stderr is no terminal."""

    def __init__(self, total: int, *, quiet: bool) -> None:
        self._total = total
        self._quiet = quiet
        self._bar: Any = None

    def __enter__(self) -> _Progress:
        if not self._quiet and self._total > 1 and sys.stderr.isatty():
            self._bar = _rich_bar()
            self._bar.start()
            self._bar.add_task("", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def start(self, job: Job) -> None:
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], description=job.source.name)

    def advance(self, line: str | None) -> None:
        if line is None:
            return
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False, soft_wrap=True)
            self._bar.advance(self._bar.task_ids[0])
        elif not self._quiet:
            say(line)


def _rich_bar() -> Any:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
