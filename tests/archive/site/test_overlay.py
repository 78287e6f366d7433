from __future__ import annotations

import io
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from heliochrome.archive.site.overlay import LARGEST, MARK, opacity_of, overlay_png


def test_marks_are_the_stronger_the_less_sure_a_color_is(tmp_path: Path) -> None:
    confidence = np.array([[0, 51, 204, 255]] * 4, np.uint8)
    Image.fromarray(confidence).save(tmp_path / "map.png")
    marks = np.asarray(Image.open(io.BytesIO(overlay_png(tmp_path / "map.png", (4, 4)))))
    np.testing.assert_array_equal(marks[0, :, 3], [255, round(0.64 * 255), round(0.04 * 255), 0])
    assert (marks[..., :3] == MARK).all()


def test_marks_have_the_proportions_of_the_picture_and_not_of_its_cells(tmp_path: Path) -> None:
    Image.fromarray(np.full((48, 56), 128, np.uint8)).save(tmp_path / "map.png")
    marks = Image.open(io.BytesIO(overlay_png(tmp_path / "map.png", (2 * LARGEST, LARGEST))))
    assert marks.size == (LARGEST, LARGEST // 2)


def test_the_legend_has_the_marks_opacities() -> None:
    sheet = files("heliochrome.archive.site").joinpath("static/site.css").read_text()
    bar = sheet.partition(".legend .bar {")[2].partition("}")[0]
    for found, place in re.findall(r"/ ([\d.]+)\) (\d+)%", bar):
        # From left to right confidence falls from 1 to 0.
        confidence = np.array([1 - int(place) / 100], np.float32)
        assert opacity_of(confidence)[0] == pytest.approx(float(found))
    assert len(re.findall(r"rgb\(", bar)) == 5


def test_the_legend_has_the_color_of_the_marks() -> None:
    sheet = files("heliochrome.archive.site").joinpath("static/site.css").read_text()
    bar = sheet.partition(".legend .bar {")[2].partition("}")[0]
    colors = re.findall(r"rgb\((\d+) (\d+) (\d+)", bar)
    assert {tuple(map(int, color)) for color in colors} == {MARK}
