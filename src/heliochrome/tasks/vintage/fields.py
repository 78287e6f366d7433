"""Smooth fields over a picture, computed for any rows of it and equal however it is cut.

Planes are (k, n, W) float32: k quantities on n rows. Random numbers are counter-based (Philox): a
row's numbers depend on the seed, the purpose and the row alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.image.resize import LinearSampling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Planes = NDArray[np.float32]

# From this many cells per standard deviation on, a blur works on cells of several pixels: linear
# interpolation between them then errs by less than 1 % of a Gaussian.
_CELLS_PER_SIGMA = 2.0
_REACH = 3.0  # standard deviations, where a Gaussian has fallen to 1 %
_ROW_OFFSET = 1 << 40  # rows above the picture have numbers of their own too


class Purpose(IntEnum):
    """What random numbers are for; each purpose has a stream of its own."""

    GRAIN = 1
    TEXTURE = 2
    SCREEN = 3
    MOTTLE = 4
    EDGES = 5
    DUST = 6
    HAIRS = 7
    SCRATCHES = 8
    SPOTS = 9
    OUTLINE = 10


def stream(seed: int, purpose: Purpose, row: int = 0) -> np.random.Generator:
    """Open the random numbers of a purpose and a row (negative ones too)."""
    counter = np.array([0, 0, 0, row + _ROW_OFFSET], np.uint64)
    key = np.array([seed, purpose], np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


def cell_size(sigma: float) -> int:
    """Pixels per side of the cells on which a blur of `sigma` pixels works."""
    return max(1, int(sigma / _CELLS_PER_SIGMA))


# Gives planes (k, n, w) of the cells in rows [start, stop), with `margin` more columns each side.
Fetch = Callable[[int, int, int], "Planes"]


def smooth(fetch: Fetch, rows: slice, width: int, sigma: float, *, norm: int) -> Planes:
    """Blur what `fetch` gives by a Gaussian of `sigma` pixels, on some rows of a picture.

    Args:
        fetch: gives the planes on cells of `cell_size(sigma)` pixels.
        rows: rows wanted, in pixels.
        width: of the picture, in pixels.
        sigma: in pixels; the average over the pixel itself comes on top.
        norm: 1 keeps the mean of the planes, 2 the variance of white noise.

    """
    cell = cell_size(sigma)
    kernel = _kernel(sigma / cell, norm)
    reach = len(kernel) // 2
    # One more cell on every side, between whose centers and the border's the outer pixels lie.
    first, last = rows.start // cell - 1, (rows.stop - 1) // cell + 2
    planes = fetch(first - reach, last + reach, reach + 1)
    planes = _convolve(_convolve(planes, kernel, axis=1), kernel, axis=2)
    if cell == 1:
        return planes[:, 1:-1, 1:-1]
    tall = _between_cells(planes, 1, cell, rows.start - first * cell, rows.stop - rows.start)
    return _between_cells(tall, 2, cell, cell, width)


def _kernel(sigma: float, norm: int) -> NDArray[np.float32]:
    """Give a Gaussian averaged over each cell; a single 1 where it is much narrower than one."""
    reach = max(0, math.ceil(_REACH * sigma - 0.5))
    if reach == 0:
        return np.ones(1, np.float32)
    edges = (np.arange(-reach, reach + 2) - 0.5) / (sigma * math.sqrt(2))
    weights = np.diff([math.erf(edge) for edge in edges])
    return np.asarray(weights / (weights**norm).sum() ** (1 / norm), np.float32)


def _convolve(planes: Planes, kernel: NDArray[np.float32], *, axis: int) -> Planes:
    if len(kernel) == 1:
        return planes
    count = planes.shape[axis] - len(kernel) + 1
    shifted = np.moveaxis(planes, axis, 0)
    total: Planes = kernel[0] * shifted[:count]
    for offset, weight in enumerate(kernel[1:], start=1):
        total += weight * shifted[offset : offset + count]
    return np.moveaxis(total, 0, axis)


def _between_cells(planes: Planes, axis: int, cell: int, start: int, count: int) -> Planes:
    """Interpolate linearly between cells at `count` pixels, from the pixel `start` on."""
    position = (np.arange(start, start + count) + 0.5) / cell - 0.5
    low = position.astype(np.intp)
    fraction = (position - low).astype(np.float32)
    values: Planes = planes.take(low, axis)
    step = planes.take(low + 1, axis)
    step -= values
    step *= fraction.reshape(-1, *[1] * (2 - axis))
    values += step
    return values


def white_noise(seed: int, purpose: Purpose, width: int, layers: int, sigma: float) -> Fetch:
    """Give a `fetch` of independent normal numbers, for `smooth` with this `sigma`."""
    cells = -(-width // cell_size(sigma))

    def fetch(start: int, stop: int, margin: int) -> Planes:
        noise = np.empty((layers, stop - start, cells + 2 * margin), np.float32)
        for row in range(start, stop):
            generator = stream(seed, purpose, row)
            noise[:, row - start] = generator.standard_normal(
                (layers, cells + 2 * margin), np.float32
            )
        return noise

    return fetch


class Map:
    """Small planes (k, h, w), enlarged to some rows of a picture when asked for."""

    def __init__(
        self,
        planes: Planes,
        height: int,
        width: int,
        *,
        span: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Prepare to enlarge to `height` x `width` pixels.

        Args:
            planes: (k, h, w).
            height: of the picture.
            width: of the picture.
            span: the share of the cells' extent that the picture has, down and across.

        """
        self._rows = LinearSampling(planes.shape[1], height, 1 / span[0])
        columns = LinearSampling(planes.shape[2], width, 1 / span[1])
        self._wide = columns.sample(planes, slice(None), axis=2)

    def rows(self, rows: slice) -> Planes:
        """Give the planes (k, n, W) of some rows."""
        enlarged: Planes = self._rows.sample(self._wide, rows, axis=1)
        return enlarged


def unevenness(seed: int, purpose: Purpose, height: int, width: int, cells: int) -> Map:
    """Make a smooth random field of unit variance, with `cells` cells along the long side.

    It depends on the picture's proportions, not on its number of pixels.
    """
    scale = cells / max(height, width)
    shape = tuple(max(1, round(scale * side)) for side in (height, width))
    generator = stream(seed, purpose)
    total = np.zeros((1, *(8 * side for side in shape)), np.float32)
    for octave in range(3):
        side_cells = tuple(side * 2**octave + 2 for side in shape)
        noise = generator.standard_normal((1, *side_cells), np.float32) * np.float32(0.6**octave)
        total += Map(noise, total.shape[1], total.shape[2]).rows(slice(0, total.shape[1]))
    total -= total.mean()
    total /= max(float(total.std()), 1e-6)
    return Map(total, height, width)
