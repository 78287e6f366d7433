"""Workers that are processes of this machine; one that dies is replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Self

from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.lock import worker_lock
from heliochrome.archive.building.tasks import Job, Outcome, Stopped, Task
from heliochrome.archive.building.workers import ATTEMPTS, worker_death
from heliochrome.errors import HeliochromeError, WorkerError

_MOST_FAILED_STARTS = 3  # one after another
_END_SECONDS = 5.0  # that an idle worker has to end
# Spawned, not forked: the runtimes' threads and locks do not survive a fork.
_SPAWN = multiprocessing.get_context("spawn")


def usable_cores() -> int:
    """Count the CPU cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(slots=True)
class _Worker:
    """A process, and what it works on.

    Attributes:
        process: the worker.
        connection: to it.
        is_ready: whether its networks are open.
        task: what it works on; None when it is idle.
        attempts: how many workers have been at the task, this one included.

    """

    process: SpawnProcess
    connection: Connection
    is_ready: bool = False
    task: Task | None = None
    attempts: int = 0


@dataclass(slots=True)
class ProcessWorkers:
    """Does tasks in processes of this machine, one task in each at a time.

    Attributes:
        job: what is the same for all tasks.
        folder: of the archive.
        capacity: number of processes.
        threads: CPU threads of each; 0 to share the cores out.
        life: what a process does: it is given its end of a connection, the job, the archive's
            folder and the number of threads.

    """

    job: Job
    folder: Path
    capacity: int
    threads: int = 0
    life: Callable[[Connection, Job, Path, int], None] = field(default_factory=lambda: work)
    _workers: list[_Worker] = field(default_factory=list)
    _failed_starts: int = 0

    def __post_init__(self) -> None:
        self.threads = self.threads or max(1, usable_cores() // self.capacity)

    def __enter__(self) -> Self:
        self._workers = [self._start() for _ in range(self.capacity)]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.connection.close()  # an idle worker ends when it sees this
            if worker.task is not None or not worker.is_ready:
                worker.process.kill()
        until = time.monotonic() + _END_SECONDS
        for worker in self._workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            worker.process.kill()
            worker.process.join()
        self._workers = []

    @property
    def pids(self) -> tuple[int, ...]:
        """Numbers of the processes."""
        return tuple(worker.process.pid or 0 for worker in self._workers)

    def submit(self, task: Task) -> None:
        """Take a task; an idle worker must be there."""
        # One that is ready, if there is one; others read what waits for them when they are.
        idle = sorted(
            (worker for worker in self._workers if worker.task is None),
            key=lambda worker: not worker.is_ready,
        )
        self._give(idle[0], task, attempts=1)

    def finished(self, timeout: float) -> Sequence[Outcome]:
        """Give what has become of tasks since the last call."""
        ready = wait([worker.connection for worker in self._workers], timeout)
        told = [worker for worker in self._workers if worker.connection in ready]
        return [outcome for worker in told for outcome in self._receive(worker)]

    def _receive(self, worker: _Worker) -> Iterator[Outcome]:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            yield from self._replace(worker)
            return
        if message is None:
            worker.is_ready, self._failed_starts = True, 0
        elif worker.is_ready:
            worker.task = None
            yield message
        else:  # it cannot open what it needs, and has ended
            self._workers.remove(worker)
            worker.process.join()
            yield Stopped(worker.task, message.error)

    def _replace(self, dead: _Worker) -> Iterator[Outcome]:
        """Put a new process in the place of a dead one, at the same task."""
        dead.connection.close()
        dead.process.join()
        self._workers.remove(dead)
        self._failed_starts += not dead.is_ready
        if self._failed_starts >= _MOST_FAILED_STARTS:
            yield Stopped(dead.task, _no_start(dead.process.exitcode))
            return
        worker = self._start()
        self._workers.append(worker)
        if dead.task is None:
            return
        attempts = dead.attempts + dead.is_ready  # one that was not ready has not been at the task
        if attempts > ATTEMPTS:
            yield worker_death(dead.task)
        else:
            self._give(worker, dead.task, attempts)

    def _give(self, worker: _Worker, task: Task, attempts: int) -> None:
        worker.task, worker.attempts = task, attempts
        with contextlib.suppress(OSError):  # it is dead, which `finished` sees to
            worker.connection.send(task)

    def _start(self) -> _Worker:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=self.life, args=(theirs, self.job, self.folder, self.threads), daemon=True
        )
        process.start()
        theirs.close()  # so that the end of the process is the end of the connection
        return _Worker(process, ours)


def _no_start(exit_code: int | None) -> WorkerError:
    return WorkerError(
        "workers",
        f"{_MOST_FAILED_STARTS} processes died while starting, the last with exit code {exit_code}",
        "use fewer workers; there may be too little memory",
    )


def work(connection: Connection, job: Job, folder: Path, threads: int) -> None:
    """Do tasks until the connection ends: the life of a worker."""
    # Ctrl-C reaches all processes of a terminal; the build ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with worker_lock(folder):
        _end_with_parent()
        try:
            deriver = Deriver.open(job, threads=threads)
        except HeliochromeError as error:
            connection.send(Stopped(None, error))
            return
        connection.send(None)
        _serve(connection, deriver.attempt)


def _serve(connection: Connection, attempt: Callable[[Task], Outcome]) -> None:
    while True:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(attempt(task))


def _end_with_parent() -> None:
    """End this process when its parent dies, whatever it is doing.

    To be called with the workers' lock held: a build that comes later has to wait for it, so that
    nothing is written once that build has begun.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
