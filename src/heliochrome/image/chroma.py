"""Bring chroma to full size along the edges of the lightness, and encode the result as sRGB.

A network predicts chroma on a grid whose cells cover 4 to 50 pixels a side; a cell on an edge
holds a mixture of both sides. Plain interpolation smears that over the edge, and a joint bilateral
filter, which can only pick among cells, inherits the mixture from them. Local lines of chroma over
lightness undo it, see local_lines.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.chroma_blocks import blocks_of, fit_blocks, reach
from heliochrome.image.chroma_pairs import color_pairs
from heliochrome.image.local_lines import Plane, Planes, evaluate
from heliochrome.image.phases import STEP, cells_of, enlarge_columns, enlarge_rows, join, split
from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.strips import map_strips

# From so many pixels on, 8-bit pictures get one chroma per 2 x 2 pixels and are encoded by a table,
# which takes a third of the time at 12 megapixels. The JPEG of a camera has no finer chroma, and
# the network resolves far less. 16 bits would need a table larger than the picture.
_PAIRED_PIXELS = 1 << 22


def apply_chroma(
    lightness: Plane, chroma_small: NDArray[np.float32], *, bit_depth: int
) -> NDArray[Any]:
    """Color a lightness map.

    Args:
        lightness: (H, W) L*, 0..100.
        chroma_small: (h, w, 2) a* and b*, each cell the mean over its share of the picture.
        bit_depth: 8 or 16, of the output.

    Returns:
        (H, W, 3) sRGB samples, uint8 or uint16, whose lightness is the given one up to rounding
        (at most 0.5 L* at 8 bits, 0.05 at 16). Colors outside sRGB have their chroma reduced at
        constant lightness and hue. From 4 megapixels on, 8-bit results have one chroma per
        2 x 2 pixels, in steps of 0.8, unless the cells of the chroma are smaller than 8 x 8; the
        lightness is each pixel's own.

    Raises:
        ValueError: a shape or the bit depth is not one of these.

    """
    if lightness.ndim != 2 or chroma_small.ndim != 3 or chroma_small.shape[2] != 2:
        raise ValueError(f"expected (H, W) and (h, w, 2): {lightness.shape} {chroma_small.shape}")
    encoder = SrgbEncoder(bit_depth)
    full = np.ascontiguousarray(lightness, np.float32)
    if bit_depth == 8 and full.size >= _PAIRED_PIXELS:
        colors = color_pairs(full, chroma_small)
        if colors is not None:
            return colors
    output = np.empty((*full.shape, 3), encoder.dtype)
    rows, columns = blocks_of(*full.shape)
    if chroma_small.shape[0] > rows and chroma_small.shape[1] > columns:
        _encode_directly(encoder, full, reach(full, chroma_small, full), output)
    else:
        _encode_enlarged(encoder, full, fit_blocks(full, chroma_small), output)
    return output


def chroma_at(lightness: Plane, chroma_small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring chroma to the size of a lightness map, along its edges, and no further.

    Args:
        lightness: (H, W) L*.
        chroma_small: (h, w, 2) a* and b*.

    Returns:
        (H, W, 2) a* and b*; the means over smaller areas are about the given ones.

    """
    full = np.ascontiguousarray(lightness, np.float32)
    return np.ascontiguousarray(np.moveaxis(reach(full, chroma_small, full), 0, -1))


def _encode_directly(
    encoder: SrgbEncoder, lightness: Plane, chroma: Planes, output: NDArray[Any]
) -> None:
    def process(rows: slice) -> None:
        output[rows] = np.moveaxis(encoder.encode(lightness[rows], chroma[:, rows]), 0, -1)

    map_strips(process, *lightness.shape)


def _encode_enlarged(
    encoder: SrgbEncoder, lightness: Plane, model: Planes, output: NDArray[Any]
) -> None:
    """Enlarge and encode strip by strip: the full-size chroma never exists as a whole."""

    def process(rows: slice) -> None:
        strip = split(lightness[rows], model.shape[2])
        chroma = np.empty((2, *strip.shape), np.float32)
        for column, lines in enlarge_columns(enlarge_rows(model, cells_of(rows))):
            chroma[:, column] = evaluate(lines, strip[column])
        for channel, samples in enumerate(encoder.encode(strip, chroma)):
            join(samples, output[rows, :, channel])

    map_strips(process, *lightness.shape, multiple=STEP)
