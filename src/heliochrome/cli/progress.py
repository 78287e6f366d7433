"""Progress on stderr: a bar on a terminal, else lines."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from heliochrome.cli.report import printable, say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar


class StatusBar:
    """A bar while stderr is a terminal, and lines about what goes on; a context manager."""

    def __init__(
        self, title: str, total: int | None, *, quiet: bool, fields: Sequence[str] = ()
    ) -> None:
        """Prepare a bar up to `total`, None while that is not known; one thing needs no bar.

        quiet: whether to show nothing.
        fields: names of texts behind the count, which `update` sets.
        """
        self._title = title
        self._total = total
        self._quiet = quiet
        self._fields = fields
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._total not in (0, 1) and sys.stderr.isatty():
            self._bar = _rich_bar(self._fields)
            self._bar.start()
            empty: dict[str, Any] = dict.fromkeys(self._fields, "")
            self._bar.add_task(self._title, total=self._total, **empty)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    @property
    def is_shown(self) -> bool:
        """Whether there is a bar."""
        return self._bar is not None

    def update(self, **changes: Any) -> None:
        """Change what the bar shows: description, total, completed, advance or a field."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], **changes)

    def line(self, text: str) -> None:
        """Write a line, above the bar if there is one."""
        if self._bar is not None:
            self._bar.console.print(printable(text), markup=False, highlight=False, soft_wrap=True)
        elif not self._quiet:
            say(text)


class Progress:
    """Shows how many of `total` things are done; to be used as a context manager."""

    def __init__(self, title: str, total: int, *, quiet: bool) -> None:
        self._status = StatusBar(title, total, quiet=quiet)

    def __enter__(self) -> Self:
        self._status.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.__exit__()

    def advance(self, line: str | None = None) -> None:
        """Count one more; a line about it goes where there is no bar to show it."""
        self._status.update(advance=1)
        if line is not None and not self._status.is_shown:
            self._status.line(line)


def _rich_bar(fields: Sequence[str]) -> Bar:
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
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        *(TextColumn(f"{{task.fields[{field}]}}", markup=False) for field in fields),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
