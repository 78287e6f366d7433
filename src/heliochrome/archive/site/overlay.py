"""Confidence maps as marks to lay over a picture: the less sure a color, the stronger."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.image.read import read_picture
from heliochrome.image.samples import to_unit

# No color of old photographs or of the networks' guesses; the style sheet's legend has it too.
MARK = (216, 27, 150)
LARGEST = 640  # Confidence is measured on cells of several pixels; there is no more detail in it.


def opacity_of(confidence: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give how strong the marks of confidences are, both 0..1.

    The square leaves what is fairly sure almost unmarked: networks are rarely very sure, and a
    picture that is marked all over tells nothing.
    """
    strong: NDArray[np.float32] = (1 - confidence) ** 2
    return strong


def overlay_png(confidence: Path, size: tuple[int, int]) -> bytes:
    """Give the marks of a confidence map as PNG with transparency.

    Args:
        confidence: the map: gray, 1 is sure; of any size, since it is often one of cells.
        size: width and height of the picture that it belongs to; the marks have its proportions.

    Raises:
        ReadError: the map cannot be read.

    """
    unsure = Image.fromarray(1 - to_unit(read_picture(confidence).pixels[..., 0]))
    scale = min(1, LARGEST / max(size))
    width, height = (max(1, round(side * scale)) for side in size)
    smooth = np.asarray(unsure.resize((width, height), Image.Resampling.BICUBIC))
    opacity = np.rint(opacity_of(1 - smooth.clip(0, 1)) * 255).astype(np.uint8)
    marks = Image.new("RGBA", (width, height), (*MARK, 0))
    marks.putalpha(Image.fromarray(opacity))
    file = io.BytesIO()
    marks.save(file, "PNG", optimize=True)
    return file.getvalue()
