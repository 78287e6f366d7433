"""One build at a time."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from heliochrome.archive.building.lock import LOCK_NAME, build_lock, running_build, worker_lock
from heliochrome.errors import BuildRunningError, ReadOnlyArchiveError

FORK = multiprocessing.get_context("fork")


def hold_build(folder: Path, held: Event) -> None:
    with build_lock(folder):
        held.set()
        time.sleep(60)


def hold_worker(folder: Path, held: Event) -> None:
    with worker_lock(folder):
        held.set()
        time.sleep(60)


def start(hold: Callable[[Path, Event], None], folder: Path) -> multiprocessing.Process:
    held = FORK.Event()
    process = FORK.Process(target=hold, args=(folder, held), daemon=True)
    process.start()
    assert held.wait(60)
    return process


def test_a_second_build_is_refused_with_the_first_one_s_process(tmp_path: Path) -> None:
    first = start(hold_build, tmp_path)
    try:
        holder = running_build(tmp_path)
        assert holder is not None
        assert (holder["pid"], holder["host"]) == (first.pid, socket.gethostname())
        with pytest.raises(BuildRunningError) as caught, build_lock(tmp_path):
            pass
        assert f"process {first.pid} on {socket.gethostname()}" in caught.value.problem
        assert f"since {holder['started_at']}" in caught.value.problem
    finally:
        first.kill()
        first.join()


def test_the_lock_of_a_dead_build_is_taken_over(tmp_path: Path) -> None:
    first = start(hold_build, tmp_path)
    os.kill(first.pid or 0, signal.SIGKILL)
    first.join()
    assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == first.pid
    assert running_build(tmp_path) is None
    with build_lock(tmp_path):
        assert json.loads((tmp_path / LOCK_NAME).read_text())["pid"] == os.getpid()
    assert (tmp_path / LOCK_NAME).read_text() == ""


def test_workers_of_a_dead_build_are_waited_for(tmp_path: Path) -> None:
    worker = start(hold_worker, tmp_path)
    with worker_lock(tmp_path):
        pass  # workers share their lock
    ended: list[float] = []

    import threading

    def end() -> None:
        time.sleep(0.3)
        ended.append(time.monotonic())
        worker.kill()

    threading.Thread(target=end).start()
    with build_lock(tmp_path):
        assert ended
    worker.join()


def test_nothing_runs_where_nothing_was_built(tmp_path: Path) -> None:
    assert running_build(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ReadOnlyArchiveError), build_lock(tmp_path / "none"):
        pass
