"""What does the work of a build: processes of this machine, or those of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heliochrome.archive.building.tasks import Failed, Outcome, Task
from heliochrome.errors import WorkerDiedError

ATTEMPTS = 3  # at a picture whose worker dies


class Workers(Protocol):
    """Does tasks, several at a time."""

    @property
    def capacity(self) -> int:
        """How many tasks it takes at once; more than so many are never in memory."""
        ...

    def submit(self, task: Task) -> None:
        """Take a task; to be called while fewer than `capacity` are there."""
        ...

    def finished(self, timeout: float) -> Sequence[Outcome]:
        """Give what has become of tasks since the last call, waiting at most so many seconds."""
        ...


def worker_death(task: Task, times: int = ATTEMPTS) -> Failed:
    """Say that a picture's worker has died as often as is tried."""
    return Failed(
        task,
        WorkerDiedError.__name__,
        f"the process that worked on it died {times} times",
        "it may need more memory than there is: use fewer workers, or leave this picture out",
    )
