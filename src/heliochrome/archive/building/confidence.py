"""The confidence map of a colored picture, as a PNG file that says what its levels mean."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = (
    "Level / 255 is the probability that the chroma of the colored picture is within 10 CIELAB ab "
    "units of the true one; the map covers the whole picture."
)


def confidence_png(confidence: NDArray[np.float32]) -> bytes:
    """Encode confidence (h, w) in 0..1 as a gray PNG of 8 bits, with its scale as text (tEXt).

    The same map gives the same bytes.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    levels = np.rint(np.clip(confidence, 0, 1) * 255).astype(np.uint8)
    label = PngInfo()
    label.add_text("Title", "Confidence of guessed colors")
    label.add_text("Description", SCALE)
    label.add_text("Scale", "0 = 0.0, 255 = 1.0")
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG", pnginfo=label, optimize=False)
    return file.getvalue()
