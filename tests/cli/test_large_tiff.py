from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from heliochrome.cli import colorize_batch, large_tiff
from heliochrome.image import tiff_rows
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A file that counts as large: soft shapes in gray, transparent at the top."""
    y, x = np.mgrid[:240, :180] / 40
    values = 120 + 60 * np.sin(x + y) + 20 * np.cos(2 * x)
    alpha = np.full((240, 180), 255, np.uint8)
    alpha[:50] = 0
    picture = Picture(
        np.rint(values).astype(np.uint8)[..., None], alpha, metadata=Metadata(dpi=(600, 600))
    )
    write_picture(picture, tmp_path / "scan.tif")
    return tmp_path / "scan.tif"


def test_large_files_are_colorized_row_by_row(
    colorize: Callable, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, rows = scan.with_name("whole.tif"), scan.with_name("rows.tif")
    assert colorize(scan, "-o", whole).code == 0
    monkeypatch.setattr(large_tiff, "ROW_BY_ROW", 1)
    monkeypatch.setattr(colorize_batch, "colorize", None)  # not to be used
    ended = colorize(scan, "-o", rows, "--sidecar", "--json")
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert (done["width"], done["height"]) == (180, 240)
    expected, found = read_picture(whole), read_picture(rows)
    before, after = (srgb_to_lab(picture.pixels / 255) for picture in (expected, found))
    np.testing.assert_allclose(after[..., 0], before[..., 0], atol=0.6)
    assert np.abs(after - before).mean() < 0.7
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    assert found.metadata.dpi == (600, 600)
    assert found.icc_profile == expected.icc_profile
    (record,) = read_records(found.metadata.xmp)
    assert record == json.loads(Path(f"{rows}.json").read_text())
    assert record["mean_confidence"] == done["mean_confidence"]


@pytest.mark.parametrize("options", [("--variants", "2"), ("--keep-existing",)])
def test_what_needs_the_whole_is_done_with_the_whole(
    colorize: Callable, scan: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setattr(large_tiff, "ROW_BY_ROW", 1)
    monkeypatch.setattr(colorize_batch, "plan_coloring", None)
    assert colorize(scan, "-o", scan.with_name("out"), *options).code == 0


def test_files_that_cannot_be_read_in_parts_are_read_as_a_whole(
    colorize: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_tiff, "ROW_BY_ROW", 1)
    monkeypatch.setattr(tiff_rows, "_LARGEST_SEGMENT", 100)
    monkeypatch.setattr(colorize_batch, "plan_coloring", None)
    pixels = np.full((60, 50), 90, np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pixels, compression="zlib", rowsperstrip=60)
    assert colorize(tmp_path / "a.tif", "-o", tmp_path / "out.tif").code == 0
