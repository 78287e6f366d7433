"""8-bit sRGB of quantized Lab from a table, for pictures with far more pixels than colors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.strips import map_strips

# Half a step of L* is 0.125; rounding to 8 bits adds up to 0.25, and 0.5 are allowed.
_LIGHTNESS_STEPS = 4
# Entries are encoded in runs of so many levels: where one of them occurs, grain needs the others.
_RUN = 4
_LEVELS = 101 * _RUN
# What a run counts for in pixels of a strip: its encoding works on more and wider arrays.
_BATCH_WIDTH = 8 * _RUN
# Half a step of a* and b* is 0.4, about what the rounding to 8 bits changes them by: no banding.
_CHROMA_STEPS = 1.25
# 128 MiB, of which only the pages of colors that occur are ever touched. It covers any picture
# whose a* and b* both span 230 units.
_MOST_ENTRIES = 1 << 25


class SrgbTable:
    """A table over L*, a*, b* of which only the entries asked for are encoded.

    Encoding all of them would take longer than encoding a picture of 12 megapixels does: of the
    box of colors that a picture spans, it contains few. Threads may look up together.
    """

    def __init__(self, lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> None:
        """Prepare for chroma from `lowest` to `highest`, each a* and b* (2,)."""
        # Whole steps, so that no chroma at all has an entry of its own and stays exactly gray.
        self._first = np.floor(lowest * np.float32(_CHROMA_STEPS))
        self._columns = _counts(lowest, highest)[1]
        # Zero means missing, since the fourth byte of an encoded entry is 255.
        self._entries = np.zeros(_size(lowest, highest), np.uint32)
        self._encoder = SrgbEncoder(8)

    @staticmethod
    def fits(lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> bool:
        """Whether a table from `lowest` to `highest` is of a reasonable size."""
        return _size(lowest, highest) <= _MOST_ENTRIES

    def lightness_entries(self, lightness: NDArray[np.float32]) -> NDArray[np.int32]:
        """Give the offsets in the table of L* (any shape), clipped to 0..100."""
        steps = np.clip(lightness, np.float32(0), np.float32(100))
        steps *= np.float32(_LIGHTNESS_STEPS)
        steps += np.float32(0.5)
        return steps.astype(np.int32)

    def chroma_entries(self, chroma: NDArray[np.float32]) -> NDArray[np.int32]:
        """Give the offsets in the table of a* and b* (2, ...), to add to those of L*."""
        steps = chroma * np.float32(_CHROMA_STEPS)
        steps -= (self._first - np.float32(0.5)).reshape(2, *[1] * (chroma.ndim - 1))
        a, b = steps.astype(np.int32)
        a *= self._columns
        a += b
        a *= _LEVELS
        entries: NDArray[np.int32] = a
        return entries

    def look_up(self, entries: NDArray[np.int32]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """Give the samples (h, w, 4) of entries (h, w): R, G, B, and one that means nothing.

        With them come the positions (n,) in h * w of entries that are not encoded yet: their
        samples are 0.
        """
        # Within bounds by construction; "wrap" is numpy's fastest way of not checking.
        samples = self._entries.take(entries, mode="wrap")
        missing = np.empty(0, np.intp) if samples.min() else np.flatnonzero(samples == 0)
        return samples.view(np.uint8).reshape(*entries.shape, 4), missing

    def encode(self, entries: NDArray[np.int32]) -> None:
        """Encode what is missing of these entries (any shape), and those of similar lightness."""
        wanted = np.zeros(self._entries.size // _RUN + 2, np.bool_)
        wanted[entries.ravel() // np.int32(_RUN) + 1] = True
        wanted[1:-1] |= wanted[:-2] | wanted[2:]
        runs = np.flatnonzero(wanted[1:-1] & (self._entries[::_RUN] == 0)).astype(np.int32)
        map_strips(lambda chosen: self._encode(runs[chosen]), len(runs), _BATCH_WIDTH)

    def _encode(self, runs: NDArray[np.int32]) -> None:
        """Fill in runs of entries (n,)."""
        missing = (runs[:, None] * np.int32(_RUN) + np.arange(_RUN, dtype=np.int32)).ravel()
        rest, level = np.divmod(missing, np.int32(_LEVELS))
        a, b = np.divmod(rest, np.int32(self._columns))
        chroma = np.stack([a, b]) + self._first[:, None]
        chroma /= np.float32(_CHROMA_STEPS)
        lightness = level.astype(np.float32) / np.float32(_LIGHTNESS_STEPS)
        packed = np.full((missing.size, 4), 255, np.uint8)
        packed[:, :3] = self._encoder.encode(lightness, chroma).T
        self._entries[missing] = packed.view(np.uint32)[:, 0]


def _counts(lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> list[int]:
    """Count the steps of a* and b* from the lowest to the highest, both rounded outward."""
    return [int(span * _CHROMA_STEPS) + 3 for span in highest - lowest]


def _size(lowest: NDArray[np.float32], highest: NDArray[np.float32]) -> int:
    rows, columns = _counts(lowest, highest)
    return rows * columns * _LEVELS
