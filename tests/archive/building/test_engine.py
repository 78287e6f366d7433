"""Builds from the outside: what is made, what is recorded, and what is left alone."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
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
from heliochrome.archive.building.plan import Selection
from heliochrome.archive.entries import Entry
from heliochrome.archive.provenance.premis_nodes import moment
from heliochrome.archive.storage import Storage
from heliochrome.errors import StorageFullError
from heliochrome.image.read import read_picture
from heliochrome.image.xmp import read_records

OTHER = CONTRAST.replace("1.2", "1.3").replace("plain", "other")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "archive", 4)


def entries(folder: Path) -> list[Entry]:
    with Archive.open(folder) as archive:
        return list(archive.entries())


def files(folder: Path) -> dict[Path, tuple[int, bytes]]:
    """Give all files of the derivatives with their time of change and content."""
    found = (path for path in (folder / "derivatives").rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def test_every_original_gets_its_derivative_with_its_records(folder: Path) -> None:
    progress = build_archive(folder)
    assert (progress.done, progress.failed, progress.plan.pending) == (4, 0, 4)
    check_whole(folder)
    for entry in entries(folder):
        (derived,) = entry.derivatives
        assert derived.recipe_name == "plain"
        assert (derived.width, derived.height) == (32, 24)
        assert derived.confidence_uri is None
        path = folder / "derivatives" / derived.uri
        (record,) = read_records(read_picture(path).metadata.xmp)
        assert record == dict(derived.record)
        assert record["input_sha256"] == entry.original.sha256
        premis = (folder / "derivatives" / derived.premis_uri).read_text()
        assert "public domain" in premis
        assert "ingestion" in premis
        made = f"<premis:dateCreatedByApplication>{moment(derived.made_at)}<"
        assert made in premis  # as in the catalog
        assert {event.kind for event in entry.events} == {"ingestion", "fixity check", "creation"}


def test_builds_are_recorded_in_either_database(tmp_path: Path, catalog_url: str | None) -> None:
    places = {} if catalog_url is None else {"catalog_url": catalog_url}
    folder = make_archive(tmp_path / "archive", 3, **places)
    with Archive.open(folder) as archive:
        add_scan(archive, b"not a picture", "bad.png")
    progress = build_archive(folder)
    assert (progress.done, progress.failed) == (3, 1)
    progress = build_archive(folder)
    assert (progress.plan.recorded, progress.plan.failed_before, progress.done) == (3, 1, 0)
    check_whole(folder, failures=1)


def test_the_same_again_makes_nothing(folder: Path) -> None:
    build_archive(folder)
    before = files(folder)
    progress = build_archive(folder)
    assert (progress.done, progress.plan.recorded, progress.plan.pending) == (0, 4, 0)
    assert files(folder) == before


def test_another_recipe_adds_a_version_and_leaves_the_first(folder: Path) -> None:
    build_archive(folder)
    before = files(folder)
    assert build_archive(folder, OTHER).done == 4
    after = files(folder)
    assert {path: after[path] for path in before} == before
    assert [len(entry.derivatives) for entry in entries(folder)] == [2] * 4
    check_whole(folder)
    check_whole(folder, OTHER)


def test_new_originals_are_all_that_is_made(folder: Path) -> None:
    build_archive(folder)
    with Archive.open(folder) as archive:
        add_scan(archive, scan(99), "new.png")
    assert build_archive(folder).done == 1
    check_whole(folder)


def test_a_colored_picture_has_a_labeled_confidence_map(folder: Path, fake_model: Path) -> None:
    recipe = colorize_recipe(fake_model)
    assert build_archive(folder, recipe).done == 4
    check_whole(folder, recipe)
    for entry in entries(folder):
        (derived,) = entry.derivatives
        assert derived.confidence_uri is not None
        path = folder / "derivatives" / derived.confidence_uri
        with Image.open(path) as image:
            assert image.mode == "L"
            assert image.text["Scale"] == "0 = 0.0, 255 = 1.0"
            mean = np.asarray(image).mean() / 255
        assert derived.mean_confidence == pytest.approx(mean, abs=0.003)
        record = json.loads(path.with_name(f"{derived.key}.json").read_text())
        assert record["confidence"]["mean"] == derived.mean_confidence


def test_a_bad_file_is_recorded_and_the_others_go_on(folder: Path) -> None:
    with Archive.open(folder) as archive:
        bad = add_scan(archive, b"not a picture", "bad.png")
    progress = build_archive(folder)
    assert (progress.done, progress.failed) == (4, 1)
    (failure,) = progress.failures
    assert failure.task.original.identifier == bad
    assert failure.kind == "ReadError"
    check_whole(folder, failures=1)


def test_failures_are_tried_again_only_when_asked(folder: Path) -> None:
    with Archive.open(folder) as archive:
        identifier = add_scan(archive, scan(50), "damaged.png")
        (entry,) = archive.entries([identifier])
    path = folder / "originals" / entry.original.uri
    path.chmod(0o644)
    path.write_bytes(scan(51))
    progress = build_archive(folder)
    assert (progress.done, progress.failed) == (4, 1)
    assert progress.failures[0].kind == "FixityError"
    assert build_archive(folder).plan.failed_before == 1
    assert build_archive(folder, selection=Selection(retry=True)).failed == 1
    path.write_bytes(scan(50))
    assert build_archive(folder, selection=Selection(retry=True)).done == 1
    assert build_archive(folder).plan.failed_before == 0
    check_whole(folder)


def test_only_some_are_built(folder: Path) -> None:
    with Archive.open(folder) as archive:
        add_scan(archive, scan(60), "portrait.png", collection="portraits")
    progress = build_archive(folder, selection=Selection(collection="portraits"))
    assert (progress.plan.items, progress.done) == (1, 1)
    progress = build_archive(folder, selection=Selection(limit=3))
    assert (progress.plan.pending, progress.done) == (3, 3)
    assert build_archive(folder).done == 1
    check_whole(folder)


def test_the_format_may_be_chosen(folder: Path) -> None:
    build_archive(folder, container="JPEG", quality=80)
    for entry in entries(folder):
        (derived,) = entry.derivatives
        assert (derived.mime, Path(derived.uri).suffix) == ("image/jpeg", ".jpg")
        assert read_picture(folder / "derivatives" / derived.uri).container == "JPEG"


def test_a_build_stops_after_the_pictures_at_hand(folder: Path) -> None:
    from small_archives import inline, job_for

    from heliochrome.archive.building.engine import build

    with Archive.open(folder) as archive:
        asked: list[bool] = []

        def should_stop() -> bool:
            asked.append(True)
            return len(asked) > 2

        progress = build(archive, job_for(archive), inline, should_stop=should_stop)
    assert progress.interrupted
    assert 0 < progress.done < 4
    assert build_archive(folder).done == 4 - progress.done
    check_whole(folder)


def test_a_full_disk_ends_the_build_with_all_recorded_that_is_made(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Storage.put_bytes
    room = [10]

    def put_bytes(storage: Storage, data: bytes, name: str, *, replace: bool = False) -> object:
        room[0] -= 1
        if room[0] < 0:
            raise StorageFullError(name, "the disk is full", "free some space and do it again")
        return put(storage, data, name, replace=replace)

    monkeypatch.setattr(Storage, "put_bytes", put_bytes)
    with pytest.raises(StorageFullError):
        build_archive(folder)
    monkeypatch.undo()
    done = sum(len(entry.derivatives) for entry in entries(folder))
    assert done == 3  # of three files each
    assert build_archive(folder).done == 1
    check_whole(folder)


def test_leftovers_of_an_unfinished_picture_are_replaced(folder: Path) -> None:
    build_archive(folder)
    before = files(folder)
    pictures = {path: content for path, (_, content) in before.items() if path.suffix == ".png"}
    # The same archive, as a kill leaves it: files, some of them cut short, that no catalog knows.
    other = make_archive(folder.parent / "other", 4)
    for path in before:
        place = other / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(b"cut")
        part = place.with_name(f".{place.name}.abc.part")
        part.write_bytes(b"cut")
        os.utime(part, (0, 0))  # what is younger may be another program's
    assert build_archive(other).done == 4
    check_whole(other)
    assert not list((other / "derivatives").rglob("*.part"))
    for path, content in pictures.items():
        assert (other / path.relative_to(folder)).read_bytes() == content


def test_a_locked_catalog_is_waited_for(folder: Path) -> None:
    locked, waited = threading.Event(), []

    def hold() -> None:
        with sqlite3.connect(folder / "catalog.sqlite") as other:
            other.execute("BEGIN IMMEDIATE")
            locked.set()
            time.sleep(1)
            waited.append(count(folder))
            other.rollback()

    holder = threading.Thread(target=hold)
    holder.start()
    assert locked.wait(60)
    assert build_archive(folder).done == 4
    holder.join()
    assert waited == [0]
    check_whole(folder)


def count(folder: Path) -> int:
    with sqlite3.connect(f"file:{folder / 'catalog.sqlite'}?mode=ro", uri=True) as database:
        return int(database.execute("SELECT count(*) FROM derivative").fetchone()[0])
