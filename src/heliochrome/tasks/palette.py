"""The palette of a reference picture, in the form that the colorizer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CELL = 2.0  # ab units: colors are counted in cells of this width before they meet the bins


def palette_of(chroma: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.float32]:
    """Palette (Q + 2,) of chroma (…, 2): histogram over bins (Q, 2), mean C*ab / 100, and 1.

    A color is shared among the grid points around it bilinearly, as in training; colors outside
    the bins' gamut count for the nearest bin.
    """
    colors, counts = _counted(chroma.reshape(-1, 2))
    step = _grid_step(centers)
    tents = np.clip(1 - np.abs(colors[:, None] - centers) / step, 0, None).prod(axis=-1)
    outside = tents.sum(axis=1) < 1e-6
    nearest = np.linalg.norm(colors[outside, None] - centers, axis=-1).argmin(axis=1)
    tents[np.flatnonzero(outside), nearest] = 1
    shares = counts @ (tents / tents.sum(axis=1, keepdims=True))
    mean = np.linalg.norm(chroma, axis=-1).mean() / 100
    return np.concatenate([shares / shares.sum(), [mean, 1]]).astype(np.float32)


def _counted(
    chroma: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cells, counts = np.unique(np.rint(chroma / CELL).astype(np.int64), axis=0, return_counts=True)
    return cells * CELL, counts.astype(np.float64)


def _grid_step(centers: NDArray[np.float32]) -> float:
    distances = np.linalg.norm(centers - centers[0], axis=1)
    return float(distances[distances > 0].min())
