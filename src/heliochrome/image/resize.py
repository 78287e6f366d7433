"""Antialiased reduction to the working size of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def resize_lightness(lightness: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Resize a lightness map (H, W) to `size` = (h, w); the value range is kept.

    Every output value is the area-weighted mean of what it covers, so that grain averages away
    and nothing rings; an axis that grows is interpolated linearly.

    Raises:
        ValueError: a side of `size` is smaller than 1.

    """
    height, width = size
    if height < 1 or width < 1:
        raise ValueError(f"size must be at least 1 x 1, got {size}")
    # Rows first: they are contiguous, and the column step then handles only `height` of them.
    rows = _resize_rows(np.asarray(lightness, np.float32), height)
    return np.ascontiguousarray(_resize_rows(rows.T, width).T)


def _resize_rows(values: NDArray[Any], count: int) -> NDArray[Any]:
    before = values.shape[0]
    if count == before:
        return values
    if count > before:
        return _interpolate_rows(values, count)
    return _average_rows(values, count)


def _average_rows(values: NDArray[Any], count: int) -> NDArray[Any]:
    """Mean of `values` over `count` equal, possibly fractional, intervals of axis 0."""
    before = values.shape[0]
    edges = np.arange(count + 1) * (before / count)
    starts = np.minimum(edges[:-1].astype(np.intp), before - 1)
    whole = np.add.reduceat(values, starts, axis=0)
    # reduceat sums the rows starts[i] .. starts[i+1]-1; the fraction of a shared row moves over.
    lead = (edges[:-1] - starts).astype(values.dtype)[:, None] * values[starts]
    tail = np.zeros_like(whole)
    tail[:-1] = lead[1:]
    return (whole - lead + tail) * values.dtype.type(count / before)


def _interpolate_rows(values: NDArray[Any], count: int) -> NDArray[Any]:
    before = values.shape[0]
    position = np.clip((np.arange(count) + 0.5) * (before / count) - 0.5, 0, before - 1)
    low = position.astype(np.intp)
    high = np.minimum(low + 1, before - 1)
    fraction = (position - low).astype(values.dtype)[:, None]
    return values[low] + fraction * (values[high] - values[low])
