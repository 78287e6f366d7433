"""Change the color balance of a photo: its cast taken off, and its white made warmer or cooler."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.color import (
    D65_WHITE,
    LINEAR_TO_XYZ,
    XYZ_TO_LINEAR,
    bradford_adaptation,
    srgb_to_linear,
)
from heliochrome.image.picture import Picture
from heliochrome.image.resize import resize_lightness
from heliochrome.image.samples import from_unit, full_scale, to_srgb, to_unit
from heliochrome.image.strips import map_strips
from heliochrome.tasks.adjust_options import BalanceOptions
from heliochrome.tasks.borders import find_borders
from heliochrome.tasks.options import DAYLIGHT
from heliochrome.tasks.vintage.light import balance_matrix, decode, encode, encoded_rows
from heliochrome.tasks.vintage.parameters import Light

_WORKING_SIDE = 256  # long side in pixels at which the cast is estimated
_CLIPPED = 0.98  # linear light from which on a channel no longer tells the color
_LEAST = 1e-4  # linear light
# The cast of a photo of one color is that color: no more than this is taken off, as ratio.
_MOST_CAST = 3.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Balanced:
    """A photo with another color balance, and what was done to it.

    The picture is sRGB of the photo's size, 16 bits per sample for 16-bit and float32 photos, else
    8; alpha, container and metadata are the photo's. It is the photo in its own encoding where
    nothing changes. `cast` is the linear sRGB of what was made neutral, its mean 1.
    """

    picture: Picture
    cast: tuple[float, float, float]


def balance_color(picture: Picture, options: BalanceOptions | None = None) -> Balanced:
    """Change the color balance of a photo by Bradford adaptation; luminance of neutrals is kept.

    Raises:
        ReadError: the photo's profile does not fit it.

    """
    chosen = options or BalanceOptions()
    cast = np.ones(3)
    if chosen.auto != "none" and not picture.is_gray:
        cast = estimate_cast(picture, edges=chosen.auto == "gray-edge") ** chosen.strength
    neutral = chosen.temperature == DAYLIGHT and chosen.tint == 0
    red, green, blue = (float(value) for value in cast)
    if neutral and np.allclose(cast, 1, atol=1e-3):
        return Balanced(picture, (red, green, blue))
    matrix = balance_matrix(Light(temperature=chosen.temperature, tint=chosen.tint))
    return Balanced(_apply(picture, matrix @ neutralizing_matrix(cast)), (red, green, blue))


def estimate_cast(picture: Picture, *, edges: bool) -> Floats:
    """Estimate the color of the light of a photo: linear sRGB (3,) with a mean of 1.

    It is that of the mean (gray world, Buchsbaum 1980), or of the edges: the root mean square of
    the differences of neighbors (gray edge, van de Weijer, Gevers and Gijsenij 2007). Borders and
    what is clipped do not count.
    """
    linear = _small_linear(picture)
    told: NDArray[np.bool_] = np.all(linear < _CLIPPED, axis=2)
    if edges:
        across, down = np.diff(linear, axis=1)[:-1], np.diff(linear, axis=0)[:, :-1]
        told = told[1:, 1:] & told[:-1, 1:] & told[1:, :-1] & told[:-1, :-1]
        linear = across**2 + down**2
    if not told.any():
        return np.ones(3)
    strength = linear[told].mean(axis=0)
    strength = (np.sqrt(strength) if edges else strength) + _LEAST
    cast = np.clip(strength / strength.mean(), 1 / _MOST_CAST, _MOST_CAST)
    return np.asarray(cast / cast.mean(), np.float64)


def neutralizing_matrix(cast: Floats) -> Floats:
    """Matrix (3, 3) from linear sRGB to linear sRGB that makes a color (3,) neutral (Bradford)."""
    seen = LINEAR_TO_XYZ @ cast
    adaptation = bradford_adaptation(seen / seen[1], D65_WHITE)
    matrix: Floats = XYZ_TO_LINEAR @ adaptation @ LINEAR_TO_XYZ
    return matrix


def _small_linear(picture: Picture) -> NDArray[np.float32]:
    rows, columns = find_borders(picture).inner(picture.height, picture.width)
    pixels = picture.pixels[rows, columns]
    share = min(1.0, _WORKING_SIDE / max(pixels.shape[:2]))
    size = max(2, round(pixels.shape[0] * share)), max(2, round(pixels.shape[1] * share))
    planes = [resize_lightness(plane, size) for plane in np.moveaxis(pixels, -1, 0)]
    samples = np.stack(planes, axis=-1) / full_scale(pixels)
    return np.asarray(srgb_to_linear(to_srgb(samples, picture.icc_profile)), np.float32)


def _apply(picture: Picture, matrix: Floats) -> Picture:
    depth = 8 if picture.bit_depth == 8 else 16
    pixels = np.empty((picture.height, picture.width, 3), np.uint8 if depth == 8 else np.uint16)
    mix = matrix.astype(np.float32)

    def process(rows: slice) -> None:
        linear = decode(encoded_rows(picture, rows))
        balanced = (mix @ linear.reshape(3, -1)).reshape(linear.shape)
        pixels[rows] = from_unit(np.moveaxis(encode(balanced, depth), 0, -1), pixels.dtype)

    map_strips(process, picture.height, picture.width)
    alpha = None if picture.alpha is None else from_unit(to_unit(picture.alpha), pixels.dtype)
    return replace(picture, pixels=pixels, alpha=alpha, icc_profile=None)
