"""Bring chroma to full size along the edges of the lightness, and encode as sRGB."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.color import lab_to_srgb
from heliochrome.image.resize import resize_lightness
from heliochrome.image.strips import map_strips


def apply_chroma(
    lightness: NDArray[np.float32], chroma_small: NDArray[np.float32], *, bit_depth: int
) -> NDArray[Any]:
    """Color a lightness map: (H, W) L* and (h, w, 2) a*, b* -> (H, W, 3) sRGB."""
    height, width = lightness.shape
    a, b = (resize_lightness(chroma_small[..., k], (height, width)) for k in (0, 1))
    top = 255 if bit_depth == 8 else 65535
    output = np.empty((height, width, 3), np.uint8 if bit_depth == 8 else np.uint16)

    def process(rows: slice) -> None:
        srgb = lab_to_srgb(np.stack([lightness[rows], a[rows], b[rows]], axis=-1))
        output[rows] = np.rint(np.clip(srgb, 0, 1) * top)

    map_strips(process, height, width)
    return output
