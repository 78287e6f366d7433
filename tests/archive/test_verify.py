from __future__ import annotations

from pathlib import Path

import pytest
from catalog_records import add_recipe, key_of, new_derivative
from scans import write_scan

from heliochrome.archive.archive import Archive
from heliochrome.archive.ingest import add_files
from heliochrome.archive.layout import confidence_name, derivative_name, premis_name, record_name
from heliochrome.archive.verify import verify_archive
from heliochrome.archive.walk import find_files
from heliochrome.errors import ReadOnlyArchiveError


def _fill(archive: Archive, folder: Path, count: int = 3) -> list[str]:
    """Add scans, each with a derivative, and give the keys of the derivatives."""
    for seed in range(count):
        write_scan(folder / f"{seed}.png", seed)
    files, _ = find_files([folder])
    list(add_files(archive, files))
    recipe = add_recipe(archive.catalog)
    return [
        _derive(archive, original.identifier, recipe) for original in archive.catalog.originals()
    ]


def _derive(archive: Archive, identifier: str, recipe: int) -> str:
    key = key_of(identifier, "restore")
    name = derivative_name(key, ".jpg")
    digest = archive.derivatives.put_bytes(key.encode(), name)
    for beside in (premis_name(key), record_name(key), confidence_name(key)):
        archive.derivatives.put_bytes(b"{}", beside)
    archive.catalog.record_derivative(
        new_derivative(
            identifier,
            recipe,
            key,
            uri=name,
            sha256=digest.sha256,
            sha512=digest.sha512,
            size=digest.size,
            confidence_uri=confidence_name(key),
        )
    )
    return key


@pytest.mark.parametrize("threads", [1, 3])
def test_a_sound_archive_is_clean_and_the_checks_are_recorded(
    archive: Archive, tmp_path: Path, threads: int
) -> None:
    _fill(archive, tmp_path / "in")
    seen: list[str] = []
    found = verify_archive(archive, threads=threads, advance=seen.append)
    assert (found.originals, found.derivatives, found.faults) == (3, 3, [])
    assert found.bytes == sum(
        e.original.size + sum(d.size for d in e.derivatives) for e in archive.entries()
    )
    assert seen == [e.original.identifier for e in archive.entries()]
    for entry in archive.entries():
        checks = [event for event in entry.events if event.kind == "fixity check"]
        assert {event.outcome for event in checks} == {"success"}
        assert [event.derivative_key for event in checks] == [None, entry.derivatives[0].key]


def _damage_original(archive: Archive) -> Path:
    path = next(archive.originals.folder.rglob("*.png"))
    path.chmod(0o644)
    return path


def test_an_altered_original_is_found(archive: Archive, tmp_path: Path) -> None:
    _fill(archive, tmp_path / "in")
    path = _damage_original(archive)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    (fault,) = verify_archive(archive).faults
    assert (fault.problem, fault.identifier) == ("altered", path.stem[:16])
    (entry,) = archive.entries([fault.identifier])
    assert [e.outcome for e in entry.events if e.kind == "fixity check"] == ["failure", "success"]


def test_missing_and_longer_files_are_found(sqlite_archive: Archive, tmp_path: Path) -> None:
    keys = _fill(sqlite_archive, tmp_path / "in")
    gone = _damage_original(sqlite_archive)
    gone.unlink()
    folder = sqlite_archive.derivatives.folder
    longer = folder / derivative_name(keys[1], ".jpg")
    longer.write_bytes(longer.read_bytes() + b"x")
    (folder / premis_name(keys[2])).unlink()
    (folder / confidence_name(keys[2])).unlink()
    found = {
        (fault.problem, Path(fault.name).name) for fault in verify_archive(sqlite_archive).faults
    }
    assert found == {
        ("missing", gone.name),
        ("altered", longer.name),
        ("missing", f"{keys[2]}.premis.xml"),
        ("missing", f"{keys[2]}.confidence.png"),
    }


def test_files_that_nobody_recorded_are_found(archive: Archive, tmp_path: Path) -> None:
    keys = _fill(archive, tmp_path / "in")
    archive.originals.put_bytes(b"x", "ab/stray.tif")
    archive.derivatives.put_bytes(b"x", derivative_name(keys[0], ".tif"))
    archive.derivatives.put_bytes(b"x", derivative_name("ff" * 32, ".jpg"))
    found = [(fault.problem, fault.name) for fault in verify_archive(archive, patience=0).faults]
    assert found == [
        ("unknown", "ab/stray.tif"),
        *sorted(
            ("unknown", name)
            for name in (derivative_name(keys[0], ".tif"), derivative_name("ff" * 32, ".jpg"))
        ),
    ]


def test_files_that_are_being_written_are_no_fault(sqlite_archive: Archive, tmp_path: Path) -> None:
    _fill(sqlite_archive, tmp_path / "in")
    (sqlite_archive.derivatives.folder / ".half.jpg.0123.part").write_bytes(b"half")
    assert verify_archive(sqlite_archive).faults == []


def test_a_read_only_archive_is_checked_without_a_record(
    sqlite_archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise ReadOnlyArchiveError("catalog", "may not be written", "change its permissions")

    _fill(sqlite_archive, tmp_path / "in")
    monkeypatch.setattr(sqlite_archive.catalog, "record_events", refuse)
    found = verify_archive(sqlite_archive)
    assert (found.originals, found.faults, found.is_recorded) == (3, [], False)
