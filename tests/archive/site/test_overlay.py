from __future__ import annotations

import io
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from heliochrome.archive.site.overlay import LARGEST, MARK, overlay_png


def test_marks_are_the_stronger_the_less_sure_a_color_is(tmp_path: Path) -> None:
    confidence = np.array([[0, 51], [204, 255]], np.uint8)
    Image.fromarray(confidence).save(tmp_path / "map.png")
    marks = np.asarray(Image.open(io.BytesIO(overlay_png(tmp_path / "map.png"))))
    np.testing.assert_array_equal(marks[..., 3], 255 - confidence)
    assert (marks[..., :3] == MARK).all()


def test_marks_of_a_large_map_are_small(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((300, 3 * LARGEST), np.uint8)).save(tmp_path / "map.png")
    assert Image.open(io.BytesIO(overlay_png(tmp_path / "map.png"))).size == (LARGEST, 100)


def test_the_legend_has_the_color_of_the_marks() -> None:
    sheet = files("heliochrome.archive.site").joinpath("static/site.css").read_text()
    (bar,) = re.findall(r"\.legend \.bar \{[^}]*rgb\((\d+) (\d+) (\d+)\)", sheet)
    assert tuple(map(int, bar)) == MARK
