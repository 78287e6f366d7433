"""Restore a faded color print: undo the loss of its dyes, and take off the stain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.image import icc
from heliochrome.image.color import linear_to_srgb, srgb_to_lab, srgb_to_linear
from heliochrome.image.density import MOST_DENSITY, density, light
from heliochrome.image.picture import Picture
from heliochrome.image.resize import resize_lightness
from heliochrome.image.samples import from_unit, full_scale, to_srgb, to_unit
from heliochrome.image.strips import map_strips
from heliochrome.tasks.adjust_options import UnfadeOptions
from heliochrome.tasks.borders import Margins, find_borders
from heliochrome.tasks.existing import GRAY_BELOW
from heliochrome.tasks.fading import Fading, FadingModel, shipped_model

WORKING_SIDE = 160  # long side in pixels at which statistics are taken
# Probabilities of fading up to which nothing is undone, and from which on all of it is.
_UNLIKELY, _LIKELY = 0.25, 0.75
_TONES = 24  # of a black-and-white photo, at which its hue is looked up
_SURELY_COLORED = 0.03  # share of a photo that must have more color than that

Planes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Restoration:
    """A restored photo.

    Attributes:
        picture: sRGB of the photo's size; 16 bits per sample for 16-bit and float32 photos, else 8.
            Alpha, container and metadata are the photo's. Gray photos stay gray.
        fading: the loss that was undone, strength and limits heeded.
        monochrome: whether the photo was found to be black-and-white, perhaps toned: all its
            channels were then changed alike.
        margins: borders that were not looked at; they are changed like the rest.

    """

    picture: Picture
    fading: Fading
    monochrome: bool
    margins: Margins


def unfade(
    picture: Picture, options: UnfadeOptions | None = None, model: FadingModel | None = None
) -> Restoration:
    """Estimate what a color print has lost by fading, and undo that.

    A photo that has probably not faded stays as it is; where that is in doubt, less is undone.

    Raises:
        ReadError: the photo's profile does not fit it.

    """
    chosen = options or UnfadeOptions()
    margins = find_borders(picture)
    inside = margins.inner(picture.height, picture.width)
    densities = small_densities(replace(picture, pixels=picture.pixels[inside], alpha=None))
    monochrome = picture.is_gray or is_monochrome(densities)
    fading = (model or shipped_model()).estimate(densities)
    fading = fading.scaled(chosen.strength * _belief(fading.probability))
    if monochrome:
        fading = fading.even()
    if chosen.strength == 0:
        return Restoration(picture, fading, monochrome, margins)
    levels = _srgb_levels(picture)
    ends = _Ends.of(_histograms(levels[inside]), chosen.most_clipping)
    fading = _within(fading, ends.even() if monochrome else ends, np.iinfo(levels.dtype).max)
    result = replace(_apply(picture, levels, fading), icc_profile=None)
    return Restoration(result, fading, monochrome, margins)


def small_densities(picture: Picture) -> Planes:
    """Densities (3, h, w) of a photo, averaged to a long side of 160 pixels at most."""
    share = min(1.0, WORKING_SIDE / max(picture.height, picture.width))
    size = max(2, round(picture.height * share)), max(2, round(picture.width * share))
    samples = np.stack(
        [resize_lightness(plane, size) for plane in np.moveaxis(picture.pixels, -1, 0)], axis=-1
    )
    srgb = to_srgb(samples / full_scale(picture.pixels), picture.icc_profile)
    return density(np.moveaxis(srgb_to_linear(srgb), -1, 0))


def is_monochrome(densities: Planes) -> bool:
    """Tell a black-and-white photo, toned or stained, from a color photo by densities (3, h, w).

    In one made of a single substance, chroma is a function of lightness.
    """
    linear = np.clip(light(np.moveaxis(densities, 0, -1)), 0, 1)
    lightness, *chroma = srgb_to_lab(linear_to_srgb(linear)).reshape(-1, 3).T
    tones = np.array_split(np.argsort(lightness), min(_TONES, len(lightness)))
    at = [np.median(lightness[tone]) for tone in tones]
    off = [
        plane - np.interp(lightness, at, [np.median(plane[tone]) for tone in tones])
        for plane in chroma
    ]
    return bool(np.quantile(np.hypot(*off), 1 - _SURELY_COLORED) < GRAY_BELOW)


def _belief(probability: float) -> float:
    return min(max((probability - _UNLIKELY) / (_LIKELY - _UNLIKELY), 0.0), 1.0)


def _srgb_levels(picture: Picture) -> NDArray[Any]:
    """Give samples (H, W, C) as sRGB, uint8 or uint16; gray stays gray."""
    if picture.is_gray:
        picture = icc.gray_to_srgb(picture)
    depth = np.dtype(np.uint8 if picture.bit_depth == 8 else np.uint16)
    if picture.icc_profile is None and picture.pixels.dtype == depth:
        return picture.pixels
    levels = np.empty(picture.pixels.shape, depth)

    def process(rows: slice) -> None:
        samples = to_unit(picture.pixels[rows])
        if picture.icc_profile is not None:
            samples = to_srgb(samples, picture.icc_profile)
        levels[rows] = from_unit(samples, depth)

    map_strips(process, picture.height, picture.width)
    return levels


def _histograms(levels: NDArray[Any]) -> NDArray[np.int64]:
    """Count the samples of every level, by channel (C, levels)."""
    count = np.iinfo(levels.dtype).max + 1
    return np.stack(
        [np.bincount(levels[..., c].ravel(), minlength=count) for c in range(levels.shape[2])]
    )


@dataclass(frozen=True, slots=True)
class _Ends:
    """Densities that must not be driven to white, and to black, by channel (3,)."""

    lightest: NDArray[np.float64]
    darkest: NDArray[np.float64]

    @classmethod
    def of(cls, histograms: NDArray[np.int64], clipping: float) -> _Ends:
        """Find those beyond which a share of the samples lies; what is at an end does not count."""
        levels = density(srgb_to_linear(np.linspace(0, 1, histograms.shape[1])))
        inner = histograms.copy()
        inner[:, [0, -1]] = 0
        ends = []
        for counts in inner[np.sum(inner, axis=1) > 0]:
            below = np.cumsum(counts) / counts.sum()
            light_end = int(np.searchsorted(below, 1 - clipping))
            dark_end = int(np.searchsorted(below, clipping, side="right"))
            ends.append((levels[light_end], levels[min(dark_end, len(levels) - 1)]))
        lightest, darkest = np.array(ends or [(MOST_DENSITY, 0.0)], np.float64).T
        if len(lightest) < 3:
            return cls(np.repeat(lightest.min(), 3), np.repeat(darkest.max(), 3))
        return cls(lightest, darkest)

    def even(self) -> _Ends:
        """Give the strictest of all channels for each."""
        return _Ends(np.repeat(self.lightest.min(), 3), np.repeat(self.darkest.max(), 3))


def _within(fading: Fading, ends: _Ends, top: int) -> Fading:
    """Weaken a correction until it spares the ends; samples go up to `top`."""
    # What is less than half a level from an end is rounded to it.
    whitest, blackest = density(srgb_to_linear(np.array([1 - 0.51 / top, 0.51 / top])))
    stain = np.clip(np.minimum(fading.stain, ends.lightest - whitest), 0, None)
    room = blackest / np.maximum(ends.darkest - stain, 1e-3)
    gains = np.minimum(fading.gains, np.maximum(room, 1))
    return Fading(_triple(gains), _triple(stain), fading.probability)


def _triple(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


def _apply(picture: Picture, levels: NDArray[Any], fading: Fading) -> Picture:
    tables = [
        _table(levels.dtype, gain, stain)
        for gain, stain in zip(fading.gains, fading.stain, strict=True)
    ]
    pixels = np.empty_like(levels)

    def process(rows: slice) -> None:
        for channel in range(levels.shape[2]):
            pixels[rows, :, channel] = tables[channel].take(levels[rows, :, channel])

    map_strips(process, picture.height, picture.width)
    alpha = None if picture.alpha is None else from_unit(to_unit(picture.alpha), pixels.dtype)
    return replace(picture, pixels=pixels, alpha=alpha)


def _table(dtype: np.dtype[Any], gain: float, stain: float) -> NDArray[Any]:
    levels = np.linspace(0, 1, np.iinfo(dtype).max + 1)
    restored = (density(srgb_to_linear(levels)) - np.float32(stain)) * np.float32(gain)
    encoded = linear_to_srgb(np.clip(light(restored), 0, 1))
    return from_unit(np.asarray(encoded, np.float32), dtype)
