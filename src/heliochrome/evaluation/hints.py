"""Random hints with the true color: how much a few clicks help."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.evaluation.color_metrics import lab_of
from heliochrome.tasks.options import Hint

HINT_COUNTS = (0, 1, 2, 5, 10, 20, 50, 100)

_PATCH = 3  # pixels on each side of the point over which its true color is averaged


def random_hints(pixels: NDArray[np.uint8], count: int, seed: int) -> tuple[Hint, ...]:
    """Give `count` random points of a photo with the mean true chroma of 7 x 7 pixels there.

    The points for a smaller count are the first ones of a larger count, so that a curve over the
    number of points adds hints and never moves them.

    Args:
        pixels: (H, W, 3) uint8 sRGB.
        count: number of points.
        seed: the same seed gives the same points.

    """
    height, width = pixels.shape[:2]
    places = np.random.default_rng(seed).random((count, 2)) * (height, width)
    return tuple(_true_hint(pixels, int(row), int(column)) for row, column in places)


def _true_hint(pixels: NDArray[np.uint8], row: int, column: int) -> Hint:
    height, width = pixels.shape[:2]
    rows = slice(max(0, row - _PATCH), row + _PATCH + 1)
    columns = slice(max(0, column - _PATCH), column + _PATCH + 1)
    a, b = lab_of(pixels[rows, columns])[..., 1:].reshape(-1, 2).mean(axis=0)
    return Hint((column + 0.5) / width, (row + 0.5) / height, (float(a), float(b)))
