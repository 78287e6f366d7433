from __future__ import annotations

import pytest

from heliochrome.errors import OptionError
from heliochrome.tasks.options import ColorizeOptions, Hint


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"vividness": -0.1}, "vividness"),
        ({"vividness": 2.01}, "vividness"),
        ({"vividness": float("nan")}, "vividness"),
        ({"variants": 0}, "variants"),
        ({"variants": 17}, "variants"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**32}, "seed"),
        ({"temperature": 0.0}, "temperature"),
    ],
)
def test_values_out_of_range_are_named(values, named: str) -> None:
    with pytest.raises(OptionError, match=rf"^{named}: is .*; give a value from"):
        ColorizeOptions(**values)


def test_the_ends_of_the_ranges_are_allowed() -> None:
    ColorizeOptions(vividness=0, variants=16, seed=2**32 - 1)
    ColorizeOptions(vividness=2, variants=1, temperature=10)


@pytest.mark.parametrize("color", ["#A0b1c2", (255, 0, 128), (-128, 127), (0.5, -3.25)])
def test_three_ways_to_state_a_color(color) -> None:
    assert Hint(0.5, 0.5, color).color == color


@pytest.mark.parametrize(
    "color", ["red", "#12345", "#12345g", "1234567", "##12345", (1,), (0, 0, 256), (128.0, 0), None]
)
def test_what_is_no_color_is_refused(color) -> None:
    with pytest.raises(OptionError, match="has the color"):
        Hint(0.5, 0.5, color)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"x": 1.5}, "outside the photo"),
        ({"y": -0.1}, "negative"),
        ({"radius": float("inf")}, "infinite"),
        ({"radius": 2.0}, "outside"),
        ({"unit": "inch"}, "unit 'inch'"),
    ],
)
def test_impossible_places_are_refused(values, problem: str) -> None:
    with pytest.raises(OptionError, match=problem):
        Hint(**({"x": 0.5, "y": 0.5, "color": "#000000"} | values))
