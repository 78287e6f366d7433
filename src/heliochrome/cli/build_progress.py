"""How far a build is: a bar with speed and time left, or a line now and then without a terminal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from heliochrome.cli.progress import StatusBar
from heliochrome.cli.report import clock

if TYPE_CHECKING:
    from heliochrome.archive.building.engine import Progress

_SECONDS_BETWEEN_LINES = 10.0


class BuildProgress:
    """Shows the progress of a build; to be used as a context manager."""

    def __init__(self, *, quiet: bool) -> None:
        self._status = StatusBar("Building", None, quiet=quiet, fields=("speed",))
        self._told_failures = 0
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __enter__(self) -> Self:
        self._status.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.__exit__()

    def show(self, progress: Progress) -> None:
        """Show how far it is, and what has failed since the last call."""
        for failed in progress.failures[self._told_failures :]:
            self._status.line(f"{failed.task.original.source_name}: failed")
        self._told_failures = len(progress.failures)
        self._status.update(
            total=progress.plan.pending,
            completed=progress.done + progress.failed,
            speed=_speed(progress),
        )
        if not self._status.is_shown and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            self._status.line(summary(progress))


def summary(progress: Progress) -> str:
    """Say how far a build is, in a line."""
    tried = progress.done + progress.failed
    line = f"{tried} of {progress.plan.pending}, {_speed(progress)}"
    if not tried:
        return line
    left = progress.seconds / tried * (progress.plan.pending - tried)
    return f"{line}, about {clock(left)} left"


def _speed(progress: Progress) -> str:
    return f"{(progress.done + progress.failed) / max(progress.seconds, 1e-9):.2f} pictures/s"
