"""Builds on a Dask cluster whose workers share no disk with the archive."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from small_archives import CONTRAST, build_archive, check_whole, inline, job_for, make_archive

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.engine import Progress, build
from heliochrome.archive.building.tasks import Job
from heliochrome.errors import WorkerError

pytest.importorskip("distributed")

from distributed import LocalCluster

from heliochrome.archive.building.cluster import ClusterWorkers


@pytest.fixture
def folder(tmp_path: Path, bucket: str) -> Path:
    places = {name: f"{bucket}/{name}" for name in ("originals", "derivatives")}
    return make_archive(tmp_path / "archive", 12, **places)


def test_an_archive_is_built_on_an_object_store(folder: Path) -> None:
    assert build_archive(folder, CONTRAST, inline).done == 12
    check_whole(folder)
    assert {path.name for path in folder.iterdir()} >= {"catalog.sqlite", "build.lock"}
    assert not (folder / "derivatives").exists()


@pytest.mark.timeout(600)
def test_a_cluster_builds_all_though_a_worker_is_killed(folder: Path) -> None:
    with LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None, processes=True
    ) as cluster:
        pids = [nanny.pid for nanny in cluster.workers.values()]
        killed: list[int] = []
        opened: list[ClusterWorkers] = []

        @contextmanager
        def open_workers(job: Job, pictures: int) -> Iterator[ClusterWorkers]:
            with ClusterWorkers(job, cluster.scheduler_address) as workers:
                opened.append(workers)
                yield workers

        def kill_one(progress: Progress) -> None:
            if progress.done >= 2 and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        with Archive.open(folder) as archive:
            progress = build(archive, job_for(archive), open_workers, observe=kill_one)
            assert killed
            assert (progress.done, progress.failed) == (12, 0)
            check_whole(folder)

            def lose(progress: Progress) -> None:
                """Do as a scheduler that restarts."""
                if progress.done == 1:
                    opened[-1]._client.cancel(list(opened[-1]._tasks), force=True)

            third = job_for(archive, CONTRAST.replace("1.2", "1.4"))
            with pytest.raises(WorkerError, match="the cluster gave up"):
                build(archive, third, open_workers, observe=lose)

            other = replace(job_for(archive, CONTRAST.replace("1.2", "1.3")), version="0.0.0")
            with pytest.raises(WorkerError, match=r"the build 0\.0\.0"):
                build(archive, other, open_workers)


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    with Archive.init(tmp_path / "archive") as archive:
        job = job_for(archive)
    workers = ClusterWorkers(job, "nonsense")
    with pytest.raises(WorkerError, match="no scheduler can be reached"), workers:
        pass
