"""Progress over many files: a bar on a terminal, a line each where stderr is no terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Self

from heliochrome.cli.report import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class Progress:
    """Shows how many of `total` things are done; to be used as a context manager."""

    def __init__(self, title: str, total: int, *, quiet: bool) -> None:
        self._title = title
        self._total = total
        self._quiet = quiet
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._total > 1 and sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task(self._title, total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, line: str | None = None) -> None:
        """Count one more; a line about it goes where there is no bar to show it."""
        if self._bar is not None:
            self._bar.advance(self._bar.task_ids[0])
        elif line is not None and not self._quiet:
            say(line)


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
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
