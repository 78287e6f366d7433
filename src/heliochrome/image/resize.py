"""Antialiased reduction to the working size of a network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.strips import map_strips


def resize_lightness(
    lightness: NDArray[np.float32],
    size: tuple[int, int],
    extent: tuple[float, float] | None = None,
) -> NDArray[np.float32]:
    """Resize a lightness map (H, W) to `size` = (h, w); the value range is kept.

    Every output value is the area-weighted mean of what it covers, so that grain averages away
    and nothing rings; an axis that grows is interpolated linearly.

    Args:
        lightness: the map.
        size: height and width wanted.
        extent: how many of the map's rows and columns there are, where the last ones are there in
            part only; all if None.

    Raises:
        ValueError: a side of `size` is smaller than 1.

    """
    height, width = size
    map_rows, map_columns = extent or lightness.shape
    if height < 1 or width < 1:
        raise ValueError(f"size must be at least 1 x 1, got {size}")
    # Rows first: they are contiguous, and the column step then handles only `height` of them.
    rows = _resize_rows(np.asarray(lightness, np.float32), height, map_rows)
    return np.ascontiguousarray(_resize_rows(np.ascontiguousarray(rows.T), width, map_columns).T)


def _resize_rows(values: NDArray[Any], count: int, extent: float) -> NDArray[Any]:
    before = values.shape[0]
    if count == extent:
        return values
    if count > before:
        return LinearSampling(before, count, before / extent).sample(values, slice(None), axis=0)
    return _average_rows(values, count, extent)


def _average_rows(values: NDArray[Any], count: int, extent: float) -> NDArray[Any]:
    """Mean of `values` over `count` equal, possibly fractional, intervals of axis 0."""
    before = values.shape[0]
    edges = np.arange(count + 1) * (extent / count)
    starts = np.minimum(edges[:-1].astype(np.intp), before - 1)
    ends = np.append(starts[1:], before)
    means = np.empty((count, *values.shape[1:]), values.dtype)

    def process(rows: slice) -> None:
        # One sum per interval: add.reduceat, made for this, takes five times as long.
        for index in range(rows.start, rows.stop):
            values[starts[index] : ends[index]].sum(axis=0, out=means[index])

    map_strips(process, count, values.size // count)
    # These are sums of whole rows; the fraction of a shared row moves over.
    lead = (edges[:-1] - starts).astype(values.dtype)[:, None] * values[starts]
    means -= lead
    means[:-1] += lead[1:]
    means[-1] -= values.dtype.type(before - extent) * values[-1]
    means *= values.dtype.type(count / extent)
    return means


class LinearSampling:
    """Linear interpolation between cell centers along one axis, the ends held constant."""

    def __init__(self, before: int, after: int, span: float = 1.0) -> None:
        """Prepare to go from `before` to `after` cells, `before` of them covered by `span`.

        Args:
            before: number of cells there are.
            after: number of cells wanted.
            span: the share of the wanted cells' extent that the given ones have.

        """
        step = before / (after * span)
        position = np.clip((np.arange(after) + 0.5) * step - 0.5, 0, before - 1)
        self._low = position.astype(np.intp)
        self._high = np.minimum(self._low + 1, before - 1)
        self._fraction = (position - self._low).astype(np.float32)

    def sample(self, values: NDArray[Any], wanted: slice, *, axis: int) -> NDArray[Any]:
        """Interpolate float32 values along an axis, at the wanted ones of the new cells."""
        low: NDArray[Any] = values.take(self._low[wanted], axis)
        step = values.take(self._high[wanted], axis)
        step -= low
        step *= self._fraction[wanted].reshape(-1, *[1] * (values.ndim - 1 - axis))
        low += step
        return low
