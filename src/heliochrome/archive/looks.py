"""What a picture measures and what it looks like, without ever having all of it in memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.archive.perceptual import SIDE, perceptual_hash
from heliochrome.image.read import read_picture

# Bits of one sample by libvips' name for their form.
_BITS = {"uchar": 8, "char": 8, "ushort": 16, "short": 16, "uint": 32, "int": 32, "float": 32}
_FULL_SCALE = {"uchar": 255.0, "ushort": 65535.0, "float": 1.0}


@dataclass(frozen=True, slots=True)
class Looks:
    """A picture, measured.

    Attributes:
        width, height: in pixels, as stored.
        bits: of one sample.
        channels: samples of a pixel, alpha included.
        perceptual_hash: see `perceptual.py`.

    """

    width: int
    height: int
    bits: int
    channels: int
    perceptual_hash: str | None


def survey(path: Path) -> Looks:
    """Measure a picture, reading all of its data once, by which damage is found.

    libvips streams through it, and skips most of the decoding of a JPEG. What libvips does not
    read is read by heliochrome.

    Raises:
        ReadError: the file is damaged, or of a kind that is not read.

    """
    import pyvips

    try:
        return _survey_with_vips(path)
    except pyvips.Error:
        # It may read less than we do, and we say better what is wrong.
        return _survey_whole(path)


def _survey_with_vips(path: Path) -> Looks:
    import pyvips

    header = open_header(path)
    bits = _BITS.get(header.format, 64)
    if "bits-per-sample" in header.get_fields():
        bits = int(header.get("bits-per-sample"))
    small = pyvips.Image.thumbnail_source(
        _source(path), "", SIDE * 2, height=SIDE * 2, size="force", fail_on="error"
    )
    return Looks(header.width, header.height, bits, header.bands, _hash_of_vips(small))


def open_header(path: Path) -> Any:
    """Open a picture with libvips, which reads no more than its header until pixels are asked for.

    Raises:
        pyvips.Error: it cannot.

    """
    import pyvips

    return pyvips.Image.new_from_source(_source(path), "", access="sequential")


def _source(path: Path) -> Any:
    """Give a file as libvips takes it without looking for options in its name."""
    import pyvips

    return pyvips.Source.new_from_file(os.fsencode(path))


def _hash_of_vips(small: Any) -> str | None:
    if small.hasalpha():
        small = small.flatten()
    if small.format in ("uchar", "ushort"):
        small = small.colourspace("b-w")
    samples = np.atleast_3d(small.numpy()).astype(np.float32)
    return _hash(samples.mean(axis=2) / _FULL_SCALE.get(small.format, 1.0))


def _survey_whole(path: Path) -> Looks:
    picture = read_picture(path)
    gray = picture.pixels.astype(np.float32).mean(axis=2)
    if picture.pixels.dtype != np.float32:
        gray = gray / np.iinfo(picture.pixels.dtype).max
    channels = picture.pixels.shape[2] + (picture.alpha is not None)
    return Looks(picture.width, picture.height, picture.bit_depth, channels, _hash(gray))


def _hash(gray: NDArray[Any]) -> str | None:
    levels = np.rint(np.clip(gray, 0, 1) * 255).astype(np.uint8)
    return perceptual_hash(Image.fromarray(levels))
