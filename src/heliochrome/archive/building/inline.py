"""The worker that is no process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.tasks import Outcome, Task


@dataclass(slots=True)
class InlineWorker:
    """Does tasks in this process, one at a time: for notebooks, measurements and small archives.

    What kills a process kills the build with it.
    """

    deriver: Deriver
    capacity: int = 1
    _tasks: list[Task] = field(default_factory=list)

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._tasks.append(task)

    def finished(self, timeout: float) -> Sequence[Outcome]:  # noqa: ARG002 - nothing to wait for
        """Do the tasks that were taken."""
        tasks, self._tasks = self._tasks, []
        return [self.deriver.attempt(task) for task in tasks]
