"""Photos and style pictures of the style protocol, at its size."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.errors import DataError
from heliochrome.evaluation.truth import gray_photo
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.samples import from_unit, to_srgb, to_unit

# Enlargements end on whole pixels: contents are cut to a multiple of all of them.
MULTIPLE = 4

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A picture (H, W, 3) uint8 sRGB and the name of its file."""

    name: str
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Trial:
    """What a system is given, and what its result is compared with.

    Attributes:
        content: the photo in the result's size.
        style: the style picture.
        scale: how often the result is larger than what is given.
        given: the photo reduced so often.

    """

    content: NamedPicture
    style: NamedPicture
    scale: int
    given: Picture

    def enlarged(self) -> Pixels:
        """Give `given` as (H, W, 3) in the result's size, by bicubic interpolation."""
        pixels = np.broadcast_to(self.given.pixels, (*self.given.pixels.shape[:2], 3))
        return enlarge(pixels, self.scale)


def color_trial(content: NamedPicture, style: NamedPicture, scale: int) -> Trial:
    """Give the photo reduced `scale` times by antialiased bicubic resampling."""
    return Trial(content, style, scale, Picture(_reduce(content.pixels, scale)))


def gray_trial(content: NamedPicture, style: NamedPicture, scale: int) -> Trial:
    """Give the photo reduced `scale` times and without color: only its lightness is left."""
    return Trial(content, style, scale, gray_photo(_reduce(content.pixels, scale)))


def read_contents(paths: list[Path], size: int) -> list[NamedPicture]:
    """Read photos, reduce each to a short side of `size`, and cut it to a multiple of 4.

    Smaller photos stay as they are.

    Raises:
        ReadError: a photo cannot be read.
        DataError: a photo is too small to be reduced four times.

    """
    return [_cut(picture, path) for picture, path in zip(_read(paths, size), paths, strict=True)]


def read_styles(paths: list[Path], size: int) -> list[NamedPicture]:
    """Read style pictures and reduce each to a short side of `size`; smaller ones stay.

    Raises:
        ReadError: a picture cannot be read.

    """
    return _read(paths, size)


def enlarge(pixels: Pixels, scale: int) -> Pixels:
    """Enlarge (H, W, 3) `scale` times by bicubic interpolation."""
    height, width = pixels.shape[:2]
    return _resize(pixels, (width * scale, height * scale))


def _read(paths: list[Path], size: int) -> list[NamedPicture]:
    return [NamedPicture(path.name, _at_most(_srgb(path), size)) for path in paths]


def _srgb(path: Path) -> Pixels:
    picture = read_picture(path)
    srgb = to_srgb(to_unit(picture.pixels), picture.icc_profile)
    return np.ascontiguousarray(from_unit(srgb, np.dtype(np.uint8)))


def _at_most(pixels: Pixels, size: int) -> Pixels:
    height, width = pixels.shape[:2]
    share = size / min(height, width)
    if share >= 1:
        return pixels
    return _resize(pixels, (round(width * share), round(height * share)))


def _cut(picture: NamedPicture, path: Path) -> NamedPicture:
    height, width = (side // MULTIPLE * MULTIPLE for side in picture.pixels.shape[:2])
    smallest = 16 * MULTIPLE
    if min(height, width) < smallest:
        raise DataError(
            path, f"is {width} x {height} pixels", f"give {smallest} or more on each side"
        )
    return NamedPicture(picture.name, np.ascontiguousarray(picture.pixels[:height, :width]))


def _reduce(pixels: Pixels, scale: int) -> Pixels:
    height, width = pixels.shape[:2]
    return _resize(pixels, (width // scale, height // scale))


def _resize(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    if size == (pixels.shape[1], pixels.shape[0]):
        return pixels
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))
