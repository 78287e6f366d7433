"""What is told of a picture, and what of it holds."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_entries import DERIVED, ORIGINAL, RECORD

from fake_authority import Files, write_identity
from heliochrome.archive.provenance.c2pa import sign_picture
from heliochrome.archive.provenance.identity import load_identity
from heliochrome.archive.provenance.manifest import Source
from heliochrome.archive.provenance.picture_report import read_report
from heliochrome.archive.provenance.premis import premis_document
from heliochrome.archive.provenance.wording import COLOR_NOTE
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture

SUFFIXES = (".jpg", ".png", ".tif", ".webp", ".avif", ".jp2")


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "scan.tif"
    write_picture(Picture(noise(1)), path)
    return path


@pytest.fixture
def record(scan: Path) -> dict[str, Any]:
    return {**RECORD, "input_sha256": hashlib.sha256(scan.read_bytes()).hexdigest()}


@pytest.fixture
def derived(tmp_path: Path, record: dict[str, Any]) -> Path:
    return write_derived(tmp_path / "derived.png", record)


def noise(channels: int = 3) -> Any:
    return np.random.default_rng(1).integers(0, 255, (24, 36, channels), np.uint8)


def write_derived(path: Path, record: dict[str, Any]) -> Path:
    provenance = Provenance("compositeWithTrainedAlgorithmicMedia", record)
    write_picture(Picture(noise()), path, provenance=provenance)
    return path


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_container_is_told(suffix: str, record: dict[str, Any], tmp_path: Path) -> None:
    path = write_derived(tmp_path / f"derived{suffix}", record)
    report = read_report(path)
    assert (report.width, report.height) == (36, 24)
    assert report.records == (record,)
    assert report.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert report.source_type is not None
    assert report.source_type.endswith("/compositeWithTrainedAlgorithmicMedia")
    assert report.notes() == (COLOR_NOTE,)
    assert list(report.contradictions()) == []


def test_a_picture_of_others_has_no_record(scan: Path) -> None:
    report = read_report(scan)
    assert (report.records, report.source_type, report.notes()) == ((), None, ())
    assert (report.record_beside, report.premis_beside) == (None, None)
    assert list(report.contradictions()) == []


def test_the_original_is_known_by_its_bytes(derived: Path, scan: Path, tmp_path: Path) -> None:
    assert read_report(derived, original=scan).is_from_original is True
    other = tmp_path / "other.tif"
    other.write_bytes(scan.read_bytes() + b"\0")
    report = read_report(derived, original=other)
    assert report.is_from_original is False
    assert len(list(report.contradictions())) == 1
    assert read_report(scan, original=scan).is_from_original is None


@pytest.mark.parametrize("name", ["derived.png.json", "derived.json"])
def test_a_record_beside_agrees_or_not(
    name: str, derived: Path, record: dict[str, Any], tmp_path: Path
) -> None:
    beside = tmp_path / name
    beside.write_text(json.dumps(record))
    found = read_report(derived).record_beside
    assert found is not None
    assert (found.path, found.agrees) == (beside, True)
    beside.write_text(json.dumps({**record, "heliochrome_version": "9"}))
    report = read_report(derived)
    assert report.record_beside is not None
    assert report.record_beside.agrees is False
    assert [name in said for said in report.contradictions()] == [True]


def test_an_archive_keeps_the_record_with_more_around_it(
    derived: Path, record: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "derived.json").write_text(json.dumps({"format": 1, "provenance": record}))
    found = read_report(derived).record_beside
    assert found is not None
    assert found.agrees is True


@pytest.mark.parametrize("content", ['{"hints": []}', "not json", "[" * 100_000, "5"])
def test_other_json_beside_is_no_record(content: str, derived: Path, tmp_path: Path) -> None:
    (tmp_path / "derived.json").write_text(content)
    assert read_report(derived).record_beside is None


def write_premis(derived: Path) -> Path:
    sha256 = hashlib.sha256(derived.read_bytes()).hexdigest()
    path = derived.with_name("derived.premis.xml")
    path.write_bytes(premis_document(ORIGINAL, replace(DERIVED, sha256=sha256), ()))
    return path


def test_the_premis_record_knows_the_file_until_a_byte_changes(derived: Path) -> None:
    path = write_premis(derived)
    report = read_report(derived)
    assert report.premis_beside is not None
    assert report.premis_beside.agrees is True
    changed = read_picture(derived)
    changed.pixels[0, 0, 0] ^= 1
    write_picture(changed, derived, overwrite=True)
    again = read_report(derived)
    assert again.premis_beside is not None
    assert again.premis_beside.agrees is False
    assert any(path.name in said for said in again.contradictions())


def test_a_premis_record_that_cannot_be_read_is_told(derived: Path) -> None:
    write_premis(derived).write_text("<premis")
    report = read_report(derived)
    assert report.premis_beside is not None
    assert report.premis_beside.agrees is None
    assert any("cannot be read" in said for said in report.contradictions())


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return write_identity(tmp_path / "authority")


@pytest.fixture
def sign(derived: Path, scan: Path, record: dict[str, Any], files: Files) -> Callable[..., Path]:
    def sign_with(claimed: dict[str, Any] = record) -> Path:
        source = Source("scan.tif", "image/tiff", record["input_sha256"], scan)
        signed = derived.with_name("derived.c2pa.png")
        identity = load_identity(files.chain, files.key)
        sign_picture(derived, "image/png", signed, record=claimed, source=source, identity=identity)
        return signed

    return sign_with


def test_a_signed_copy_is_told_with_its_signer(sign: Callable[..., Path], files: Files) -> None:
    signed = sign()
    write_premis(signed.with_name("derived.png"))
    report = read_report(signed, anchors=files.anchors.read_text())
    assert report.credentials is not None
    assert report.credentials.state == "trusted"
    # The PREMIS record is of the unsigned file, and nobody says otherwise.
    assert report.premis_beside is not None
    assert report.premis_beside.agrees is False
    assert list(report.contradictions()) == []


def test_changed_credentials_do_not_hold(sign: Callable[..., Path]) -> None:
    signed = sign()
    signed.write_bytes(signed.read_bytes().replace(b"c2pa.resized", b"c2pa.cropped"))
    assert list(read_report(signed).contradictions()) == ["the Content Credentials do not hold"]


def test_another_record_in_the_credentials_is_noticed(
    sign: Callable[..., Path], record: dict[str, Any]
) -> None:
    signed = sign({**record, "steps": []})
    (said,) = read_report(signed).contradictions()
    assert "not the one in the XMP" in said


def test_without_the_library_credentials_are_not_looked_for(
    derived: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "heliochrome.archive.provenance.c2pa")
    monkeypatch.setitem(sys.modules, "c2pa", None)
    report = read_report(derived)
    assert (report.credentials, report.credentials_checked) == (None, False)
