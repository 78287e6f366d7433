from __future__ import annotations

import math

import numpy as np
import pytest

from heliochrome.tasks.vintage.camera import blur_whole
from heliochrome.tasks.vintage.fields import (
    Map,
    Purpose,
    cell_size,
    smooth,
    stream,
    unevenness,
    white_noise,
)


def _noise(rows: slice, sigma: float, width: int = 90) -> np.ndarray:
    fetch = white_noise(5, Purpose.GRAIN, width, 2, sigma)
    return smooth(fetch, rows, width, sigma, norm=2)


@pytest.mark.parametrize("sigma", [0.05, 0.7, 3.0, 9.0])
def test_rows_are_the_same_however_they_are_cut(sigma: float) -> None:
    whole = _noise(slice(0, 70), sigma)
    assert whole.shape == (2, 70, 90)
    for cut in (1, 7, 33):
        parts = [_noise(slice(0, cut), sigma), _noise(slice(cut, 70), sigma)]
        np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.7, 3.0, 9.0])
def test_noise_keeps_unit_variance(sigma: float) -> None:
    noise = _noise(slice(0, 800), sigma, width=800)
    assert noise.std() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("sigma", [1.0, 3.5, 12.0])
def test_a_point_is_blurred_to_a_gaussian(sigma: float) -> None:
    point = np.zeros((1, 121, 121), np.float32)
    point[0, 60, 60] = 1
    blurred = blur_whole(point, sigma)[0]
    assert blurred.sum() == pytest.approx(1, abs=0.01)
    away = np.arange(121) - 60
    variance = (blurred.sum(axis=0) * away**2).sum()
    # Cells and linear interpolation add their own little width.
    assert math.sqrt(variance) == pytest.approx(sigma, rel=0.08, abs=0.1)


@pytest.mark.parametrize("sigma", [0.8, 6.0])
def test_blurring_an_even_plane_leaves_it_even(sigma: float) -> None:
    even = np.full((2, 37, 23), 0.25, np.float32)
    np.testing.assert_allclose(blur_whole(even, sigma), even, rtol=1e-5)


def test_a_map_of_few_cells_is_enlarged_smoothly() -> None:
    planes = np.array([[[0.0, 1.0]]], np.float32)
    rows = Map(planes, 4, 8).rows(slice(1, 3))
    assert rows.shape == (1, 2, 8)
    assert (np.diff(rows[0, 0]) >= 0).all()
    assert rows[0, 0, 0] == 0
    assert rows[0, 0, -1] == 1


def test_a_map_that_reaches_beyond_the_picture_is_cut() -> None:
    planes = np.arange(4, dtype=np.float32).reshape(1, 1, 4)
    full = Map(planes, 1, 8).rows(slice(0, 1))[0, 0]
    cut = Map(planes, 1, 6, span=(1.0, 0.75)).rows(slice(0, 1))[0, 0]
    np.testing.assert_allclose(cut, full[:6], atol=1e-6)


def test_unevenness_belongs_to_the_picture_and_not_to_its_pixels() -> None:
    large = unevenness(3, Purpose.MOTTLE, 300, 400, 6).rows(slice(0, 300))[0]
    small = unevenness(3, Purpose.MOTTLE, 150, 200, 6).rows(slice(0, 150))[0]
    reduced = large.reshape(150, 2, 200, 2).mean(axis=(1, 3))
    assert np.corrcoef(reduced.ravel(), small.ravel())[0, 1] > 0.99
    assert large.std() == pytest.approx(1, abs=0.2)


def test_purposes_seeds_and_rows_have_numbers_of_their_own() -> None:
    draws = {
        float(stream(seed, purpose, row).random())
        for seed in (0, 1)
        for purpose in (Purpose.GRAIN, Purpose.DUST)
        for row in (-1, 0, 1)
    }
    assert len(draws) == 12


def test_cells_grow_with_the_blur() -> None:
    assert [cell_size(sigma) for sigma in (0, 1.9, 4, 11)] == [1, 1, 2, 5]
