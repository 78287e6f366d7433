"""Bring chroma from the grid of a network up to that of small blocks, in steps along edges."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.local_lines import Plane, Planes, enlarge, fit
from heliochrome.image.phases import STEP
from heliochrome.image.resize import resize_lightness
from heliochrome.image.strips import map_strips


def blocks_of(height: int, width: int) -> tuple[int, int]:
    """Give how many blocks of 4 x 4 pixels a picture has, those at the border begun."""
    return -(-height // STEP), -(-width // STEP)


def fit_blocks(
    lightness: Plane,
    chroma_small: NDArray[np.float32],
    extent: tuple[float, float] | None = None,
) -> Planes:
    """Fit lines of chroma over lightness to every block of 4 x 4 pixels.

    Args:
        lightness: (H, W) L*.
        chroma_small: (h, w, 2) a* and b*, on no finer a grid than the blocks.
        extent: how many rows and columns of the lightness the chroma covers, as for `reach`.

    Returns:
        A model as that of `fit`, on the grid of the blocks.

    """
    guide, grain = _block_statistics(lightness)
    return fit(reach(lightness, chroma_small, guide, extent), guide, grain)


def reach(
    full: Plane,
    chroma_small: NDArray[np.float32],
    target: Plane,
    extent: tuple[float, float] | None = None,
) -> Planes:
    """Bring chroma from its grid to that of a guide.

    Args:
        full: (H, W) L* of the whole picture.
        chroma_small: (h, w, 2) a* and b*.
        target: the guide, L*: `full` itself or the means of its blocks.
        extent: how many rows and columns of `full` the chroma covers, where it has the last ones in
            part only; all if None.

    Returns:
        (2, ...) a* and b* on the grid of `target`.

    """
    grid = _at_most(chroma_small.shape, target.shape)
    chroma = np.stack([resize_lightness(chroma_small[..., channel], grid) for channel in (0, 1)])
    span = (1.0, 1.0) if target is full else _span(extent or full.shape, target)
    if grid == target.shape and span == (1.0, 1.0):
        return chroma
    # From full size, since cells of the target straddle the chroma's: lightness mixed in other
    # proportions than the chroma would not be on a line with it.
    coarse = resize_lightness(full, grid, extent)
    guides = _reductions(target, grid)
    mean = resize_lightness(guides[0], _at_most(grid, guides[0].shape))
    for guide in guides:
        grain = resize_lightness(guide * guide, mean.shape) - mean * mean
        covered = span if guide is target else (1.0, 1.0)
        chroma = enlarge(fit(chroma, coarse, grain), guide, covered)
        coarse = mean = guide
    return chroma


def _reductions(target: Plane, grid: tuple[int, int]) -> list[Plane]:
    """Guides in steps from the grid to the target, each the means of the next."""
    guides = [target]
    for size in reversed(_sizes(grid, target.shape)[:-1]):
        guides.insert(0, resize_lightness(guides[0], _at_most(size, target.shape)))
    return guides


def _at_most(size: tuple[int, ...], limit: tuple[int, ...]) -> tuple[int, int]:
    return min(size[0], limit[0]), min(size[1], limit[1])


def _sizes(grid: tuple[int, ...], target: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Grid sizes up to the target's, each at most 4 times (rounded) the one before."""
    growth = [large / small for small, large in zip(grid, target, strict=True)]
    steps = max(1, math.ceil(math.log(max(growth), STEP) - 0.01))
    between = [
        tuple(
            round(small * factor ** (step / steps))
            for small, factor in zip(grid, growth, strict=True)
        )
        for step in range(1, steps)
    ]
    return [*between, target]


def _span(extent: tuple[float, ...], blocks: Plane) -> tuple[float, float]:
    """How much of itself the picture is to its blocks, of which those at the border are begun."""
    return extent[0] / (STEP * blocks.shape[0]), extent[1] / (STEP * blocks.shape[1])


def _block_statistics(plane: Plane) -> tuple[Plane, Plane]:
    """Means and variances of 4 x 4 blocks; border blocks repeat the last pixels."""
    height, width = plane.shape
    means = np.empty((-(-height // STEP), -(-width // STEP)), np.float32)
    variances = np.empty_like(means)

    def process(rows: slice) -> None:
        strip = _whole_cells(plane[rows])
        mean = _strip_means(strip)
        variance = _strip_means(strip * strip)
        variance -= mean * mean
        cells = slice(rows.start // STEP, rows.start // STEP + len(mean))
        means[cells], variances[cells] = mean, variance

    map_strips(process, height, width, multiple=STEP)
    return means, variances


def _whole_cells(strip: Plane) -> Plane:
    """Repeat the last rows and columns up to a multiple of 4."""
    height, width = strip.shape
    if not (height % STEP or width % STEP):
        return strip
    whole = np.empty((height + -height % STEP, width + -width % STEP), np.float32)
    whole[:height, :width] = strip
    whole[:height, width:] = strip[:, -1:]
    whole[height:] = whole[height - 1]
    return whole


def _strip_means(strip: Plane) -> Plane:
    sums = strip.reshape(-1, STEP, strip.shape[1]).sum(axis=1)
    means: Plane = sums[:, 0::STEP] + sums[:, 1::STEP]
    means += sums[:, 2::STEP]
    means += sums[:, 3::STEP]
    means *= np.float32(1 / STEP**2)
    return means
