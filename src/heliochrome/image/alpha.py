"""Transparency beside enlarging: no fringes of hidden color, no opacity out of nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Pixels to each side that colors are carried into what is transparent.
FILL_REACH = 8
# So little weight has a pixel's own hidden color: it stays where nothing visible is near.
_OWN_WEIGHT = np.float32(1e-4)
_DEVIATION = 3.0
_KERNEL = np.exp(-0.5 * (np.arange(-FILL_REACH, FILL_REACH + 1) / _DEVIATION) ** 2).astype(
    np.float32
)


def fill_transparent(
    colors: NDArray[np.float32], opacity: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Replace color that does not show by that of what shows nearby.

    What interpolates or convolves reads the color of transparent pixels too, which is often black
    and would come out as a dark fringe. Blurring premultiplied color and dividing it by blurred
    opacity (normalized convolution; Knutsson and Westin 1993) gives the color that goes on there.

    Args:
        colors: (H, W, C), not premultiplied.
        opacity: (H, W) in 0..1.

    Returns:
        (H, W, C); opaque pixels keep their color exactly, others take up the new one by what they
        lack in opacity.

    """
    share = opacity[..., None]
    near = _blurred(np.concatenate([colors * share, share], axis=2))
    carried = (near[..., :-1] + _OWN_WEIGHT * colors) / (near[..., -1:] + _OWN_WEIGHT)
    filled: NDArray[np.float32] = colors * share + carried * (1 - share)
    return filled


def _blurred(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Blur (H, W, C) by a Gaussian that is cut off at `FILL_REACH`; beyond the border is nothing.

    Not normalized: it is for ratios.
    """
    for axis in (0, 1):
        size = planes.shape[axis]
        total = np.zeros_like(planes)
        for offset, weight in zip(range(-FILL_REACH, FILL_REACH + 1), _KERNEL, strict=True):
            start, stop = max(0, -offset), min(size, size - offset)
            if start >= stop:
                continue
            target = [slice(None)] * 3
            source = [slice(None)] * 3
            target[axis] = slice(start, stop)
            source[axis] = slice(start + offset, stop + offset)
            total[tuple(target)] += weight * planes[tuple(source)]
        planes = total
    return planes


def clamp_to_neighbors(
    enlarged: NDArray[np.float32], opacity: NDArray[np.float32], scale: int
) -> NDArray[np.float32]:
    """Keep enlarged opacity (h * scale, w * scale) in the range of 3 x 3 pixels around (h, w).

    What is opaque, or transparent, all round stays so exactly; nothing rings.
    """
    low, high = (
        pick.reduce([_shifted(opacity, row, column) for row in range(3) for column in range(3)])
        for pick in (np.minimum, np.maximum)
    )
    low, high = (bound.repeat(scale, axis=0).repeat(scale, axis=1) for bound in (low, high))
    clamped: NDArray[np.float32] = np.clip(enlarged, low, high)
    return clamped


def _shifted(plane: NDArray[np.float32], row: int, column: int) -> NDArray[np.float32]:
    padded = np.pad(plane, 1, mode="edge")
    return padded[row : row + plane.shape[0], column : column + plane.shape[1]]
