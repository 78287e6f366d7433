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
Planes = NDArray[np.float32]

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
# Lab: a* = 500 (f(X) - f(Y)), b* = 200 (f(Y) - f(Z)).
_OFFSET_SCALE = np.array([1 / 500, -1 / 200], np.float32)


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
        offsets = chroma * _OFFSET_SCALE.reshape(2, *[1] * lightness.ndim)
        channels = _linear_channels(y, luminance, offsets)
        outside = np.flatnonzero(_outside(channels))
        if outside.size:
            chosen = (y.take(outside), luminance.take(outside))
            fitted = _reduce_chroma(*chosen, offsets.reshape(2, -1).take(outside, axis=1))
            # Plane by plane: indexing two axes at once is five times slower.
            for channel, values in zip(channels, fitted, strict=True):
                channel.reshape(-1)[outside] = values
        samples: NDArray[Any] = self._table.take(channels.astype(np.int32), mode="wrap")
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


def _linear_channels(y: Plane, luminance: Plane, offsets: Planes) -> Planes:
    """Linear R, G, B (3, ...) in table steps plus a half.

    Args:
        y: f(Y) of Lab's curve f.
        luminance: Y.
        offsets: f(X) - f(Y) and f(Z) - f(Y), as (2, ...).

    """
    x_and_z = _decode(y + offsets)
    x_and_z -= luminance
    channels: Planes = np.multiply.outer(_FROM_X, x_and_z[0])
    channels += luminance * np.float32(_TABLE_STEPS) + np.float32(0.5)
    channels += np.multiply.outer(_FROM_Z, x_and_z[1])
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


def _outside(channels: Planes) -> NDArray[np.bool_]:
    """Which pixels are out of gamut."""
    outside: NDArray[np.bool_] = channels.min(axis=0) < np.float32(0.5 - _TOLERANCE)
    outside |= channels.max(axis=0) > np.float32(_TABLE_STEPS + 0.5 + _TOLERANCE)
    return outside


def _reduce_chroma(y: Plane, luminance: Plane, offsets: Planes) -> Planes:
    """Channels of the most chromatic colors in gamut with the lightness and hue of the given."""
    inside, step = np.zeros_like(y), np.float32(0.5)
    for _ in range(_BISECTIONS):
        scale = inside + step
        scale -= step * _outside(_linear_channels(y, luminance, offsets * scale))
        inside, step = scale, step / np.float32(2)
    return _linear_channels(y, luminance, offsets * inside)
