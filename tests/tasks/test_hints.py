from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from heliochrome.errors import OptionError, ReadError
from heliochrome.tasks.hints import (
    hint_ab,
    influence,
    load_hints,
    obey_hints,
    place_hints,
    rasterize,
)
from heliochrome.tasks.options import Hint


def _file(folder: Path, content: object) -> Path:
    path = folder / "hints.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_file_gives_its_hints_with_the_nearest_unit(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        {
            "unit": "pixel",
            "hints": [
                {"x": 10, "y": 20, "color": "#ff0000", "radius": 4},
                {"x": 0.25, "y": 0.5, "color": [20, -30], "unit": "relative"},
                {"x": 1, "y": 2, "color": [1, 2, 3]},
            ],
        },
    )
    assert load_hints(path) == (
        Hint(10, 20, "#ff0000", 4, "pixel"),
        Hint(0.25, 0.5, (20, -30), None, "relative"),
        Hint(1, 2, (1, 2, 3), None, "pixel"),
    )


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "the file"),
        ("[1, 2]", "the file"),
        ({"hints": [{"x": 0.5, "y": 0.5}]}, "hints.0.color"),
        ({"hints": [{"x": "left", "y": 0.5, "color": "#000000"}]}, "hints.0.x"),
        ({"hints": [], "unit": "inch"}, "unit"),
        ({"points": []}, "hints"),
        ({"hints": [{"x": 0.5, "y": 0.5, "color": "blue"}]}, r"hint at \(0.5, 0.5\)"),
        ({"hints": [{"x": 5, "y": 0.5, "color": "#000000"}]}, "outside the photo"),
    ],
)
def test_faults_of_a_file_name_file_and_place(tmp_path: Path, content, named: str) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(OptionError, match=named) as caught:
        load_hints(path)
    assert caught.value.subject == str(path)


def test_a_missing_file_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        load_hints(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ("#ff0000", (80.09, 67.20)),  # sRGB red: Lab 53.24, 80.09, 67.20 (D65)
        ((0, 0, 255), (79.19, -107.86)),  # sRGB blue: Lab 32.30, 79.19, -107.86
        ("#808080", (0, 0)),
        ((12.5, -7), (12.5, -7)),
    ],
)
def test_colors_become_cielab_chroma(color, expected: tuple[float, float]) -> None:
    assert hint_ab(Hint(0, 0, color)) == pytest.approx(expected, abs=0.05)


def test_units_agree_on_the_place() -> None:
    pixel = place_hints((Hint(50, 20, (1, 2), 10, "pixel"),), (100, 200))
    relative = place_hints((Hint(0.2525, 0.205, (1, 2), 0.05),), (100, 200))
    np.testing.assert_allclose(pixel, relative)


def test_a_hint_beyond_the_photo_is_refused() -> None:
    with pytest.raises(OptionError, match="outside the photo of 200 x 100 pixels"):
        place_hints((Hint(150, 100, (1, 2), unit="pixel"),), (100, 200))


def test_discs_have_their_area_and_later_ones_lie_on_top() -> None:
    placed = place_hints((Hint(0.5, 0.5, (10, 20), 0.25), Hint(0.5, 0.5, (-5, 5), 0.05)), (64, 64))
    ab, mask = rasterize(placed, (64, 64))
    assert mask.sum() == pytest.approx(np.pi * 16**2, rel=0.02)
    assert ab[:, 32, 32].tolist() == [-5, 5]
    assert ab[:, 32, 42].tolist() == [10, 20]
    assert not ab[:, mask[0] == 0].any()


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 1), (0.999, 0)])
def test_a_hint_of_no_radius_still_marks_its_pixel(x: float, y: float) -> None:
    _, mask = rasterize(place_hints((Hint(x, y, (1, 1), 0.0),), (30, 40)), (30, 40))
    assert mask.sum() == 1
    assert mask[0, min(int(y * 30), 29), min(int(x * 40), 39)] == 1


def test_influence_stops_at_an_edge_of_lightness() -> None:
    lightness = np.full((32, 32), 30, np.float32)
    lightness[:, 16:] = 80
    weights = influence(place_hints((Hint(12.5, 16.5, (1, 1), 4, "pixel"),), (32, 32)), lightness)
    assert weights[0, 16, 13] == 1
    assert weights[0, 16, 9] > 0.6
    assert weights[0, 16, 17] < 0.001  # 50 L* away: exp(-0.5 (50 / 12)^2) = 0.0002
    assert weights[0, 31, 0] < 0.01


def test_each_hint_gets_its_color_even_beside_another() -> None:
    hints = (Hint(0.3, 0.5, (40, 0), 0.05), Hint(0.5, 0.5, (-40, 20), 0.05))
    placed = place_hints(hints, (40, 40))
    weights = influence(placed, np.full((40, 40), 50, np.float32))
    chroma = obey_hints(np.zeros((40, 40, 2), np.float32), placed, weights)
    np.testing.assert_allclose(chroma[20, 12], (40, 0), atol=0.3)
    np.testing.assert_allclose(chroma[20, 20], (-40, 20), atol=0.3)
    assert np.abs(chroma).max() <= 40.01
    assert np.abs(chroma[0, 39]).max() < 0.1


def test_without_hints_nothing_changes() -> None:
    chroma = np.ones((3, 4, 2), np.float32)
    placed = place_hints((), (3, 4))
    weights = influence(placed, np.zeros((3, 4), np.float32))
    assert obey_hints(chroma, placed, weights) is chroma
