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
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
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
    # Nothing of this reads pixels before the small picture is asked for.
    options = {"shrink": _jpeg_shrink(header)} if _is_jpeg(header) else {}
    picture = pyvips.Image.new_from_source(
        _source(path), "", access="sequential", fail_on="error", **options
    )
    return Looks(header.width, header.height, bits, header.bands, _hash_of_vips(picture))


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


def _is_jpeg(header: Any) -> bool:
    return str(header.get("vips-loader")).startswith("jpegload")


def _jpeg_shrink(header: Any) -> int:
    """Give by how much a JPEG may be reduced within its decoding."""
    room = min(header.width, header.height) // (SIDE * 2)
    return next((factor for factor in (8, 4, 2) if factor <= room), 1)


def _hash_of_vips(picture: Any) -> str | None:
    if picture.format in ("uchar", "ushort"):
        small = picture.thumbnail_image(SIDE * 2, height=SIDE * 2, size="force")
        if small.hasalpha():
            small = small.flatten()
        small = small.colourspace("srgb")
    else:  # of floats libvips does not know what is white
        small = picture.resize(SIDE * 2 / picture.width, vscale=SIDE * 2 / picture.height)
    samples = np.atleast_3d(small.numpy()).astype(np.float32)
    return _hash(samples / _FULL_SCALE.get(small.format, 1.0))


def _survey_whole(path: Path) -> Looks:
    picture = read_picture(path)
    samples = picture.pixels.astype(np.float32)
    if picture.pixels.dtype != np.float32:
        samples /= np.iinfo(picture.pixels.dtype).max
    channels = picture.pixels.shape[2] + (picture.alpha is not None)
    return Looks(picture.width, picture.height, picture.bit_depth, channels, _hash(samples))


def _hash(samples: NDArray[Any]) -> str | None:
    """Hash (H, W, C) samples of 0..1; of colors, their luma."""
    gray = samples[..., :3] @ _LUMA if samples.shape[2] >= 3 else samples[..., 0]
    levels = np.rint(np.clip(gray, 0, 1) * 255).astype(np.uint8)
    return perceptual_hash(Image.fromarray(levels))
