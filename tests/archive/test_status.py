from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest
from catalog_records import add_items, add_recipe, key_of, new_derivative, new_failure, sha256_of
from sqlalchemy import insert, update

from heliochrome.archive.archive import Archive
from heliochrome.archive.schema import Build, Derivative, Failure, Item
from heliochrome.archive.status import archive_status


def _start(archive: Archive, recipe: int, pid: int, total: int) -> int:
    host = socket.gethostname()
    return archive.catalog.start_build(recipe, pid=pid, host=host, workers=1, total=total)


def test_an_empty_archive_has_a_status(archive: Archive) -> None:
    status = archive_status(archive.catalog)
    assert (status.items, status.bytes, status.derivatives) == (0, 0, 0)
    assert (status.recipes, status.build) == ((), None)


def test_done_failed_and_remaining_are_counted_by_recipe(archive: Archive) -> None:
    ids = add_items(archive.catalog, "a", "b", "c", "d")
    restore, other = add_recipe(archive.catalog), add_recipe(archive.catalog, "exhibition")
    for identifier in ids[:2]:
        key = key_of(identifier, "restore")
        archive.catalog.record_derivative(new_derivative(identifier, restore, key))
    newer = sha256_of("a newer network's")
    archive.catalog.record_derivative(new_derivative(ids[0], restore, newer))
    archive.catalog.record_failure(new_failure(ids[2], restore, key_of(ids[2], "restore")))
    # An item that has an older derivative is done, whatever a later try came to.
    archive.catalog.record_failure(new_failure(ids[1], restore, sha256_of("later try")))
    archive.catalog.record_failure(
        new_failure(ids[0], other, key_of(ids[0], "exhibition"), problem="is too large")
    )
    status = archive_status(archive.catalog)
    assert (status.items, status.bytes, status.derivatives) == (4, 4, 3)
    by_name = {recipe.name: recipe for recipe in status.recipes}
    first, second = by_name["restore"], by_name["exhibition"]
    assert (first.done, first.failed, first.remaining) == (2, 1, 1)
    assert (second.done, second.failed, second.remaining) == (0, 1, 3)
    (reason,) = second.reasons
    assert (reason.count, reason.kind, reason.problem) == (1, "ReadError", "is too large")
    assert reason.examples == (ids[0],)
    assert first.reasons[0].count == 2


def test_a_running_build_tells_its_time_left(archive: Archive) -> None:
    ids = add_items(archive.catalog, "a", "b", "c", "d", "e")
    recipe = add_recipe(archive.catalog)
    build = _start(archive, recipe, os.getpid(), total=5)
    assert archive_status(archive.catalog).build.seconds_left is None
    for identifier in ids[:1]:
        key = key_of(identifier, "restore")
        archive.catalog.record_derivative(new_derivative(identifier, recipe, key, build_id=build))
    failed = new_failure(ids[1], recipe, key_of(ids[1], "restore"), build_id=build)
    archive.catalog.record_failure(failed)
    started = datetime.now(UTC) - timedelta(seconds=40)
    archive.catalog.database.write(lambda c: c.execute(update(Build).values(started_at=started)))
    status = archive_status(archive.catalog).build
    assert (status.done, status.failed, status.total, status.is_running) == (1, 1, 5, True)
    assert status.seconds_left == pytest.approx(60, abs=5)
    archive.catalog.finish_build(build)
    assert archive_status(archive.catalog).build is None


def test_a_build_that_was_cut_off_is_told(archive: Archive) -> None:
    recipe = add_recipe(archive.catalog)
    first = _start(archive, recipe, 2**22 + 1, total=5)  # above Linux's largest process id
    status = archive_status(archive.catalog).build
    assert (status.is_running, status.seconds_left) == (False, None)
    second = _start(archive, recipe, os.getpid(), total=5)
    assert second != first
    archive.catalog.finish_build(second)
    assert archive_status(archive.catalog).build is None


def _fill(archive: Archive, items: int) -> None:
    recipe = add_recipe(archive.catalog)
    now = datetime.now(UTC)
    texts = {"collection": "", "mime": "image/jpeg", "source_name": "x", "sha512": "0" * 128}
    sizes = {"size": 9, "width": 1, "height": 1, "bits": 8, "channels": 3}
    item = texts | sizes | {"uri": "x", "is_reference": False, "exif": {}, "iptc": {}}
    rows = [
        item | {"identifier": f"{n:016}", "sha256": f"{n:064}", "id": n, "added_at": now}
        for n in range(1, items + 1)
    ]
    made = {"recipe_id": recipe, "uri": "x", "sha256": "0" * 64, "sha512": "0" * 128, "size": 9}
    made |= {"mime": "x", "width": 1, "height": 1, "record": {"steps": ["x" * 500]}}
    made |= {"model_sha256s": [], "heliochrome_version": "0", "made_at": now, "seconds": 1.0}
    failed = {"recipe_id": recipe, "kind": "E", "remedy": "r", "attempts": 1, "failed_at": now}

    def fill(connection) -> None:
        connection.execute(insert(Item), rows)
        half = items // 2
        connection.execute(
            insert(Derivative), [made | {"item_id": n, "key": f"{n}"} for n in range(1, half)]
        )
        connection.execute(
            insert(Failure),
            [
                failed | {"item_id": n, "key": f"{n}", "problem": f"{n % 5}"}
                for n in range(half, items)
            ],
        )

    archive.catalog.database.write(fill)


def test_the_status_of_many_items_is_quick(sqlite_archive: Archive) -> None:
    catalog = sqlite_archive.catalog
    _fill(sqlite_archive, 10_000)

    def seconds() -> float:
        """Processor time, since the clock also counts waiting for a busy machine."""
        started = time.process_time()
        status = archive_status(catalog)
        assert status.items == 10_000
        assert [len(recipe.reasons) for recipe in status.recipes] == [5]
        return time.process_time() - started

    assert min(seconds() for _ in range(5)) < 0.1
