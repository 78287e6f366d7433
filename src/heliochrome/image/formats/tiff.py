"""TIFF through tifffile, which keeps 16 bits and floats that Pillow cuts to 8."""

from __future__ import annotations

import io
import logging
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from heliochrome.image.formats.source import Decoded, Source
from heliochrome.image.picture import Picture

# tifffile reports oddities of files by logging; without a handler Python prints them to stderr,
# in the middle of the user's terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

_XMP_TAG = 700
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_CONVERT = "convert it to an 8 or 16-bit gray or RGB TIFF first"


def decode(source: Source) -> Decoded:
    """Read the first page."""
    source.file.seek(0)
    with tifffile.TiffFile(source.file) as tiff:
        page = tiff.pages[0]
        source.check_size(page.imagewidth, page.imagelength)
        samples = page.asarray()
        if samples.ndim == 3 and page.planarconfig == 2:
            samples = np.moveaxis(samples, 0, -1)
        samples = np.atleast_3d(samples)
        samples, alpha = samples[..., : len(_model(page))], None
        return Decoded(samples, "rgb" if samples.shape[2] == 3 else "gray", alpha=alpha)


def _model(page: Any) -> str:
    return "rgb" if page.photometric == _RGB else "g"


def encode(picture: Picture) -> bytes:
    """Write 8 or 16-bit or float gray or RGB, with alpha; Deflate with predictor, lossless."""
    buffer = io.BytesIO()
    pixels: NDArray[Any] = picture.pixels
    extra = None
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, picture.alpha[..., None]], axis=2)
        extra = ["unassalpha"]
    tifffile.imwrite(
        buffer,
        pixels if pixels.shape[2] > 1 else pixels[..., 0],
        photometric="minisblack" if picture.is_gray else "rgb",
        extrasamples=extra,
        compression="zlib",
        predictor=True,
        metadata=None,
        iccprofile=picture.icc_profile,
    )
    return buffer.getvalue()
