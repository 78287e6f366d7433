"""The lightness L* of a picture, whatever space its samples are encoded in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image import icc
from heliochrome.image.color import LUMINANCE_WEIGHTS, luminance_to_lightness, srgb_to_linear
from heliochrome.image.picture import Picture
from heliochrome.image.strips import map_strips

# L* is steepest in the blacks, 9.03 per 1/100 of Y: a step of this table is 0.0035 there, an
# order of magnitude finer than a 16-bit output must keep.
_TABLE_STEPS = 1 << 18

Strip = NDArray[Any]
Table = NDArray[np.int32]


def lightness(picture: Picture) -> NDArray[np.float32]:
    """Give L* (H, W), float32 in [0, 100], of any picture.

    The luminance is taken in linear light, adapted to D65; an embedded profile is honored through
    LittleCMS (relative colorimetric). Values outside sRGB are clipped to [0, 100].

    Raises:
        ReadError: the profile does not fit the picture.

    """
    output = np.empty((picture.height, picture.width), np.float32)
    convert = _converter(picture)
    pixels = picture.pixels

    def process(rows: slice) -> None:
        output[rows] = convert(pixels[rows])

    map_strips(process, picture.height, picture.width)
    return output


def _converter(picture: Picture) -> Callable[[Strip], NDArray[np.float32]]:
    """Choose the fastest exact way: a table per channel unless the profile mixes channels."""
    profile = picture.icc_profile
    if picture.bit_depth == 32:
        return _float_converter(profile)
    tables = _luminance_tables(profile, picture.bit_depth, picture.pixels.shape[2])
    if tables is None:
        scale = np.float32(1 / (2**picture.bit_depth - 1))
        convert_float = _float_converter(profile)
        return lambda strip: convert_float(strip * scale)
    if picture.is_gray:
        gray = luminance_to_lightness(np.clip(tables[0], 0, 1)).astype(np.float32)
        return lambda strip: gray.take(strip[..., 0])
    steps = _step_tables(tables)
    return lambda strip: _look_up(strip, steps)


def _look_up(strip: Strip, tables: tuple[Table, ...]) -> NDArray[np.float32]:
    """Sum a table for the first channels of a strip and one for each of the others."""
    first, *others = tables
    together = strip.shape[2] - len(others)
    steps = first.take(strip[..., 0] if together == 1 else _joined(strip), mode="wrap")
    for channel, table in enumerate(others, together):
        steps += table.take(strip[..., channel], mode="wrap")
    result: NDArray[np.float32] = _lightness_table().take(steps, mode="clip")
    return result


def _joined(strip: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """First and second channel as one number of 16 bits, where they lie in memory."""
    whole = np.ascontiguousarray(strip)
    return np.ndarray(whole.shape[:2], "<u2", whole.data, strides=whole.strides[:2])


def _step_tables(tables: NDArray[np.float32]) -> tuple[Table, ...]:
    """Tables in steps of the lightness table; those of the first two 8-bit channels as one.

    Picking from tables is what takes the time, and 256 x 256 numbers still fit in cache.
    """
    steps = tables * np.float32(_TABLE_STEPS)
    if tables.shape[1] == 256:
        pair = (steps[1][:, None] + steps[0]).ravel()
        return np.rint(pair).astype(np.int32), np.rint(steps[2]).astype(np.int32)
    return tuple(np.rint(steps).astype(np.int32))


@cache
def _lightness_table() -> NDArray[np.float32]:
    steps = np.arange(_TABLE_STEPS + 1) / _TABLE_STEPS
    return luminance_to_lightness(steps).astype(np.float32)


def _luminance_tables(
    profile: bytes | None, bit_depth: int, channels: int
) -> NDArray[np.float32] | None:
    """Tables (C, 2**bits) whose looked-up values add up to Y; None where Y is not such a sum."""
    levels = np.arange(2**bit_depth) / (2**bit_depth - 1)
    if profile is not None:
        return icc.luminance_tables(profile, levels.astype(np.float32), channels)
    weights = LUMINANCE_WEIGHTS if channels == 3 else np.ones(1)
    return (weights[:, None] * srgb_to_linear(levels)).astype(np.float32)


def _float_converter(profile: bytes | None) -> Callable[[Strip], NDArray[np.float32]]:
    def convert(strip: Strip) -> NDArray[np.float32]:
        if profile is not None:
            luminance = icc.luminance(strip, profile)
        else:
            linear = srgb_to_linear(np.asarray(strip, np.float32))
            weights = LUMINANCE_WEIGHTS if strip.shape[2] == 3 else np.ones(1)
            luminance = (linear @ weights.astype(np.float32)).astype(np.float32)
        return luminance_to_lightness(np.clip(luminance, 0, 1)).astype(np.float32)

    return convert
