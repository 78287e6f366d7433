"""How far a build is: a bar with speed and time left, or a line now and then without a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from heliochrome.cli.report import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from heliochrome.archive.building.engine import Progress

_SECONDS_BETWEEN_LINES = 10.0


class BuildProgress:
    """Shows the progress of a build; to be used as a context manager."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Bar | None = None
        self._told_failures = 0
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task("Building", total=None, speed="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Show how far it is, and what has failed since the last call."""
        for failed in progress.failures[self._told_failures :]:
            self._line(f"{failed.task.original.source_name}: failed")
        self._told_failures = len(progress.failures)
        if self._bar is not None:
            self._bar.update(
                self._bar.task_ids[0],
                total=progress.plan.pending,
                completed=progress.done + progress.failed,
                speed=_speed(progress),
            )
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            self._line(summary(progress))

    def _line(self, text: str) -> None:
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
        elif not self._quiet:
            say(text)


def summary(progress: Progress) -> str:
    """Say how far a build is, in a line."""
    tried = progress.done + progress.failed
    line = f"{tried} of {progress.plan.pending}, {_speed(progress)}"
    if not tried:
        return line
    left = round(progress.seconds / tried * (progress.plan.pending - tried))
    minutes, seconds = divmod(left, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{line}, about {hours}:{minutes:02}:{seconds:02} left"


def _speed(progress: Progress) -> str:
    return f"{(progress.done + progress.failed) / max(progress.seconds, 1e-9):.2f} pictures/s"


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
