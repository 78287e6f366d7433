from __future__ import annotations

import numpy as np
import pytest

from fake_colorizer import BINS
from heliochrome.tasks.palette import palette_of

CENTERS = np.array(BINS, np.float32)


def test_a_color_on_a_bin_fills_that_bin() -> None:
    palette = palette_of(np.full((5, 7, 2), (40, -20), np.float32), CENTERS)
    expected = np.zeros(len(BINS) + 2)
    expected[BINS.index((40, -20))] = 1
    expected[-2:] = np.hypot(40, 20) / 100, 1
    np.testing.assert_allclose(palette, expected, atol=1e-6)


def test_a_color_between_bins_is_shared_bilinearly() -> None:
    palette = palette_of(np.full((1, 1, 2), (10, 4), np.float32), CENTERS)
    assert palette[BINS.index((0, 0))] == pytest.approx(0.5 * 0.8)
    assert palette[BINS.index((20, 20))] == pytest.approx(0.5 * 0.2)
    assert palette[:-2].sum() == pytest.approx(1)


def test_a_color_outside_the_bins_counts_for_the_nearest() -> None:
    palette = palette_of(np.full((1, 1, 2), (120, 3), np.float32), CENTERS)
    assert palette[BINS.index((60, 0))] == pytest.approx(1)


def test_shares_are_areas() -> None:
    chroma = np.zeros((10, 10, 2), np.float32)
    chroma[:3] = (60, 60)
    palette = palette_of(chroma, CENTERS)
    assert palette[BINS.index((60, 60))] == pytest.approx(0.3)
    assert palette[BINS.index((0, 0))] == pytest.approx(0.7)
    assert palette[-2] == pytest.approx(0.3 * np.hypot(60, 60) / 100)
