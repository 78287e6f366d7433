from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from cli_photos import write_photo

from dicom_files import shipped, write_image
from fake_upscaler import write_fake_upscaler


@pytest.fixture
def upscale(run: Callable, tmp_path: Path) -> Callable:
    network = write_fake_upscaler(tmp_path, "two", scale=2)

    def run_upscale(*arguments: str | Path) -> object:
        return run("upscale", *arguments, "--model", network)

    return run_upscale


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A CT scan under a name that does not tell what it is."""
    return Path(shutil.copy(shipped("CT_small.dcm"), tmp_path / "IM000017"))


def test_a_scan_becomes_a_derived_one(upscale: Callable, scan: Path) -> None:
    before = scan.read_bytes()
    output = scan.with_name("out.dcm")
    ended = upscale(scan, "-o", output, "--sidecar", "--json")
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert (done["width"], done["height"], done["frames"]) == (256, 256, 1)
    assert done["outputs"] == [str(output)]
    found, source = pydicom.dcmread(output), pydicom.dcmread(scan)
    assert done["sop_instance_uid"] == found.SOPInstanceUID != source.SOPInstanceUID
    assert found.pixel_array.shape == (256, 256)
    assert found.pixel_array.dtype == np.int16
    np.testing.assert_allclose(found.PixelSpacing, np.array(source.PixelSpacing, float) / 2)
    assert found.ImageType[:2] == ["DERIVED", "SECONDARY"]
    assert "not for diagnosis" in found.DerivationDescription.lower()
    assert found.PatientID == source.PatientID
    record = json.loads(Path(f"{output}.json").read_text())
    assert record["input_sha256"] == hashlib.sha256(before).hexdigest()
    assert record["model"]["sha256"] in found.DerivationDescription
    assert scan.read_bytes() == before


def test_the_same_scan_gives_the_same_file(upscale: Callable, scan: Path) -> None:
    first, second = scan.with_name("a.dcm"), scan.with_name("b.dcm")
    assert upscale(scan, "-o", first).code == 0
    assert upscale(scan, "-o", second, "--tile", "64").code == 0
    assert first.read_bytes() == second.read_bytes()


def test_folders_may_hold_scans_and_photos(upscale: Callable, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_photo(folder / "photo.png")
    shutil.copy(shipped("MR_small_RLE.dcm"), folder / "scan.dcm")
    shutil.copy(shipped("examples_rgb_color.dcm"), folder / "color.dcm")
    (folder / "liar.dcm").write_bytes((folder / "photo.png").read_bytes())
    ended = upscale(folder, "-r", "-o", tmp_path / "out")
    assert ended.code == 1
    assert "2 of 4 photos done" in ended.err
    assert "color.dcm: is a DICOM image in color" in ended.err
    assert "liar.dcm" in ended.err
    found = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert found == ["photo.png", "scan.dcm"]
    assert pydicom.dcmread(tmp_path / "out" / "scan.dcm").Rows == 128


def test_names_without_a_suffix_get_one(upscale: Callable, scan: Path, tmp_path: Path) -> None:
    assert upscale(scan, "-o", tmp_path / "out").code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["IM000017.dcm"]


@pytest.mark.parametrize(
    ("name", "options", "named"),
    [
        ("out.png", (), "is no DICOM file's name"),
        ("out", ("--format", "tiff"), "is no DICOM file's name"),
        ("out.dcm", ("--color",), "is a DICOM image; leave out --color"),
    ],
)
def test_a_scan_stays_one(
    upscale: Callable, scan: Path, name: str, options: tuple[str, ...], named: str
) -> None:
    ended = upscale(scan, "-o", scan.with_name(name), *options)
    assert ended.code == 2
    assert named in ended.err
    assert not scan.with_name(name).exists()


def test_a_photo_becomes_no_scan(upscale: Callable, photo: Path) -> None:
    ended = upscale(photo, "-o", photo.with_name("out.dcm"))
    assert ended.code == 2
    assert "is a DICOM file's name" in ended.err


@pytest.mark.parametrize("content", [bytes(128) + b"DICM", bytes(128) + b"DICM" + b"\xff" * 500])
def test_broken_scans_are_typed_errors(upscale: Callable, tmp_path: Path, content: bytes) -> None:
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(content)
    ended = upscale(bad, "-o", tmp_path / "out.dcm")
    assert ended.code == 2
    assert f"Error: {bad}: " in ended.err
    assert "internal error" not in ended.err


def test_results_are_not_overwritten(upscale: Callable, scan: Path) -> None:
    output = scan.with_name("out.dcm")
    output.write_text("precious")
    assert upscale(scan, "-o", output).code == 2
    assert output.read_text() == "precious"
    assert upscale(scan, "-o", output, "--overwrite").code == 0
    content = scan.read_bytes()
    assert upscale(output, "-o", output, "--overwrite").code == 2
    assert scan.read_bytes() == content


def test_the_missing_extra_is_named(
    upscale: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = write_image(tmp_path / "scan.dcm", np.zeros((9, 9), np.uint8))
    for name in [name for name in sys.modules if name.split(".")[0] == "pydicom"]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name.startswith("heliochrome.image.dicom.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("heliochrome.cli.upscale_dicom", "heliochrome.tasks.upscale_dicom"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    ended = upscale(scan, "-o", tmp_path / "out.dcm")
    assert ended.code == 2
    assert "pip install 'heliochrome[dicom]'" in ended.err
