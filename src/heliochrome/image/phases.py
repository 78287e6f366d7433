"""Linear interpolation to 4 x 4 pixels per cell, in arrays that hold one place of every cell.

Interpolation weights are then one number for a whole array. Pixels are laid out as (column in the
cell, row in the cell, row of cells, column of cells), with two columns of cells more, which mean
nothing: so every neighbor is at a constant distance in memory, and all is done on arrays without
gaps, on which numpy is twice as fast.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEP = 4
# Columns that mean nothing.
EXCESS = 2
# Between cell centers, pixels are 1, 3, 5 and 7 eighths of the way.
_EIGHTH = np.float32(1 / (2 * STEP))

Planes = NDArray[np.float32]


def cells_of(rows: slice) -> slice:
    """Give the rows of cells that rows of pixels lie in; these begin with a whole cell."""
    return slice(rows.start // STEP, -(-rows.stop // STEP))


def split(strip: Planes, columns: int) -> Planes:
    """Lay out pixels (n, W) as (4, 4, n / 4, columns + 2), with zeros where there are none."""
    cells = -(-strip.shape[0] // STEP)
    pixels = np.zeros((STEP, STEP, cells, columns + EXCESS), np.float32)
    for column, row in np.ndindex(STEP, STEP):
        part = strip[row::STEP, column::STEP]
        pixels[column, row, : part.shape[0], : part.shape[1]] = part
    return pixels


def join(pixels: NDArray[Any], output: NDArray[Any]) -> None:
    """Undo `split`, into pixels (n, W) of any type."""
    for column, row in np.ndindex(STEP, STEP):
        part = output[row::STEP, column::STEP]
        part[...] = pixels[column, row, : part.shape[0], : part.shape[1]]


def enlarge_rows(model: Planes, cells: slice) -> Planes:
    """Interpolate some rows of cells of planes (k, h, w) to 4 rows each.

    Returns:
        (k, 4, n, w + 2), n being the number of the rows of cells: row in the cell, and border
        columns on either side of the cells.

    """
    near = with_border(model, cells, 1)
    tall = np.empty((len(near), STEP, near.shape[1] - 2, near.shape[2]), np.float32)
    for plane, rows in zip(near, tall, strict=True):
        step = plane[1:] - plane[:-1]
        step *= _EIGHTH
        np.subtract(plane[1:-1], step[:-1], out=rows[1])
        np.add(plane[1:-1], step[1:], out=rows[2])
        step += step
        np.subtract(rows[1], step[:-1], out=rows[0])
        np.add(rows[2], step[1:], out=rows[3])
    return tall


def enlarge_columns(tall: Planes) -> Iterator[tuple[int, Planes]]:
    """Interpolate what `enlarge_rows` gave to 4 columns per cell, one place in the cells at a time.

    Yields:
        The column in the cell, and (k, 4, n, w + 2), to be used and changed before the next.

    """
    flat = tall.reshape(-1)
    step = flat[1:] - flat[:-1]
    step *= _EIGHTH
    twice = step + step
    for inner, outer, side, move in (
        (1, 0, slice(0, -1), np.subtract),
        (2, 3, slice(1, None), np.add),
    ):
        near = _moved(tall.shape, move, flat[1:-1], step[side])
        far = _moved(tall.shape, move, near.reshape(-1)[:-EXCESS], twice[side])
        yield inner, near
        yield outer, far


def _moved(shape: tuple[int, ...], move: np.ufunc, start: Planes, distance: Planes) -> Planes:
    moved = np.empty(shape, np.float32)
    flat = moved.reshape(-1)
    move(start, distance, out=flat[:-EXCESS])
    flat[-EXCESS:] = 0
    return moved


def with_border(planes: Planes, rows: slice, cells: int) -> Planes:
    """Give rows of (..., h, w) with more cells on every side, repeated at the picture's border."""
    height, width = planes.shape[-2:]
    picked = np.clip(np.arange(rows.start - cells, rows.stop + cells), 0, height - 1)
    wide = np.empty((*planes.shape[:-2], len(picked), width + 2 * cells), np.float32)
    wide[..., cells : cells + width] = planes.take(picked, axis=-2)
    wide[..., :cells] = wide[..., cells : cells + 1]
    wide[..., cells + width :] = wide[..., cells + width - 1 : cells + width]
    return wide
