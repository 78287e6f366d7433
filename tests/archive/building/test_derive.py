"""One derivative: what is a picture's failure, and what is everybody's."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from small_archives import job_for, make_archive

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.derive import Deriver
from heliochrome.archive.building.plan import Selection, pending_tasks
from heliochrome.archive.building.tasks import Failed, Made, Stopped, Task, derivative_key
from heliochrome.archive.storage import Storage
from heliochrome.errors import ReadOnlyArchiveError, StorageFullError, WorkerError
from heliochrome.recipe.steps import PreparedRecipe


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.open(make_archive(tmp_path / "archive", 1)) as opened:
        yield opened


@pytest.fixture
def deriver(archive: Archive) -> Deriver:
    return Deriver.open(job_for(archive), threads=1)


@pytest.fixture
def task(archive: Archive, deriver: Deriver) -> Task:
    (only,) = pending_tasks(archive.catalog, deriver.job, Selection())
    return only


def raising(error: BaseException):
    def fail(*arguments: object, **options: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (MemoryError(), "MemoryError", "not enough memory"),
        (ValueError("odd"), "ValueError", "an internal error (ValueError: odd)"),
        (OSError(errno.EIO, "broken"), "OSError", "an internal error"),
    ],
)
def test_whatever_is_wrong_with_a_picture_is_its_failure(
    deriver: Deriver,
    task: Task,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: str,
    said: str,
) -> None:
    monkeypatch.setattr(PreparedRecipe, "apply", raising(error))
    outcome = deriver.attempt(task)
    assert isinstance(outcome, Failed)
    assert (outcome.task, outcome.kind) == (task, kind)
    assert said in outcome.problem
    assert list(deriver.derivatives.names()) == []


def test_no_room_for_temporary_files_stops_all(
    deriver: Deriver, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PreparedRecipe, "apply", raising(OSError(errno.ENOSPC, "full")))
    outcome = deriver.attempt(task)
    assert isinstance(outcome, Stopped)
    assert isinstance(outcome.error, StorageFullError)


def test_what_cannot_be_stored_stops_all(
    deriver: Deriver, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ReadOnlyArchiveError("derivatives", "may not be written there", "change it")
    monkeypatch.setattr(Storage, "put_bytes", raising(refused))
    outcome = deriver.attempt(task)
    assert isinstance(outcome, Stopped)
    assert (outcome.task, outcome.error) == (task, refused)


def test_a_derivative_made_twice_has_the_same_bytes(deriver: Deriver, task: Task) -> None:
    first = deriver.attempt(task)
    second = deriver.attempt(task)
    assert isinstance(first, Made)
    assert isinstance(second, Made)
    assert first.derived.sha256 == second.derived.sha256
    with deriver.derivatives.open(f"{task.key[:2]}/{task.key}.json") as file:
        assert second.derived.sha256 in file.read().decode()


def test_referenced_originals_are_read_where_they_are(
    archive: Archive, deriver: Deriver, task: Task, tmp_path: Path
) -> None:
    place = tmp_path / "a scan é.png"
    with archive.originals.open(task.original.uri) as file:
        place.write_bytes(file.read())
    original = replace(task.original, is_reference=True, uri=place.as_uri())
    assert isinstance(deriver.attempt(replace(task, original=original)), Made)
    place.unlink()
    outcome = deriver.attempt(replace(task, original=original))
    assert isinstance(outcome, Failed)
    assert (outcome.kind, outcome.problem) == ("StorageError", "is missing")


def test_a_worker_of_another_version_is_refused(deriver: Deriver) -> None:
    with pytest.raises(WorkerError, match=r"the build 9\.9"):
        Deriver.open(replace(deriver.job, version="9.9"))


def test_a_key_depends_on_all_that_a_derivative_does() -> None:
    key = derivative_key("a", "b", ["c", "d"], version="1")
    assert key == derivative_key("a", "b", ["d", "c"], version="1")
    others = {
        derivative_key("x", "b", ["c", "d"], version="1"),
        derivative_key("a", "x", ["c", "d"], version="1"),
        derivative_key("a", "b", ["c"], version="1"),
        derivative_key("a", "b", ["c", "d"], version="2"),
    }
    assert len(others | {key}) == 5
    # SHA-256 of {"heliochrome":"1","models":["c","d"],"original":"a","recipe":"b"}
    assert key == "9e7a536a8f281667ec6ce949ddac839eba5ff900db5c374b4204ca915bd754a0"
