"""Workers that kill themselves, as the system does when memory runs out."""

from __future__ import annotations

import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.processes import work
from heliochrome.archive.building.tasks import Job, Outcome, Task
from heliochrome.archive.digests import Digest
from heliochrome.archive.storage import Storage
from heliochrome.errors import StorageFullError

FATAL = "fatal.png"
ONCE = "died-once"


def kill_self() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_of_one_picture(connection: Connection, job: Job, folder: Path, threads: int) -> None:
    attempt = Deriver.attempt

    def deadly(deriver: Deriver, task: Task) -> Outcome:
        if task.original.source_name == FATAL:
            kill_self()
        return attempt(deriver, task)

    with patch.object(Deriver, "attempt", deadly):
        work(connection, job, folder, threads)


def die_once(connection: Connection, job: Job, folder: Path, threads: int) -> None:
    """Die over the first picture of all workers, with its files stored and nothing said."""
    attempt = Deriver.attempt

    def deadly(deriver: Deriver, task: Task) -> Outcome:
        outcome = attempt(deriver, task)
        try:
            (folder.parent / ONCE).touch(exist_ok=False)
        except FileExistsError:
            return outcome
        kill_self()
        return outcome

    with patch.object(Deriver, "attempt", deadly):
        work(connection, job, folder, threads)


def die_at_birth(connection: Connection, job: Job, folder: Path, threads: int) -> None:
    kill_self()


def work_on_a_full_disk(connection: Connection, job: Job, folder: Path, threads: int) -> None:
    """Work until a disk is full that all workers share: it has room for three pictures."""
    put = Storage.put_bytes

    def put_bytes(storage: Storage, data: bytes, name: str, *, replace: bool = False) -> Digest:
        if name.endswith(".png") and len(list(folder.glob("derivatives/*/*.png"))) >= 3:
            raise StorageFullError(name, "the disk is full", "free some space and do it again")
        return put(storage, data, name, replace=replace)

    with patch.object(Storage, "put_bytes", put_bytes):
        work(connection, job, folder, threads)
