"""Resampling of pictures as they are: sharp enlargement, and reduction without aliasing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.image.samples import from_unit, to_unit
from heliochrome.image.strips import map_strips

# Source pixels to each side that Lanczos's kernel takes in when enlarging, and one for the cell.
_REACH = 4
# Strips are so much taller than usual, since the rows beyond their borders are resampled for each.
_TALLER = 2


def enlarge_part(
    samples: NDArray[Any], rows: slice, columns: slice, scale: int
) -> NDArray[np.float32]:
    """Enlarge a part of a picture (H, W, C), as it is when the whole is enlarged.

    Args:
        samples: of any depth, as encoded.
        rows: of the picture, start and stop given.
        columns: of the picture.
        scale: a whole number.

    Returns:
        (h * scale, w * scale, C) with full scale 1, interpolated by Lanczos's windowed sinc (three
        lobes) and clipped to 0..1; at scale 1 the samples themselves.

    """
    if scale == 1:
        return to_unit(samples[rows, columns])
    return _enlarge(samples, rows, columns, scale, Image.Resampling.LANCZOS)


def enlarge_picture(samples: NDArray[Any], scale: int) -> NDArray[Any]:
    """Enlarge samples (H, W, C) `scale` times by Lanczos; of the same depth."""
    return _enlarge_whole(samples, scale, Image.Resampling.LANCZOS)


def enlarge_alpha(alpha: NDArray[Any], scale: int) -> NDArray[Any]:
    """Enlarge opacity (H, W) `scale` times; linearly, so that what is opaque all round stays so."""
    return _enlarge_whole(alpha[..., None], scale, Image.Resampling.BILINEAR)[..., 0]


def reduce_samples(samples: NDArray[Any], size: tuple[int, int]) -> NDArray[np.float32]:
    """Reduce samples (H, W, C) of any depth to `size` = (h, w), bicubic and antialiased.

    The result has full scale 1.
    """
    height, width = size
    return np.clip(_resized(samples, (width, height), Image.Resampling.BICUBIC, None), 0, 1)


def _enlarge_whole(samples: NDArray[Any], scale: int, kernel: Image.Resampling) -> NDArray[Any]:
    if scale == 1:
        return samples
    height, width, channels = samples.shape
    output = np.empty((height * scale, width * scale, channels), samples.dtype)

    def process(rows: slice) -> None:
        part = _enlarge(samples, rows, slice(0, width), scale, kernel)
        output[rows.start * scale : rows.stop * scale] = from_unit(part, samples.dtype)

    map_strips(process, height, width, scale=_TALLER)
    return output


def _enlarge(
    samples: NDArray[Any], rows: slice, columns: slice, scale: int, kernel: Image.Resampling
) -> NDArray[np.float32]:
    top, left = max(rows.start - _REACH, 0), max(columns.start - _REACH, 0)
    window = samples[top : rows.stop + _REACH, left : columns.stop + _REACH]
    size = (columns.stop - columns.start) * scale, (rows.stop - rows.start) * scale
    box = (columns.start - left, rows.start - top, columns.stop - left, rows.stop - top)
    return np.clip(_resized(window, size, kernel, box), 0, 1)


def _resized(
    samples: NDArray[Any],
    size: tuple[int, int],
    kernel: Image.Resampling,
    box: tuple[int, int, int, int] | None,
) -> NDArray[np.float32]:
    # One channel at a time, so that a large picture is never there as floats as a whole.
    planes = [
        np.asarray(Image.fromarray(to_unit(plane)).resize(size, kernel, box))
        for plane in np.moveaxis(samples, -1, 0)
    ]
    return np.stack(planes, axis=-1)
