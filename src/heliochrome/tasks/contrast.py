"""Stretch and bend the tones of a photo in L*, its chroma kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.samples import from_unit, to_lab, to_unit
from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.strips import map_strips
from heliochrome.tasks.adjust_options import ContrastOptions
from heliochrome.tasks.borders import find_borders

_MOST_SAMPLES = 1 << 20  # that the percentiles are taken of

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tones:
    """What becomes of L*: `black` goes to 0, `white` to 100, and the midtones by `gamma`."""

    black: float
    white: float
    gamma: float

    @property
    def same(self) -> bool:
        """Whether they change nothing."""
        return (self.black, self.white, self.gamma) == (0.0, 100.0, 1.0)

    def of(self, light: Plane) -> Plane:
        """Give the new L* of L* (any shape), in 0..100."""
        share = np.clip((light - self.black) / (self.white - self.black), 0, 1)
        if self.gamma != 1:
            share = share ** (1 / self.gamma)
        return np.asarray(100 * share, np.float32)


@dataclass(frozen=True, slots=True)
class Contrasted:
    """A photo with other tones, and what they were.

    The picture is sRGB of the photo's size, 16 bits per sample for 16-bit and float32 photos, else
    8; alpha, container and metadata are the photo's. Gray photos stay gray. It is the photo in its
    own encoding where nothing changes.
    """

    picture: Picture
    tones: Tones


def adjust_contrast(picture: Picture, options: ContrastOptions | None = None) -> Contrasted:
    """Change the contrast of a photo; black and white not given are found in it, borders aside.

    Colors that are out of gamut at their new lightness have their chroma reduced, at their hue.

    Raises:
        ReadError: the photo's profile does not fit it.

    """
    light = lightness(picture)
    tones = find_tones(picture, light, options or ContrastOptions())
    if tones.same:
        return Contrasted(picture, tones)
    encoder = SrgbEncoder(8 if picture.bit_depth == 8 else 16)
    pixels = np.empty(picture.pixels.shape, encoder.dtype)

    def process(rows: slice) -> None:
        if picture.is_gray:
            chroma = np.zeros((2, *light[rows].shape), np.float32)
            pixels[rows] = encoder.encode(tones.of(light[rows]), chroma)[0, ..., None]
        else:
            chroma = to_lab(picture.pixels[rows], picture.icc_profile)[1:]
            samples = encoder.encode(tones.of(light[rows]), chroma)
            pixels[rows] = np.moveaxis(samples, 0, -1)

    map_strips(process, picture.height, picture.width)
    alpha = None if picture.alpha is None else from_unit(to_unit(picture.alpha), pixels.dtype)
    return Contrasted(replace(picture, pixels=pixels, alpha=alpha, icc_profile=None), tones)


def find_tones(picture: Picture, light: Plane, options: ContrastOptions) -> Tones:
    """Choose the tones for a photo with L* (H, W): those given, and percentiles for the others."""
    inside = light[find_borders(picture).inner(*light.shape)]
    step = max(1, round((inside.size / _MOST_SAMPLES) ** 0.5))
    found = np.quantile(inside[::step, ::step], (options.clip, 1 - options.clip))
    black, white = _at_most(float(found[0]), float(found[1]), options.most)
    # What is given stays, and what is not gets as far from it as it has to.
    apart = 100 / options.most
    if options.white is not None:
        black, white = max(0.0, min(black, options.white - apart)), options.white
    if options.black is not None:
        black = options.black
        white = min(100.0, max(white, black + apart)) if options.white is None else white
    return Tones(black, white, options.gamma)


def _at_most(black: float, white: float, slope: float) -> tuple[float, float]:
    """Move black and white apart, each by its share of the room, until the slope is allowed."""
    missing = 100 / slope - (white - black)
    if missing <= 0:
        return black, white
    room = black + 100 - white
    return black - missing * black / room, white + missing * (100 - white) / room
