"""Confidence maps as marks to lay over a picture: the less sure a color, the stronger."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from heliochrome.image.read import read_picture
from heliochrome.image.samples import to_unit

# No color of old photographs or of the networks' guesses; the style sheet's legend has it too.
MARK = (216, 27, 150)
LARGEST = 1024  # Confidence changes slowly: it is measured on cells of several pixels.


def overlay_png(confidence: Path) -> bytes:
    """Give the marks of a confidence map (gray, 1 is sure) as PNG with transparency.

    Its proportions are the map's; its longer side is at most `LARGEST`.

    Raises:
        ReadError: the map cannot be read.

    """
    unsure = 1 - to_unit(read_picture(confidence).pixels[..., 0])
    opacity = Image.fromarray(np.rint(unsure * 255).astype(np.uint8))
    opacity.thumbnail((LARGEST, LARGEST))
    marks = Image.new("RGBA", opacity.size, (*MARK, 0))
    marks.putalpha(opacity)
    file = io.BytesIO()
    marks.save(file, "PNG", optimize=True)
    return file.getvalue()
