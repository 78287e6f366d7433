"""Pictures as browsers show them: upright, 8 bits, sRGB or gray, opaque."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pyvips

from heliochrome.errors import ReadError, WriteError
from heliochrome.image.read import read_picture
from heliochrome.image.samples import from_unit, to_srgb, to_unit

_FULL = (errno.ENOSPC, errno.EDQUOT)
_PROFILE = "icc-profile-data"
# What libvips reads a part at a time, in colors that it and we understand alike.
_STREAMED = ("uchar", "ushort")


def open_for_display(path: Path) -> pyvips.Image:
    """Open a picture file for showing it: 1 or 3 bands of 8 bits, sRGB, upright.

    libvips opens it where it can, so that a huge TIFF stays on the disk; JPEG 2000, floating point
    and whatever libvips does not take are read whole. Transparent parts become white.

    Raises:
        ReadError: it is missing, damaged, or not a picture.

    """
    image = _streamed(path)
    return _read_whole(path) if image is None else image


def _streamed(path: Path) -> pyvips.Image | None:
    try:
        image = pyvips.Image.new_from_file(str(path), fail_on="error").autorot()
        return _to_srgb(image) if image.format in _STREAMED else None
    except pyvips.Error:
        return None


def _to_srgb(image: pyvips.Image) -> pyvips.Image:
    gray = image.bands < 3
    if _has_profile(image) or image.interpretation == "cmyk":
        # Without a profile of its own, CMYK is read by that of libvips.
        image = image.icc_transform("srgb", embedded=True, intent="relative", depth=8)
    else:
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=255)
    return image.colourspace("b-w" if gray else "srgb").cast("uchar")


def _has_profile(image: pyvips.Image) -> bool:
    return bool(image.get_typeof(_PROFILE))


def _read_whole(path: Path) -> pyvips.Image:
    picture = read_picture(path)
    pixels = to_srgb(to_unit(picture.pixels), picture.icc_profile)
    if picture.alpha is not None:
        opacity = to_unit(picture.alpha)[..., None]
        pixels = pixels * opacity + (1 - opacity)
    levels = from_unit(pixels, np.dtype(np.uint8))
    if picture.is_gray:
        levels = levels[..., :1]
    image = pyvips.Image.new_from_array(levels)
    return image.copy(interpretation="b-w" if picture.is_gray else "srgb")


def typed_error(path: Path, error: pyvips.Error) -> ReadError | WriteError:
    """Make the typed error of what libvips met while it went through a picture file."""
    said = str(error)
    if any(os.strerror(code) in said for code in _FULL):
        return WriteError(path, "the disk is full", "free some space, or write elsewhere")
    reason = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "damaged")
    return ReadError(
        path, f"cannot be read to its end ({reason})", "check it with 'heliochrome archive verify'"
    )
