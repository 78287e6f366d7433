from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from PIL import Image
from scans import picture, write_scan

from heliochrome.archive import ingest
from heliochrome.archive.archive import Archive
from heliochrome.archive.ingest import Added, Duplicate, Refused, add_files
from heliochrome.archive.verify import verify_archive
from heliochrome.archive.walk import find_files
from heliochrome.errors import CatalogLockedError, FixityError, StorageFullError


def _add(archive: Archive, *paths: Path, **options) -> list[Added | Duplicate | Refused]:
    files, faults = find_files(paths)
    assert faults == []
    return list(add_files(archive, files, **options))


def _bytes(archive: Archive) -> set[bytes]:
    return {path.read_bytes() for path in archive.originals.folder.rglob("*") if path.is_file()}


def test_a_scan_is_copied_bit_for_bit_and_described(archive: Archive, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x010E], exif[0x013B] = "Agfa", "Harbor", "M. Ray"
    scan = write_scan(tmp_path / "in" / "box" / "a.jpg", quality=90, exif=exif)
    before = (scan.read_bytes(), scan.stat().st_mtime_ns)
    (added,) = _add(archive, tmp_path / "in", collection="Box 1")
    assert isinstance(added, Added)
    (entry,) = archive.entries()
    original = entry.original
    data = before[0]
    assert original.identifier == added.identifier
    assert original.sha256 == hashlib.sha256(data).hexdigest()
    assert original.sha512 == hashlib.sha512(data).hexdigest()
    assert (original.size, original.source_name) == (len(data), "box/a.jpg")
    assert (original.width, original.height, original.bits, original.channels) == (96, 64, 8, 1)
    assert (original.mime, original.collection) == ("image/jpeg", "Box 1")
    assert original.exif["Make"] == "Agfa"
    assert entry.statements == {"description": ("Harbor",), "creator": ("M. Ray",)}
    assert {one.kind for one in entry.events} == {
        "ingestion",
        "message digest calculation",
        "format identification",
    }
    with archive.local_original(original) as path:
        assert path.read_bytes() == data
        assert path.stat().st_mode & 0o222 == 0
        assert path.name == f"{original.sha256}.jpg"
    assert (scan.read_bytes(), scan.stat().st_mtime_ns) == before


def test_adding_again_adds_nothing(archive: Archive, tmp_path: Path) -> None:
    for seed in range(3):
        write_scan(tmp_path / "in" / f"{seed}.png", seed)
    first = _add(archive, tmp_path / "in")
    again = _add(archive, tmp_path / "in")
    assert all(isinstance(result, Added) for result in first)
    assert [(r.source, r.identifier) for r in again] == [(r.source, r.identifier) for r in first]
    assert all(isinstance(result, Duplicate) for result in again)
    assert archive.catalog.count_items() == len(_bytes(archive)) == 3


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_bytes_twice_in_one_batch_are_one_item(
    sqlite_archive: Archive, tmp_path: Path, threads: int
) -> None:
    scan = write_scan(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.png").write_bytes(scan.read_bytes())
    one, other = _add(sqlite_archive, tmp_path / "in", threads=threads)
    assert isinstance(one, Added)
    assert other == Duplicate(tmp_path / "in" / "b.png", one.identifier)


def test_near_duplicates_are_added_and_told(archive: Archive, tmp_path: Path) -> None:
    photo = write_scan(tmp_path / "a.png", 1, (300, 200))
    smaller = write_scan(tmp_path / "b.jpg", 1, (150, 100), quality=60)
    brighter = tmp_path / "c.png"
    Image.eval(picture(1, (300, 200)), lambda v: min(255, int(v * 0.8) + 40)).save(brighter)
    other = write_scan(tmp_path / "d.png", 2, (300, 200))
    results = _add(archive, photo, smaller, brighter, other)
    original = results[0].identifier
    assert [r.near_duplicate_of for r in results] == [None, original, original, None]


def test_pictures_that_show_nothing_look_like_nothing(
    sqlite_archive: Archive, tmp_path: Path
) -> None:
    for name, level in (("a.png", 250), ("b.png", 251)):
        Image.new("L", (64, 64), level).save(tmp_path / name)
    results = _add(sqlite_archive, tmp_path / "a.png", tmp_path / "b.png")
    assert [r.near_duplicate_of for r in results] == [None, None]


def test_bad_files_are_told_and_stop_nothing(sqlite_archive: Archive, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    good = [write_scan(folder / "a.png", 1), write_scan(folder / "z.tif", 2)]
    whole = write_scan(tmp_path / "whole.jpg", 3, (400, 300)).read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.tif").write_bytes(b"")
    (folder / "notes.txt").write_text("seen in 1910")
    (folder / "page.pdf").write_bytes(b"%PDF-1.7 ...")
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "Thumbs.db").write_bytes(b"x")
    (folder / "link.png").symlink_to(tmp_path / "nowhere.png")
    os.mkfifo(folder / "pipe.png")
    results = _add(sqlite_archive, folder)
    said = {r.source.name: str(r.error) for r in results if isinstance(r, Refused)}
    assert [r.source for r in results if isinstance(r, Added)] == good
    assert said.keys() == {
        "cut.jpg", "empty.tif", "notes.txt", "page.pdf", "link.png", "pipe.png"
    }  # fmt: skip
    assert "truncated" in said["cut.jpg"]
    assert "empty" in said["empty.tif"]
    assert "PDF" in said["page.pdf"]
    assert "not a file" in said["pipe.png"]
    assert len(_bytes(sqlite_archive)) == 2


def test_referenced_scans_stay_where_they_are(archive: Archive, tmp_path: Path) -> None:
    scan = write_scan(tmp_path / "in" / "a b%20ü.png")
    _add(archive, scan, reference=True)
    (entry,) = archive.entries()
    assert entry.original.is_reference
    assert _bytes(archive) == set()
    with archive.local_original(entry.original) as path:
        assert path == scan
    assert verify_archive(archive).faults == []
    scan.write_bytes(b"changed")
    assert [f.problem for f in verify_archive(archive).faults] == ["altered"]


def test_no_name_is_an_obstacle(sqlite_archive: Archive, tmp_path: Path) -> None:
    names = ["a[1].png", "b[page=3]", "-c.png", "d\n.png", "e%s.png"]
    for seed, name in enumerate(names):
        write_scan(tmp_path / "in" / name, seed, format="PNG")
    results = _add(sqlite_archive, tmp_path / "in")
    assert [type(result) for result in results] == [Added] * len(names)


def test_names_that_are_not_utf8_are_no_obstacle(archive: Archive, tmp_path: Path) -> None:
    scan = write_scan(tmp_path / "a.png")
    strange = Path(os.fsdecode(os.fsencode(tmp_path) + b"/b\xff.png"))
    scan.rename(strange)
    (added,) = _add(archive, strange, reference=True)
    assert isinstance(added, Added)
    (entry,) = archive.entries()
    assert entry.original.source_name.encode().decode() == "b\ufffd.png"
    with archive.open_original(entry.original) as file:
        assert file.read() == strange.read_bytes()


def test_a_scan_that_changes_meanwhile_is_refused(
    sqlite_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = write_scan(tmp_path / "a.png")
    survey = ingest.survey

    def change_and_survey(path: Path):
        looks = survey(path)
        path.write_bytes(path.read_bytes() + b"more")
        return looks

    monkeypatch.setattr(ingest, "survey", change_and_survey)
    (refused,) = _add(sqlite_archive, scan)
    assert isinstance(refused.error, FixityError)
    assert sqlite_archive.catalog.count_items() == 0
    assert _bytes(sqlite_archive) == set()


def test_a_full_disk_is_one_scans_failure(
    sqlite_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, small = write_scan(tmp_path / "a.png", 1), write_scan(tmp_path / "b.png", 2)
    put_file = sqlite_archive.originals.put_file

    def put_small(source: Path, *arguments, **options):
        if source == large:
            raise StorageFullError(source, "the disk is full", "free some space")
        return put_file(source, *arguments, **options)

    monkeypatch.setattr(sqlite_archive.originals, "put_file", put_small)
    refused, added = _add(sqlite_archive, large, small)
    assert isinstance(refused.error, StorageFullError)
    assert isinstance(added, Added)
    monkeypatch.undo()
    assert [type(r) for r in _add(sqlite_archive, large, small)] == [Added, Duplicate]


def test_an_archive_that_takes_nothing_ends_the_adding(
    sqlite_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(12):
        write_scan(tmp_path / "in" / f"{seed:02}.png", seed)
    (tmp_path / "in" / "02.png").write_bytes(b"broken")  # a file's own fault starts the count anew

    def refuse(_: object) -> None:
        raise CatalogLockedError("catalog", "is locked", "wait")

    files, _ = find_files([tmp_path / "in"])
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_archive.catalog, "add_item", refuse)
        results: list[object] = []
        with pytest.raises(CatalogLockedError):
            results.extend(add_files(sqlite_archive, files))
    assert [type(result) for result in results] == [Refused] * 8
    assert [type(result) for result in _add(sqlite_archive, tmp_path / "in")].count(Added) == 11


@pytest.mark.parametrize("damage", [lambda data: data, lambda data: data[: len(data) // 2]])
def test_copies_that_a_killed_run_left_are_taken_over_or_replaced(
    sqlite_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage
) -> None:
    scan = write_scan(tmp_path / "a.png")
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_archive.catalog, "add_item", lambda _: 1 / 0)
        (refused,) = _add(sqlite_archive, scan)
    assert isinstance(refused.error, ZeroDivisionError)
    (left,) = sqlite_archive.originals.folder.rglob("*.png")
    left.chmod(0o644)
    left.write_bytes(damage(left.read_bytes()))
    (added,) = _add(sqlite_archive, scan)
    assert isinstance(added, Added)
    assert verify_archive(sqlite_archive).faults == []


def test_stopping_early_keeps_what_was_added(sqlite_archive: Archive, tmp_path: Path) -> None:
    for seed in range(6):
        write_scan(tmp_path / "in" / f"{seed}.png", seed)
    files, _ = find_files([tmp_path / "in"])
    results = add_files(sqlite_archive, files, threads=2)
    done = [next(results), next(results)]
    results.close()
    assert sqlite_archive.catalog.count_items() == 2
    assert verify_archive(sqlite_archive).faults == []
    rest = _add(sqlite_archive, tmp_path / "in")
    assert [r.identifier for r in rest[:2]] == [r.identifier for r in done]
    assert [type(r) for r in rest] == [Duplicate] * 2 + [Added] * 4


def test_archives_inside_a_folder_are_passed_over(sqlite_archive: Archive, tmp_path: Path) -> None:
    scan = write_scan(tmp_path / "in" / "a.png")
    _add(sqlite_archive, scan)
    files, _ = find_files([tmp_path])
    assert [found.path for found in files] == [scan]


def test_the_pages_of_a_scan_are_told_and_recorded(archive: Archive, tmp_path: Path) -> None:
    scan = write_scan(tmp_path / "a.tif", save_all=True, append_images=[picture(1), picture(2)])
    (added,) = _add(archive, scan)
    assert isinstance(added, Added)
    assert added.pages == 3
    (entry,) = archive.entries()
    (identified,) = [one for one in entry.events if one.kind == "format identification"]
    assert identified.detail.endswith(", 3 pages")
