"""Settles uncertain chroma by its surer neighbors: one thing should have one color."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH = 4  # cells to each side
NEARNESS = 1.8  # cells; standard deviation of the weight of distance
LIKENESS = 5.0  # L*; standard deviation of the weight of the difference in lightness
SURENESS = 6.0  # ab units; spreads well below this all count as sure


def settle_chroma(
    chroma: NDArray[np.float32], spread: NDArray[np.float32], lightness: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Average chroma (h, w, 2) over near cells of like lightness, surer ones weighing more.

    A network decides cell by cell, and where it is unsure it may decide differently on one saucer:
    a blotch. The weights are those of a joint bilateral filter (Petschnigg et al. 2004) on
    `lightness` (h, w), divided by the variance of each cell's prediction (`spread` squared, ab
    units), as independent measurements of one quantity are averaged. Results are within the range
    of the chroma given.
    """
    height, width = spread.shape
    pad = ((REACH, REACH), (REACH, REACH))
    certainty = np.pad(1 / (spread**2 + SURENESS**2), pad)  # 0 outside: nothing is there
    light = np.pad(lightness, pad, mode="edge")
    planes = np.pad(chroma, (*pad, (0, 0)), mode="edge")
    total = np.zeros_like(chroma)
    weights = np.zeros((height, width, 1), np.float32)
    for down in range(2 * REACH + 1):
        for across in range(2 * REACH + 1):
            rows, columns = slice(down, down + height), slice(across, across + width)
            squared = ((down - REACH) ** 2 + (across - REACH) ** 2) / NEARNESS**2
            apart = (light[rows, columns] - lightness) / LIKENESS
            weight = certainty[rows, columns] * np.exp(-0.5 * (squared + apart**2))
            total += weight[..., None] * planes[rows, columns]
            weights += weight[..., None]
    return np.asarray(total / weights, np.float32)
