"""The guided filter: a picture as local lines of another (He, Sun and Tang 2013, TPAMI 35:6).

In every window the result is a straight line of the guide. Where the guide is flat the result is
flat, whatever the picture did there; where the guide has an edge the result has it in the same
place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]


def guided_filter(picture: Planes, guide: Planes, radius: int, regularizer: float) -> Planes:
    """Make a picture a local line of the guide.

    A value depends on what is at most 2 `radius` away. At the border, windows end with the picture.

    Args:
        picture: (H, W, C).
        guide: (H, W), full scale 1.
        radius: of the windows, 2 `radius` + 1 pixels a side; 1 or more.
        regularizer: variance of the guide, full scale 1, below which it counts as flat.

    Returns:
        (H, W, C).

    """
    mean = _window_means(guide, radius)
    variance = _variance(guide, mean, radius) + np.float32(regularizer)
    result = np.empty_like(picture)
    # One channel after the other: windows are summed in double precision.
    for channel in range(picture.shape[2]):
        plane = picture[..., channel]
        middle = _window_means(plane, radius)
        slope = (_window_means(guide * plane, radius) - mean * middle) / variance
        offset = _window_means(middle - slope * mean, radius)
        result[..., channel] = _window_means(slope, radius) * guide + offset
    return result


def busy_share(guide: Planes, radius: int, regularizer: float) -> Planes:
    """Tell how busy a picture is around every pixel: near 0 where it is flat, near 1 where not.

    It is the mean slope of the line that `guided_filter` would draw through the guide itself, and
    takes the same arguments; (H, W).
    """
    variance = _variance(guide, _window_means(guide, radius), radius)
    return _window_means(variance / (variance + np.float32(regularizer)), radius)


def _variance(plane: Planes, mean: Planes, radius: int) -> Planes:
    """Variance of a plane (H, W) in the windows around every pixel, whose means are `mean`."""
    return np.maximum(_window_means(plane * plane, radius) - mean * mean, 0)


def _window_means(plane: NDArray[np.floating], radius: int) -> Planes:
    """Means of a plane (H, W) over the windows around every pixel."""
    return _line_means(_line_means(plane, radius).T, radius).T


def _line_means(plane: NDArray[np.floating], radius: int) -> Planes:
    """Means of a plane (H, W) over rows, up to `radius` on either side of every one."""
    height = len(plane)
    sums = np.zeros((height + 1, plane.shape[1]))
    np.cumsum(plane, axis=0, dtype=np.float64, out=sums[1:])
    places = np.arange(height)
    start, stop = np.maximum(places - radius, 0), np.minimum(places + radius + 1, height)
    means: Planes = ((sums[stop] - sums[start]) / (stop - start)[:, None]).astype(np.float32)
    return means
