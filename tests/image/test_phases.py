"""Interpolation to 4 x 4 pixels per cell, and the layout of pixels by their place in a cell."""

from __future__ import annotations

import numpy as np
import pytest

from heliochrome.image.phases import cells_of, enlarge_columns, enlarge_rows, join, split
from heliochrome.image.resize import resize_lightness

RNG = np.random.default_rng(11)


@pytest.mark.parametrize("shape", [(8, 12), (4, 4), (7, 9), (1, 1), (5, 14)])
def test_joining_undoes_splitting(shape: tuple[int, int]) -> None:
    strip = RNG.uniform(0, 100, shape).astype(np.float32)
    pixels = split(strip, -(-shape[1] // 4))
    joined = np.full(shape, np.nan, np.float32)
    join(pixels, joined)
    np.testing.assert_array_equal(joined, strip)


def test_pixels_are_where_their_place_in_the_cell_says() -> None:
    strip = np.arange(8 * 12, dtype=np.float32).reshape(8, 12)
    pixels = split(strip, 3)
    # Column 2 and row 1 of the cell in row 1, column 2 of cells.
    assert pixels[2, 1, 1, 2] == strip[4 * 1 + 1, 4 * 2 + 2]


@pytest.mark.parametrize("cells", [(1, 1), (2, 5), (6, 3)])
def test_enlarging_is_linear_interpolation(cells: tuple[int, int]) -> None:
    model = RNG.uniform(-50, 50, (3, *cells)).astype(np.float32)
    shape = 4 * cells[0], 4 * cells[1]
    enlarged = np.empty((3, *shape), np.float32)
    pixels = np.empty((3, 4, 4, cells[0], cells[1] + 2), np.float32)
    for column, planes in enlarge_columns(enlarge_rows(model, slice(0, cells[0]))):
        pixels[:, column] = planes
    for plane, laid_out in zip(enlarged, pixels, strict=True):
        join(laid_out, plane)
    expected = np.stack([resize_lightness(plane, shape) for plane in model])
    np.testing.assert_allclose(enlarged, expected, atol=1e-4)


def test_some_rows_are_enlarged_as_all_are() -> None:
    model = RNG.uniform(-50, 50, (2, 9, 4)).astype(np.float32)
    whole = enlarge_rows(model, slice(0, 9))
    part = enlarge_rows(model, cells_of(slice(12, 27)))
    np.testing.assert_array_equal(part, whole[:, :, 3:7])
