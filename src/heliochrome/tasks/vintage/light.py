"""The light of a photo as the emulsion gets it: decoded, balanced, blurred and metered."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np

from heliochrome.image import icc
from heliochrome.image.color import (
    D65_WHITE,
    LINEAR_TO_XYZ,
    XYZ_TO_LINEAR,
    bradford_adaptation,
    linear_to_srgb,
    srgb_to_linear,
)
from heliochrome.tasks.options import DAYLIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.picture import Picture
    from heliochrome.tasks.vintage.parameters import Light

    Planes = NDArray[np.float32]

_TABLE_STEPS = (1 << 16) - 1
# Where daylight (CIE 15:2004, from 4000 K) takes over from the Planckian locus; their distance is
# spread over this range, so that no temperature makes a step.
_PLANCKIAN_UP_TO, _DAYLIGHT_FROM = 4000.0, 5000.0


def encoded_rows(picture: Picture, rows: slice) -> Planes:
    """Give sRGB (3, n, W) in 0..1 of some rows of a picture, whatever it is encoded in."""
    samples = picture.pixels[rows]
    # Plane by plane in memory too, which all that follows is many times faster on.
    planes = np.moveaxis(samples, -1, 0).astype(np.float32, order="C")
    if picture.bit_depth != 32:
        planes *= np.float32(1 / np.iinfo(samples.dtype).max)
    np.clip(planes, 0, 1, out=planes)
    if picture.icc_profile is not None:
        planes = _through_profile(planes, picture.icc_profile)
    return np.broadcast_to(planes, (3, *planes.shape[1:]))


def _through_profile(planes: Planes, profile: bytes) -> Planes:
    gray = len(planes) == 1
    linear = imagecodecs.cms_transform(
        planes[0] if gray else np.ascontiguousarray(np.moveaxis(planes, 0, -1)),
        profile,
        icc.linear_profile(),
        colorspace="gray" if gray else "rgb",
        outcolorspace="rgb",
        outdtype="float32",
        intent=1,  # relative colorimetric, as everywhere
    )
    planes = np.moveaxis(linear_to_srgb(np.clip(linear, 0, 1)), -1, 0)
    return np.ascontiguousarray(planes, np.float32)


def saturate(encoded: Planes, factor: float) -> Planes:
    """Scale the HSV saturation of sRGB planes (3, ...) in 0..1; hue and value stay.

    Below 1 the factor multiplies the saturation S; above, S becomes 1 - (1 - S)^factor, which
    cannot leave the gamut. Source of HSV: Smith 1978.
    """
    if factor == 1:
        return encoded
    red, green, blue = encoded
    value = np.maximum(np.maximum(red, green), blue)
    if factor < 1:
        return np.asarray(value - np.float32(factor) * (value - encoded), np.float32)
    least = np.minimum(np.minimum(red, green), blue)
    saturation = 1 - least / np.maximum(value, np.float32(1e-6))
    # A power by logarithm: numpy has a fast one of these, and a slow `**`.
    rest = np.exp(np.float32(factor) * np.log(np.maximum(1 - saturation, np.float32(1e-6))))
    scale = (1 - rest) / np.maximum(saturation, np.float32(1e-6))
    return np.asarray(value - scale * (value - encoded), np.float32)


def decode(encoded: Planes) -> Planes:
    """Decode sRGB in 0..1 to linear light, by a table of 16 bits."""
    steps = encoded * np.float32(_TABLE_STEPS)
    steps += np.float32(0.5)
    return _decoding_table().take(steps.astype(np.uint16))


def encode(linear: Planes, bit_depth: int) -> Planes:
    """Encode linear light as sRGB in 0..1: exactly for 16 bits, by a table for 8."""
    clipped = np.clip(linear, 0, 1)
    if bit_depth > 8:
        return np.asarray(linear_to_srgb(clipped), np.float32)
    clipped *= np.float32(_TABLE_STEPS)
    clipped += np.float32(0.5)
    return _encoding_table().take(clipped.astype(np.uint16))


@cache
def _decoding_table() -> NDArray[np.float32]:
    return srgb_to_linear(np.arange(_TABLE_STEPS + 1) / _TABLE_STEPS).astype(np.float32)


@cache
def _encoding_table() -> NDArray[np.float32]:
    return linear_to_srgb(np.arange(_TABLE_STEPS + 1) / _TABLE_STEPS).astype(np.float32)


def white_point(temperature: float, tint: float = 0.0) -> tuple[float, float]:
    """Chromaticity (x, y) of white light of a color temperature in kelvin.

    Daylight (CIE 15:2004) from 5000 K, the Planckian locus (the cubic fit of Kim et al. 2002,
    US 7,024,034) below 4000 K, a mixture between. `tint` moves it along the normal of the
    locus in CIE 1960 (u, v) by that much (Duv, ANSI C78.377: positive is greener).
    """
    x, y = _locus(temperature)
    if tint == 0:
        return x, y
    u, v = _to_uv(x, y)
    hotter, cooler = _to_uv(*_locus(1.01 * temperature)), _to_uv(*_locus(0.99 * temperature))
    du, dv = cooler[0] - hotter[0], cooler[1] - hotter[1]
    length = math.hypot(du, dv)
    # The locus runs to the right as light gets cooler; green lies on its upper side.
    return _from_uv(u - tint * dv / length, v + tint * du / length)


def _locus(temperature: float) -> tuple[float, float]:
    daylight, planckian = _daylight(temperature), _planckian(temperature)
    share = (temperature - _PLANCKIAN_UP_TO) / (_DAYLIGHT_FROM - _PLANCKIAN_UP_TO)
    share = min(max(share, 0.0), 1.0)
    x, y = (share * d + (1 - share) * p for d, p in zip(daylight, planckian, strict=True))
    return x, y


def _daylight(temperature: float) -> tuple[float, float]:
    m = 1000 / temperature
    if temperature <= 7000:
        x = 0.244063 + 0.09911 * m + 2.9678 * m**2 - 4.6070 * m**3
    else:
        x = 0.237040 + 0.24748 * m + 1.9018 * m**2 - 2.0064 * m**3
    return x, -3.000 * x**2 + 2.870 * x - 0.275


def _planckian(temperature: float) -> tuple[float, float]:
    m = 1000 / temperature
    if temperature <= 4000:
        x = -0.2661239 * m**3 - 0.2343589 * m**2 + 0.8776956 * m + 0.179910
    else:
        x = -3.0258469 * m**3 + 2.1070379 * m**2 + 0.2226347 * m + 0.240390
    if temperature <= 2222:
        return x, -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    if temperature <= 4000:
        return x, -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    return x, 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483


def _to_uv(x: float, y: float) -> tuple[float, float]:
    scale = -2 * x + 12 * y + 3
    return 4 * x / scale, 6 * y / scale


def _from_uv(u: float, v: float) -> tuple[float, float]:
    scale = 2 * u - 8 * v + 4
    return 3 * u / scale, 2 * v / scale


def balance_matrix(light: Light) -> NDArray[np.float64]:
    """Matrix (3, 3) from linear sRGB to linear sRGB in which white has the light's color.

    Bradford adaptation; 6504 K without tint is the identity. The luminance of white stays.
    """
    target = white_point(light.temperature, light.tint)
    source = white_point(DAYLIGHT)
    # Relative to the computed daylight, so that rounding in D65 itself leaves no cast.
    white = D65_WHITE * _xyz(*target) / _xyz(*source)
    matrix: NDArray[np.float64] = (
        XYZ_TO_LINEAR @ bradford_adaptation(D65_WHITE, white) @ LINEAR_TO_XYZ
    )
    return matrix


def _xyz(x: float, y: float) -> NDArray[np.float64]:
    return np.array([x / y, 1.0, (1 - x - y) / y])
