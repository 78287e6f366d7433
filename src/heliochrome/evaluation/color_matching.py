"""Plain color matching: what a style is worth without any of its forms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Variance below which a direction of color counts as empty: a tenth of an 8-bit level's step.
_EMPTY = (0.1 / 255) ** 2

_Array = NDArray[np.float64]


def match_colors(pixels: NDArray[np.floating], style: NDArray[np.floating]) -> _Array:
    """Give `pixels` the mean and the covariance of the colors of `style`.

    The linear map that moves colors least (Pitié and Kokaram 2007, "The linear Monge-Kantorovitch
    linear colour mapping for example-based colour transfer"). A photo whose colors lie on a line
    or in a plane, as a gray one's do, stays on a line or in a plane.

    Args:
        pixels: (H, W, 3) sRGB in 0..1.
        style: (h, w, 3) sRGB in 0..1, of any size.

    Returns:
        (H, W, 3), not clipped: values may leave 0..1.

    """
    mean, covariance = _moments(pixels)
    wanted_mean, wanted = _moments(style)
    root, inverse = _roots(covariance)
    # T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2 is symmetric and has T A T = B.
    moved = inverse @ _roots(root @ wanted @ root)[0] @ inverse
    return np.asarray((pixels - mean) @ moved + wanted_mean)


def _moments(pixels: NDArray[np.floating]) -> tuple[_Array, _Array]:
    colors = pixels.reshape(-1, 3).astype(np.float64)
    return colors.mean(axis=0), np.cov(colors, rowvar=False, bias=True)


def _roots(matrix: _Array) -> tuple[_Array, _Array]:
    """Square root of a covariance, and its inverse where the covariance is not empty."""
    values, vectors = np.linalg.eigh(matrix)
    root = np.sqrt(np.maximum(values, 0))
    inverse = np.where(values > _EMPTY, 1 / np.sqrt(np.maximum(values, _EMPTY)), 0)
    return (vectors * root) @ vectors.T, (vectors * inverse) @ vectors.T
