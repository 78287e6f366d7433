"""How far an enlarged picture is from the true one, by its luma as the literature measures it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import DataError
from heliochrome.evaluation.color_metrics import PSNR_OF_IDENTICAL

# BT.601's luma of levels 0..255, as MATLAB's rgb2ycbcr gives it: 16..235, not rounded.
_WEIGHTS = np.array([65.481, 128.553, 24.966]) / 255
_OFFSET = 16.0

_PEAK = 255.0
_WINDOW, _SIGMA = 11, 1.5
_STABILIZERS = (0.01 * _PEAK) ** 2, (0.03 * _PEAK) ** 2

Plane = NDArray[np.floating]


def luma(pixels: NDArray[np.uint8]) -> Plane:
    """Luma Y (H, W) in 16..235 of (H, W, 3) uint8 sRGB."""
    plane: Plane = pixels.astype(np.float64) @ _WEIGHTS + _OFFSET
    return plane


def psnr_luma(truth: NDArray[np.uint8], result: NDArray[np.uint8], border: int) -> float:
    """Peak signal-to-noise ratio of the luma in dB, with 255 as the peak.

    Args:
        truth: (H, W, 3) uint8.
        result: likewise.
        border: pixels that are left out on all sides.

    Returns:
        10 log10(255² / mean squared error), 100 at most.

    Raises:
        DataError: the pictures differ in size, or nothing is left of them.

    """
    first, second = _inner_luma(truth, result, border, least=1)
    mean_square = float(np.mean(np.square(first - second)))
    if mean_square == 0:
        return PSNR_OF_IDENTICAL
    return min(PSNR_OF_IDENTICAL, 10 * float(np.log10(_PEAK**2 / mean_square)))


def ssim_luma(truth: NDArray[np.uint8], result: NDArray[np.uint8], border: int) -> float:
    """Mean structural similarity of the luma (Wang et al. 2004), with their constants.

    A Gaussian window of 11 x 11 and deviation 1.5, only where it lies in the picture as a whole.

    Args:
        truth: (H, W, 3) uint8.
        result: likewise.
        border: pixels that are left out on all sides first.

    Raises:
        DataError: the pictures differ in size, or are smaller than the window.

    """
    x, y = _inner_luma(truth, result, border, least=_WINDOW)
    mean_x, mean_y = _smoothed(x), _smoothed(y)
    variance_x = _smoothed(x * x) - mean_x**2
    variance_y = _smoothed(y * y) - mean_y**2
    covariance = _smoothed(x * y) - mean_x * mean_y
    first, second = _STABILIZERS
    likeness = (2 * mean_x * mean_y + first) * (2 * covariance + second)
    scale = (mean_x**2 + mean_y**2 + first) * (variance_x + variance_y + second)
    return float(np.mean(likeness / scale))


def _smoothed(plane: Plane) -> Plane:
    """Weigh by the Gaussian window, where it fits: (H, W) to (H - 10, W - 10)."""
    offsets = np.arange(_WINDOW) - _WINDOW // 2
    weights = np.exp(-0.5 * (offsets / _SIGMA) ** 2)
    weights /= weights.sum()
    rows = np.lib.stride_tricks.sliding_window_view(plane, _WINDOW, axis=0) @ weights
    smooth: Plane = np.lib.stride_tricks.sliding_window_view(rows, _WINDOW, axis=1) @ weights
    return smooth


def _inner_luma(
    truth: NDArray[np.uint8], result: NDArray[np.uint8], border: int, least: int
) -> tuple[Plane, Plane]:
    if truth.shape != result.shape:
        raise DataError(
            "result",
            f"has shape {result.shape}, but its truth has {truth.shape}",
            "compare pictures of the same size",
        )
    height, width = (side - 2 * border for side in truth.shape[:2])
    if min(height, width) < least:
        raise DataError(
            "truth",
            f"is {truth.shape[1]} x {truth.shape[0]} pixels",
            f"give {2 * border + least} or more on each side",
        )
    inner = np.s_[border : border + height, border : border + width]
    return luma(truth[inner]), luma(result[inner])
