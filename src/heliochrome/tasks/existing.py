"""The color that a photo already has: what of it there is, and how it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.image.color import srgb_to_lab
from heliochrome.image.resize import resize_lightness
from heliochrome.image.samples import full_scale, to_srgb, to_unit
from heliochrome.image.strips import map_strips

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture

GRAY_BELOW = 3.0  # C*ab that scanners and JPEG leave in gray areas
COLORED_ABOVE = 9.0


def small_chroma(picture: Picture, size: tuple[int, int]) -> NDArray[np.float32]:
    """CIELAB chroma (h, w, 2) of `picture`, area-averaged to `size` = (h, w); 0 for gray ones."""
    if picture.is_gray:
        return np.zeros((*size, 2), np.float32)
    planes = [resize_lightness(picture.pixels[..., channel], size) for channel in range(3)]
    samples = np.stack(planes, axis=-1) / full_scale(picture.pixels)
    return np.asarray(srgb_to_lab(to_srgb(samples, picture.icc_profile))[..., 1:], np.float32)


def existing_share(chroma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share (h, w) in 0..1 by which existing chroma (h, w, 2) counts as color.

    0 up to C*ab 3, 1 from C*ab 9, so that grain stays gray and a clear tint counts.
    """
    strength = np.linalg.norm(chroma, axis=-1)
    share = (strength - GRAY_BELOW) / (COLORED_ABOVE - GRAY_BELOW)
    return np.asarray(np.clip(share, 0, 1), np.float32)


def blend_existing(
    colorized: NDArray[Any], picture: Picture, share: NDArray[np.float32]
) -> NDArray[Any]:
    """Lay `picture` over sRGB pixels (H, W, 3) colorized from it, by its `existing_share`.

    Both have the same luminance, so a blend of them has it too, but for a rounding of the curve.
    """
    weights = resize_lightness(share, colorized.shape[:2])[..., None]
    result = np.empty_like(colorized)
    scale = full_scale(colorized)

    def process(rows: slice) -> None:
        own = to_srgb(to_unit(picture.pixels[rows]), picture.icc_profile) * scale
        result[rows] = np.rint(colorized[rows] + weights[rows] * (own - colorized[rows]))

    map_strips(process, picture.height, picture.width)
    return result
