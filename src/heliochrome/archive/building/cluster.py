"""Workers of a Dask cluster, on any number of machines.

They read originals and store derivatives themselves; only tasks and records travel. A worker that
dies is replaced by its nanny, and its picture is given to another, both by Dask itself. Every
thread of a worker makes one picture at a time, on one core.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from typing import Any, Self

from distributed import Client, Future, KilledWorker, WorkerPlugin, get_worker, wait

from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.tasks import Job, Outcome, Stopped, Task
from heliochrome.archive.building.workers import worker_death
from heliochrome.errors import HeliochromeError, WorkerError

# Dask's functions have no annotations.
_Client: Any = Client
_wait: Any = wait
_CONNECT_SECONDS = 20
_WORKER_SECONDS = 60  # until the first worker is there


class DeriverPlugin(WorkerPlugin):
    """Opens what a build needs in every worker, also in those that come later."""

    def __init__(self, name: str, job: Job) -> None:
        self.name = name
        self.job = job
        self.deriver: Deriver | None = None

    def setup(self, worker: Any) -> None:  # noqa: ARG002 - Dask gives it
        """Open networks and storages.

        Raises:
            HeliochromeError: they cannot be used by this worker.

        """
        self.deriver = Deriver.open(self.job, threads=1)


@dataclass(slots=True)
class ClusterWorkers:
    """Does tasks on a Dask cluster.

    Attributes:
        job: what is the same for all tasks.
        address: of the scheduler, as "tcp://host:8786".

    """

    job: Job
    address: str
    _client: Any = None
    _plugin: str = ""
    _tasks: dict[Future[Outcome], Task] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._client = self._connect()
        try:
            self._client.wait_for_workers(1, timeout=_WORKER_SECONDS)
            self._plugin = f"heliochrome-{uuid.uuid4().hex}"
            self._client.register_plugin(DeriverPlugin(self._plugin, self.job))
        except BaseException as error:
            self._client.close()
            if isinstance(error, TimeoutError):
                raise WorkerError(
                    self.address, "has no workers", "start some: dask worker " + self.address
                ) from error
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._client.cancel(list(self._tasks))
        self._client.unregister_worker_plugin(self._plugin)
        self._client.close()

    @property
    def capacity(self) -> int:
        """Threads of all workers that are there now."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def submit(self, task: Task) -> None:
        """Take a task."""
        future = self._client.submit(
            _attempt, self._plugin, task, key=f"{self._plugin}-{task.key}", pure=False
        )
        self._tasks[future] = task

    def finished(self, timeout: float) -> Sequence[Outcome]:
        """Give what has become of tasks since the last call."""
        # Timeouts, and what was canceled when the scheduler went: every future tells its own.
        with contextlib.suppress(TimeoutError, CancelledError):
            _wait(list(self._tasks), timeout=timeout, return_when="FIRST_COMPLETED")
        done = [future for future in self._tasks if future.status != "pending"]
        return [self._outcome(future, self._tasks.pop(future)) for future in done]

    def _outcome(self, future: Future[Outcome], task: Task) -> Outcome:
        try:
            outcome: Outcome = future.result()
        except KilledWorker as error:
            return worker_death(task, error.allowed_failures + 1)
        except HeliochromeError as error:
            return Stopped(task, error)
        except Exception as error:  # whatever a cluster fails with
            problem = f"the cluster gave up ({type(error).__name__}: {error})"
            return Stopped(task, WorkerError(self.address, problem, "look at its scheduler's log"))
        return outcome

    def _connect(self) -> Any:
        try:
            return _Client(self.address, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise WorkerError(
                self.address,
                f"no scheduler can be reached ({error})",
                "check the address, as tcp://host:8786",
            ) from error


def _attempt(plugin: str, task: Task) -> Outcome:
    """Do a task in a worker."""
    opened: Any = get_worker().plugins[plugin]
    outcome: Outcome = opened.deriver.attempt(task)
    return outcome
