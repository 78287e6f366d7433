from __future__ import annotations

import numpy as np
import pytest

from heliochrome.tasks.vintage.parameters import Screen
from heliochrome.tasks.vintage.screen import FILTERS, Mosaic

WHITE = np.ones((3, 200, 240), np.float32)


def _white(pixel: float, **changes: float) -> np.ndarray:
    screen = Screen(**{"amount": 1, "size": 12, "purity": 1, **changes})
    return Mosaic(screen, width=240, pixel=pixel, seed=3).through(WHITE, slice(0, 200))


def test_the_filters_add_up_to_white() -> None:
    np.testing.assert_allclose(FILTERS.sum(axis=1), 1)


@pytest.mark.parametrize("pixel", [3.0, 13.0, 40.0, 120.0])
def test_the_mean_of_the_mosaic_is_white(pixel: float) -> None:
    np.testing.assert_allclose(_white(pixel).mean(axis=(1, 2)), 1, atol=0.05)


@pytest.mark.parametrize("pixel", [24.0, 60.0, 120.0])
def test_the_speckle_is_that_of_random_grains_and_falls_with_the_pixel(pixel: float) -> None:
    """Of n grains of three kinds, the share of a kind deviates by sqrt(2 / n), relatively."""
    grains = (pixel / 12) ** 2
    mosaic = Mosaic(Screen(amount=1, size=12, purity=1), width=240, pixel=pixel, seed=3)
    light = mosaic.through(WHITE, slice(0, 200))
    shares = np.linalg.inv(FILTERS) @ light.reshape(3, -1)
    np.testing.assert_allclose(shares.std(axis=1), np.sqrt(2 / grains), rtol=0.05)


def test_large_grains_are_patches_of_one_kind() -> None:
    light = _white(2.0)
    kinds = np.unique(np.round(light.reshape(3, -1), 3), axis=1)
    np.testing.assert_allclose(kinds, 3 * FILTERS[:, np.argsort(3 * FILTERS[0])], atol=2e-3)
    same = (light[0, :, 1:] == light[0, :, :-1]).mean()
    assert 0.7 < same < 0.97  # a grain is 6 pixels wide


@pytest.mark.parametrize("pixel", [2.0, 13.0, 60.0])
def test_rows_are_the_same_however_they_are_cut(pixel: float) -> None:
    mosaic = Mosaic(Screen(amount=1), width=240, pixel=pixel, seed=3)
    parts = [mosaic.through(WHITE[:, rows], rows) for rows in (slice(0, 61), slice(61, 200))]
    whole = mosaic.through(WHITE, slice(0, 200))
    np.testing.assert_allclose(np.concatenate(parts, axis=1), whole, atol=1e-6)


def test_purity_and_amount_fade_color_and_speckle() -> None:
    red = np.zeros((3, 100, 240), np.float32)
    red[0] = 1
    vivid, pastel = (
        Mosaic(Screen(amount=0, purity=purity), width=240, pixel=50, seed=3)
        .through(red, slice(0, 100))
        .mean(axis=(1, 2))
        for purity in (1.0, 0.4)
    )
    assert vivid[0] - vivid[2] > 0.8
    assert pastel[0] - pastel[2] < 0.4
    assert _white(50, amount=0.3).std() < 0.4 * _white(50).std()
