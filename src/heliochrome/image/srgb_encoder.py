"""Lab to integer sRGB at the speed of a JPEG codec, with colors out of gamut brought in."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.color import (
    D65_WHITE,
    LAB_EPSILON,
    XYZ_TO_LINEAR,
    linear_to_srgb,
)

Plane = NDArray[np.float32]

# Steps of the table from linear light to sRGB: half a step is 0.007 L* in the blacks, where L* is
# steepest, and the table (128 kB at 16 bits) stays in cache.
_TABLE_STEPS = 1 << 16
# How far linear light may leave [0, 1] before it counts as out of gamut: 0.02 L* in the blacks.
_TOLERANCE = 2e-5 * _TABLE_STEPS
# Each halves the uncertainty of the chroma scale: 7 leave 0.8 %, less than one unit of Lab.
_BISECTIONS = 7

_JOIN = np.float32(LAB_EPSILON ** (1 / 3))
_TOE_SLOPE = np.float32(3 * LAB_EPSILON ** (2 / 3))
# Linear R, G, B in table steps, from X and Z relative to white with Y taken off: the rows of the
# matrix sum to 1 (white is white), so that Y itself counts fully in each.
_FROM_X, _, _FROM_Z = (XYZ_TO_LINEAR * D65_WHITE * _TABLE_STEPS).astype(np.float32).T


class SrgbEncoder:
    """Encodes strips of Lab planes as sRGB samples.

    Attributes:
        dtype: of the samples, uint8 or uint16.

    """

    def __init__(self, bit_depth: int) -> None:
        if bit_depth not in (8, 16):
            raise ValueError(f"bit_depth must be 8 or 16, got {bit_depth}")
        self.dtype: np.dtype[Any] = np.dtype(np.uint8 if bit_depth == 8 else np.uint16)
        self._table = _curve_table(bit_depth)

    def encode(self, lightness: Plane, chroma: NDArray[np.float32]) -> NDArray[Any]:
        """Encode L* (any shape) with a*, b* (2, ...) as planes of sRGB samples (3, ...)."""
        y = np.clip(lightness, np.float32(0), np.float32(100))
        y *= np.float32(1 / 116)
        y += np.float32(16 / 116)
        luminance = _decode(y)
        x_offset = chroma[0] * np.float32(1 / 500)
        z_offset = chroma[1] * np.float32(-1 / 200)
        channels = _linear_channels(y, luminance, x_offset, z_offset)
        outside = np.flatnonzero(_outside(channels))
        if outside.size:
            chosen = (plane.reshape(-1)[outside] for plane in (y, luminance, x_offset, z_offset))
            for channel, fitted in zip(channels, _reduce_chroma(*chosen), strict=True):
                channel.reshape(-1)[outside] = fitted
        samples = np.empty((3, *lightness.shape), self.dtype)
        for plane, channel in zip(samples, channels, strict=True):
            self._table.take(channel.astype(np.int32), mode="wrap", out=plane)
        return samples


@cache
def _curve_table(bit_depth: int) -> NDArray[Any]:
    """Make the table of samples by linear light in steps, for indices cut off after adding a half.

    The tolerance lets indices pass the ends by 2. Wrapping around is numpy's fastest treatment of
    those, so the ends are repeated beyond: white above the last step, black below zero.
    """
    top = 2**bit_depth - 1
    values = linear_to_srgb(np.arange(_TABLE_STEPS + 1) / _TABLE_STEPS) * top
    padded = np.concatenate([values, [top, top, top], [0, 0, 0]])
    table: NDArray[Any] = np.rint(padded).astype(np.uint8 if bit_depth == 8 else np.uint16)
    return table


def _linear_channels(y: Plane, luminance: Plane, x_offset: Plane, z_offset: Plane) -> list[Plane]:
    """Linear R, G, B in table steps plus a half, of Lab given as f(Y), Y, and f(X), f(Z) - f(Y)."""
    x, z = _decode(y + x_offset), _decode(y + z_offset)
    x -= luminance
    z -= luminance
    base = luminance * np.float32(_TABLE_STEPS)
    base += np.float32(0.5)
    channels = []
    for from_x, from_z in zip(_FROM_X, _FROM_Z, strict=True):
        channel = x * from_x
        channel += base
        channel += z * from_z
        channels.append(channel)
    return channels


def _decode(f: Plane) -> Plane:
    """Invert the Lab curve: the cube, and its tangent below the join, without a branch."""
    upper = np.maximum(f, _JOIN)
    tangent = f - upper
    tangent *= _TOE_SLOPE
    cube = upper * upper
    cube *= upper
    cube += tangent
    return cube


def _outside(channels: list[Plane]) -> NDArray[np.bool_]:
    """Which pixels are out of gamut."""
    low = np.minimum(np.minimum(channels[0], channels[1]), channels[2])
    high = np.maximum(np.maximum(channels[0], channels[1]), channels[2])
    floor = np.float32(0.5 - _TOLERANCE)
    ceiling = np.float32(_TABLE_STEPS + 0.5 + _TOLERANCE)
    outside: NDArray[np.bool_] = low < floor
    outside |= high > ceiling
    return outside


def _reduce_chroma(y: Plane, luminance: Plane, x_offset: Plane, z_offset: Plane) -> list[Plane]:
    """Channels of the most chromatic colors in gamut with the lightness and hue of the given."""
    inside, step = np.zeros_like(y), np.float32(0.5)
    for _ in range(_BISECTIONS):
        scale = inside + step
        trial = _linear_channels(y, luminance, x_offset * scale, z_offset * scale)
        scale -= step * _outside(trial)
        inside, step = scale, step / np.float32(2)
    return _linear_channels(y, luminance, x_offset * inside, z_offset * inside)
