"""Color spaces as pure functions on arrays whose last axis holds the three components.

Every function takes and returns floating point (float32 stays float32, all else becomes
float64), never modifies its input, and does not clip: values outside a gamut survive the round
trip. sRGB is in [0, 1], XYZ has Y = 1 for white, L* is in [0, 100], a* and b* are in the same
units as L*, hue is in [0, 1). XYZ and Lab are relative to D65 as sRGB defines it, CIE 1931 2
degree observer.

Sources: IEC 61966-2-1:1999 (sRGB), CIE 15:2004 (Lab, Delta E 1976), Lindbloom's Bradford matrix,
Sharma, Wu, Dalal 2005 (CIEDE2000), Smith 1978 (HSV), Hasler and Suesstrunk 2003 (colorfulness).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating[Any]]

D65_WHITE = np.array([0.95047, 1.0, 1.08883])
D50_WHITE = np.array([0.96422, 1.0, 0.82521])

# The primaries of BT.709 with that white, solved and given to 7 digits (Lindbloom), so that
# linear (1, 1, 1) is the white above to 1e-7.
LINEAR_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
XYZ_TO_LINEAR = np.linalg.inv(LINEAR_TO_XYZ)
LUMINANCE_WEIGHTS = LINEAR_TO_XYZ[1]

BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)

# CIE 15:2004 gives these as exact fractions; rounded constants leave a step at the join.
LAB_EPSILON = 216 / 24389
LAB_KAPPA = 24389 / 27


def _as_float(values: ArrayLike) -> Floats:
    array = np.asarray(values)
    if array.dtype == np.float32:
        return array
    return array.astype(np.float64)


def srgb_to_linear(srgb: ArrayLike) -> Floats:
    """Decode sRGB values to linear light (any shape, [0, 1]; odd-symmetric below 0)."""
    v = _as_float(srgb)
    magnitude = np.abs(v)
    curve = ((magnitude + 0.055) / 1.055) ** 2.4
    return np.where(magnitude <= 0.04045, v / 12.92, np.copysign(curve, v)).astype(v.dtype)


def linear_to_srgb(linear: ArrayLike) -> Floats:
    """Encode linear light as sRGB values (any shape, [0, 1]; odd-symmetric below 0)."""
    v = _as_float(linear)
    magnitude = np.abs(v)
    curve = 1.055 * magnitude ** (1 / 2.4) - 0.055
    return np.where(magnitude <= 0.0031308, v * 12.92, np.copysign(curve, v)).astype(v.dtype)


def _apply_matrix(values: ArrayLike, matrix: Floats) -> Floats:
    v = _as_float(values)
    return v @ matrix.T.astype(v.dtype)


def linear_to_xyz(linear: ArrayLike) -> Floats:
    """Convert linear sRGB light (..., 3) to XYZ relative to D65."""
    return _apply_matrix(linear, LINEAR_TO_XYZ)


def xyz_to_linear(xyz: ArrayLike) -> Floats:
    """Convert XYZ relative to D65 (..., 3) to linear sRGB light."""
    return _apply_matrix(xyz, XYZ_TO_LINEAR)


def luminance_to_lightness(luminance: ArrayLike) -> Floats:
    """Convert relative luminance Y (any shape, white = 1) to L* in [0, 100] (CIE 15:2004)."""
    return 116 * _lab_curve(_as_float(luminance)) - 16


def lightness_to_luminance(lightness: ArrayLike) -> Floats:
    """Convert L* (any shape, [0, 100]) to relative luminance Y (white = 1)."""
    return _lab_curve_inverse((_as_float(lightness) + 16) / 116)


def _lab_curve(t: Floats) -> Floats:
    return np.where(t > LAB_EPSILON, np.cbrt(t), (LAB_KAPPA * t + 16) / 116).astype(t.dtype)


def _lab_curve_inverse(f: Floats) -> Floats:
    threshold = LAB_EPSILON ** (1 / 3)
    return np.where(f > threshold, f**3, (116 * f - 16) / LAB_KAPPA).astype(f.dtype)


def xyz_to_lab(xyz: ArrayLike) -> Floats:
    """Convert XYZ relative to D65 (..., 3) to CIE Lab."""
    v = _as_float(xyz)
    f = _lab_curve(v / D65_WHITE.astype(v.dtype))
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def lab_to_xyz(lab: ArrayLike) -> Floats:
    """Convert CIE Lab (..., 3) to XYZ relative to D65."""
    v = _as_float(lab)
    y = (v[..., 0] + 16) / 116
    f = np.stack([y + v[..., 1] / 500, y, y - v[..., 2] / 200], axis=-1)
    return _lab_curve_inverse(f) * D65_WHITE.astype(v.dtype)


def srgb_to_lab(srgb: ArrayLike) -> Floats:
    """Convert sRGB in [0, 1] (..., 3) to CIE Lab, D65."""
    return xyz_to_lab(linear_to_xyz(srgb_to_linear(srgb)))


def lab_to_srgb(lab: ArrayLike) -> Floats:
    """Convert CIE Lab, D65 (..., 3) to sRGB; outside [0, 1] where the color is out of gamut."""
    return linear_to_srgb(xyz_to_linear(lab_to_xyz(lab)))


def srgb_to_hsv(srgb: ArrayLike) -> Floats:
    """Convert sRGB in [0, 1] (..., 3) to hue [0, 1), saturation and value (Smith 1978).

    The hue of a gray is 0.
    """
    v = _as_float(srgb)
    r, g, b = v[..., 0], v[..., 1], v[..., 2]
    value = v.max(axis=-1)
    span = value - v.min(axis=-1)
    safe = np.where(span == 0, 1, span)
    sector = np.select(
        [span == 0, value == r, value == g],
        [np.zeros_like(r), (g - b) / safe, 2 + (b - r) / safe],
        4 + (r - g) / safe,
    )
    saturation = span / np.where(value == 0, 1, value)
    return np.stack([(sector / 6) % 1, saturation, value], axis=-1).astype(v.dtype)


def hsv_to_srgb(hsv: ArrayLike) -> Floats:
    """Convert hue [0, 1) (periodic), saturation and value (..., 3) to sRGB in [0, 1]."""
    v = _as_float(hsv)
    hue, saturation, value = v[..., 0:1], v[..., 1:2], v[..., 2:3]
    position = (np.array([5, 3, 1], v.dtype) + hue * 6) % 6
    ramp = np.clip(np.minimum(position, 4 - position), 0, 1)
    srgb: Floats = (value * (1 - saturation * ramp)).astype(v.dtype)
    return srgb


def bradford_adaptation(source_white: ArrayLike, target_white: ArrayLike) -> Floats:
    """Give the 3x3 matrix that adapts XYZ seen under one white (3,) to another (Bradford)."""
    source = BRADFORD @ np.asarray(source_white, np.float64)
    target = BRADFORD @ np.asarray(target_white, np.float64)
    return np.linalg.solve(BRADFORD, np.diag(target / source) @ BRADFORD)


def adapt(xyz: ArrayLike, source_white: ArrayLike, target_white: ArrayLike) -> Floats:
    """Adapt XYZ (..., 3) from one white to another by the Bradford transform."""
    return _apply_matrix(xyz, bradford_adaptation(source_white, target_white))


def delta_e_76(lab_1: ArrayLike, lab_2: ArrayLike) -> Floats:
    """Give the Euclidean distance of two Lab colors (..., 3) -> (...) (CIE 1976)."""
    difference = _as_float(lab_1) - _as_float(lab_2)
    distance: Floats = np.sqrt((difference**2).sum(axis=-1))
    return distance


def delta_e_2000(lab_1: ArrayLike, lab_2: ArrayLike) -> Floats:
    """Give the CIEDE2000 difference of two Lab colors (..., 3) -> (...), kL = kC = kH = 1.

    Source: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation notes,
    supplementary test data, and mathematical observations", Color Res. Appl. 30 (2005).
    """
    one, two = np.broadcast_arrays(_as_float(lab_1), _as_float(lab_2))
    chroma_1, hue_1, chroma_2, hue_2 = _ciede2000_polar(one, two)
    hue_step = _hue_difference(chroma_1, hue_1, chroma_2, hue_2)
    hue_mean = _hue_mean(chroma_1, hue_1, chroma_2, hue_2)
    chroma_mean = (chroma_1 + chroma_2) / 2
    d_lightness = two[..., 0] - one[..., 0]
    d_chroma = chroma_2 - chroma_1
    d_hue = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(hue_step / 2))

    lightness_offset = ((one[..., 0] + two[..., 0]) / 2 - 50) ** 2
    tone = (
        1
        - 0.17 * np.cos(np.radians(hue_mean - 30))
        + 0.24 * np.cos(np.radians(2 * hue_mean))
        + 0.32 * np.cos(np.radians(3 * hue_mean + 6))
        - 0.20 * np.cos(np.radians(4 * hue_mean - 63))
    )
    d_lightness = d_lightness / (1 + 0.015 * lightness_offset / np.sqrt(20 + lightness_offset))
    d_chroma = d_chroma / (1 + 0.045 * chroma_mean)
    d_hue = d_hue / (1 + 0.015 * chroma_mean * tone)
    rotation_angle = np.radians(60 * np.exp(-(((hue_mean - 275) / 25) ** 2)))
    rotation = -np.sin(rotation_angle) * 2 * _chroma_weight(chroma_mean)
    squared: Floats = d_lightness**2 + d_chroma**2 + d_hue**2 + rotation * d_chroma * d_hue
    difference: Floats = np.sqrt(np.maximum(squared, 0))
    return difference


def _chroma_weight(chroma: Floats) -> Floats:
    seventh = chroma**7
    return np.sqrt(seventh / (seventh + 25.0**7))


def _ciede2000_polar(one: Floats, two: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Give chroma and hue (degrees, 0 for gray) of both colors on the stretched a axis."""
    mean = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(two[..., 1], two[..., 2])) / 2
    stretch = 1.5 - 0.5 * _chroma_weight(mean)
    polar = []
    for lab in (one, two):
        a, b = lab[..., 1] * stretch, lab[..., 2]
        polar += [np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360]
    return polar[0], polar[1], polar[2], polar[3]


def _hue_difference(chroma_1: Floats, hue_1: Floats, chroma_2: Floats, hue_2: Floats) -> Floats:
    step = (hue_2 - hue_1 + 180) % 360 - 180
    # A half turn is ambiguous; the paper takes +180 where hue_2 > hue_1 and -180 elsewhere.
    step = np.where((step == -180) & (hue_2 > hue_1), 180, step)
    return np.where(chroma_1 * chroma_2 == 0, 0, step)


def _hue_mean(chroma_1: Floats, hue_1: Floats, chroma_2: Floats, hue_2: Floats) -> Floats:
    total = hue_1 + hue_2
    wrapped = np.where(total < 360, total + 360, total - 360)
    mean = np.where(np.abs(hue_1 - hue_2) <= 180, total, wrapped) / 2
    return np.where(chroma_1 * chroma_2 == 0, total, mean)


def colorfulness(srgb: ArrayLike) -> float:
    """Give the colorfulness M3 of a picture (H, W, 3) in sRGB on the 0..255 scale.

    Source: Hasler and Suesstrunk, "Measuring colorfulness in natural images", 2003. A gray
    picture has 0; the paper calls 33 moderately and 109 extremely colorful.
    """
    v = np.asarray(srgb, np.float64)
    red_green = v[..., 0] - v[..., 1]
    yellow_blue = (v[..., 0] + v[..., 1]) / 2 - v[..., 2]
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))
