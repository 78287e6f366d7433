"""Workers that are processes, and what happens when they die."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from deadly_workers import (
    FATAL,
    ONCE,
    die_at_birth,
    die_of_one_picture,
    die_once,
    work_on_a_full_disk,
)
from small_archives import (
    CONTRAST,
    add_scan,
    build_archive,
    check_whole,
    colorize_recipe,
    make_archive,
    scan,
)

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.engine import OpenWorkers
from heliochrome.archive.building.processes import ProcessWorkers, work
from heliochrome.archive.building.tasks import Job
from heliochrome.archive.building.workers import ATTEMPTS
from heliochrome.errors import ModelError, StorageFullError, WorkerError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "archive", 9)


def opener(
    folder: Path, count: int, life: Callable[..., None] = work, pids: list[int] | None = None
) -> OpenWorkers:
    @contextmanager
    def open_workers(job: Job, pictures: int) -> Iterator[ProcessWorkers]:
        with ProcessWorkers(job, folder, count, life=life) as workers:
            if pids is not None:
                pids.extend(workers.pids)
            yield workers

    return open_workers


def test_processes_share_the_work_and_end_with_it(folder: Path) -> None:
    pids: list[int] = []
    progress = build_archive(folder, CONTRAST, opener(folder, 2, pids=pids))
    assert (progress.done, progress.failed) == (9, 0)
    check_whole(folder)
    assert len(set(pids)) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_killed_worker_is_replaced_and_its_picture_made(folder: Path) -> None:
    progress = build_archive(folder, CONTRAST, opener(folder, 3, die_once))
    assert (folder.parent / ONCE).exists()
    assert (progress.done, progress.failed) == (9, 0)
    check_whole(folder)


def test_a_picture_that_kills_its_workers_is_recorded_as_failed(folder: Path) -> None:
    with Archive.open(folder) as archive:
        add_scan(archive, scan(70), FATAL)
    progress = build_archive(folder, CONTRAST, opener(folder, 2, die_of_one_picture))
    assert (progress.done, progress.failed) == (9, 1)
    (failure,) = progress.failures
    assert failure.task.original.source_name == FATAL
    assert failure.kind == "WorkerDiedError"
    assert f"died {ATTEMPTS} times" in failure.problem
    check_whole(folder, failures=1)


def test_what_keeps_workers_from_working_ends_the_build(folder: Path, fake_model: Path) -> None:
    @contextmanager
    def open_workers(job: Job, pictures: int) -> Iterator[ProcessWorkers]:
        with ProcessWorkers(replace(job, models=("0" * 64,)), folder, 2) as workers:
            yield workers

    with pytest.raises(ModelError, match="other networks"):
        build_archive(folder, colorize_recipe(fake_model), open_workers)
    with Archive.open(folder) as archive:
        assert not any(entry.derivatives for entry in archive.entries())


def test_processes_that_die_while_starting_end_the_build(folder: Path) -> None:
    with pytest.raises(WorkerError, match="3 processes died while starting, the last with exit"):
        build_archive(folder, CONTRAST, opener(folder, 1, die_at_birth))


def test_a_full_disk_ends_the_build_with_all_recorded_that_is_made(folder: Path) -> None:
    with pytest.raises(StorageFullError):
        build_archive(folder, CONTRAST, opener(folder, 2, work_on_a_full_disk))
    with Archive.open(folder) as archive:
        recorded = sum(len(entry.derivatives) for entry in archive.entries())
    assert recorded == len(list((folder / "derivatives").glob("*/*.png")))
    assert recorded >= 3
    assert build_archive(folder).done == 9 - recorded
    check_whole(folder)
