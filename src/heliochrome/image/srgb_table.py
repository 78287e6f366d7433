"""8-bit sRGB from a table of colors in steps, for pictures with far more pixels than colors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.strips import map_strips

# Half a step of a* and b* is 0.4, about what the rounding to 8 bits changes them by: no banding.
_CHROMA_STEPS = 1.25
# Codes are numbers of 16 bits, and steps far outside the range are still numbers of 16 bits.
_MOST_STEPS = 256
# Half a step of L* is 0.125; rounding to 8 bits adds up to 0.25, and 0.5 are allowed.
_LIGHTNESS_STEPS = 4
_LEVELS = 100 * _LIGHTNESS_STEPS + 1
_DARKEST, _LIGHTEST = np.int16(0), np.int16(_LEVELS - 1)
# Of so many levels one is encoded, and tells those between: the curve of sRGB over L* bends most
# below L* = 10.
_DARK, _DARK_KNOT, _KNOT = 10 * _LIGHTNESS_STEPS, 2, 4
# What a color counts for in pixels of a strip: its encoding works on more and wider arrays.
_COLOR_PIXELS = 1024


class ChromaSteps:
    """Steps of 0.8 in a* and b* between two limits, numbered row by row.

    Attributes:
        SCALE: steps per unit of a* and b*.
        origin: (2, 1, 1), what to add to a* and b* in steps: cut off, they are numbers of steps.
        columns: how many steps there are of b*.
        count: how many codes there are.
        fit: whether so many can be told apart.

    """

    SCALE = np.float32(_CHROMA_STEPS)

    def __init__(self, lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> None:
        """Make steps from `lowest` to `highest`, each a* and b* (2,)."""
        # Whole steps, so that no chroma at all has a code of its own and stays exactly gray.
        self._first = np.floor(lowest * self.SCALE)
        self.origin = (np.float32(0.5) - self._first)[:, None, None]
        rows, self.columns = (int(span * _CHROMA_STEPS) + 3 for span in highest - lowest)
        self.count = rows * self.columns
        self.fit = max(rows, self.columns) <= _MOST_STEPS

    def codes(self, steps: NDArray[np.int16]) -> NDArray[np.uint16]:
        """Give the codes (...) of steps of a* and b* (2, ...), which are used up."""
        a: NDArray[np.uint16]
        a, b = steps.view(np.uint16)
        a *= np.uint16(self.columns)
        a += b
        return a

    def chroma(self, codes: NDArray[np.intp]) -> NDArray[np.float32]:
        """Give a* and b* (2, n) of codes (n,)."""
        steps = np.stack(np.divmod(codes, self.columns)).astype(np.float32)
        chroma: NDArray[np.float32] = (steps + self._first[:, None]) / self.SCALE
        return chroma


class SrgbTable:
    """Colors at every lightness, in steps of 1/4 L*."""

    def __init__(self, steps: ChromaSteps, used: NDArray[np.intp]) -> None:
        """Encode the colors of the codes (n,) that are used; there is nothing for others."""
        self._entries = np.empty((steps.count, _LEVELS), np.uint32)
        encoder = SrgbEncoder(16)

        def process(chosen: slice) -> None:
            self._entries[used[chosen]] = _colors(encoder, steps.chroma(used[chosen]))

        map_strips(process, len(used), _COLOR_PIXELS)

    def levels(self, lightness: NDArray[np.float32]) -> NDArray[np.int16]:
        """Give the entries of L* (...) in a row of the table, clipped to 0..100."""
        levels = (lightness * np.float32(_LIGHTNESS_STEPS)).astype(np.int16)
        return np.clip(levels, _DARKEST, _LIGHTEST, out=levels)

    def rows(self, codes: NDArray[np.uint16]) -> NDArray[np.int64]:
        """Give the entries (...) that the rows of codes begin with, to add to those of L*."""
        entries = codes.astype(np.int64)
        entries *= _LEVELS
        return entries

    def look_up(self, entries: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Give samples (n,) of entries (n,): R, G, B and 0."""
        samples = np.empty(entries.size, np.uint32)
        # Within bounds by construction; "wrap" is numpy's fastest way of not checking.
        return self._entries.reshape(-1).take(entries, mode="wrap", out=samples)


def _colors(encoder: SrgbEncoder, chroma: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Encode a* and b* (2, n) at all levels -> (n, levels)."""
    dark = np.arange(0, _DARK, _DARK_KNOT)
    knots = np.append(dark, np.arange(_DARK, _LEVELS, _KNOT))
    # Levels are cut off, so that their L* are half a step up; but black is black.
    lightness = np.where(knots == 0, 0, (knots + 0.5) / _LIGHTNESS_STEPS).astype(np.float32)
    shape = chroma.shape[1], knots.size
    samples = encoder.encode(
        np.broadcast_to(lightness, shape), np.broadcast_to(chroma[..., None], (2, *shape))
    ).astype(np.float32)
    samples *= np.float32(1 / 257)
    samples += np.float32(0.5)
    packed = np.zeros((shape[0], _LEVELS, 4), np.uint8)
    for channel in range(3):
        levels = packed[..., channel]
        _interpolate(samples[channel, :, : dark.size + 1], levels[:, : _DARK + 1])
        _interpolate(samples[channel, :, dark.size :], levels[:, _DARK:])
    return packed.view(np.uint32)[..., 0]


def _interpolate(knots: NDArray[np.float32], levels: NDArray[np.uint8]) -> None:
    """Fill levels (n, k * m + 1) from knots (n, m + 1) that are k levels apart, cutting off."""
    distance = (levels.shape[1] - 1) // (knots.shape[1] - 1)
    values = knots[:, :-1].copy()
    step = (knots[:, 1:] - values) * np.float32(1 / distance)
    for level in range(distance):
        levels[:, level:-1:distance] = values
        values += step
    levels[:, -1] = knots[:, -1]
