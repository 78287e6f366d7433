from __future__ import annotations

import numpy as np
import pytest
from skimage.color import rgb2lab

from heliochrome.evaluation.hints import random_hints


def test_hints_have_the_mean_true_chroma_around_them() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    lab = rgb2lab(pixels)
    for hint in random_hints(pixels, 12, seed=3):
        row, column = int(hint.y * 40), int(hint.x * 60)
        patch = lab[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4, 1:]
        np.testing.assert_allclose(hint.color, patch.reshape(-1, 2).mean(axis=0), atol=0.02)


def test_more_hints_keep_the_first_ones() -> None:
    pixels = np.full((20, 20, 3), (200, 40, 90), np.uint8)
    assert random_hints(pixels, 10, seed=7)[:4] == random_hints(pixels, 4, seed=7)


def test_seeds_move_the_points() -> None:
    pixels = np.full((20, 20, 3), (200, 40, 90), np.uint8)
    assert random_hints(pixels, 3, seed=1) == random_hints(pixels, 3, seed=1)
    assert random_hints(pixels, 3, seed=1) != random_hints(pixels, 3, seed=2)


def test_points_cover_the_photo() -> None:
    places = np.array([(h.x, h.y) for h in random_hints(np.zeros((30, 90, 3), np.uint8), 400, 1)])
    np.testing.assert_allclose(places.mean(axis=0), 0.5, atol=0.05)
    np.testing.assert_allclose(places.std(axis=0), 1 / np.sqrt(12), atol=0.03)


@pytest.mark.parametrize("count", [0, 1])
def test_single_pixel_photos_have_hints_too(count: int) -> None:
    assert len(random_hints(np.full((1, 1, 3), 90, np.uint8), count, seed=0)) == count
