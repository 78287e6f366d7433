"""Large pictures in tiles of one shape, which together cover every pixel exactly once.

A network that only convolves gives the same values in a tile as in the whole picture wherever its
receptive field does not reach over the tile's border. Every tile is therefore read with a halo at
least as wide as that reach, and only what is inside the halo is kept: no seams. Beyond the
picture's own border, its mirror image is read.

All tiles of a plan have the same shape: backends plan their memory per input shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heliochrome.model.session import BUCKET


@dataclass(frozen=True, slots=True)
class Span:
    """One tile along one axis, in pixels of the picture.

    Attributes:
        first: where the tile begins; negative where it begins before the picture.
        length: of the tile, halo included.
        start: first pixel that is kept.
        stop: end of the pixels that are kept, exclusive.
        size: of the picture.

    """

    first: int
    length: int
    start: int
    stop: int
    size: int

    def read(self) -> NDArray[np.intp]:
        """Give indices (length,) of the tile's pixels, mirrored beyond the picture's border."""
        return mirrored(self.first, self.first + self.length, self.size)

    def kept(self, scale: int = 1) -> slice:
        """Where, in a tile enlarged `scale` times, the pixels to keep are."""
        return slice((self.start - self.first) * scale, (self.stop - self.first) * scale)

    def placed(self, scale: int = 1) -> slice:
        """Where they belong in the enlarged picture."""
        return slice(self.start * scale, self.stop * scale)


@dataclass(frozen=True, slots=True)
class Tile:
    """What one run of a network reads, and which part of its answer is kept."""

    rows: Span
    columns: Span

    def read(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Copy the tile (h, w, ...) out of the picture's pixels (H, W, ...)."""
        return pixels[np.ix_(self.rows.read(), self.columns.read())]

    def kept(self, scale: int = 1) -> tuple[slice, slice]:
        """Rows and columns to keep of the tile's answer, which is enlarged `scale` times."""
        return self.rows.kept(scale), self.columns.kept(scale)

    def placed(self, scale: int = 1) -> tuple[slice, slice]:
        """Rows and columns of the enlarged picture that they belong to."""
        return self.rows.placed(scale), self.columns.placed(scale)

    def weight(self) -> NDArray[np.float32]:
        """Plane (h, w): 1 where a pixel is kept, 0 on the halo and beyond the picture."""
        plane = np.zeros((self.rows.length, self.columns.length), np.float32)
        plane[self.kept()] = 1
        return plane

    @property
    def area(self) -> int:
        """How many pixels are kept: their share when tiles' statistics are combined."""
        rows, columns = self.rows, self.columns
        return (rows.stop - rows.start) * (columns.stop - columns.start)


@dataclass(frozen=True, slots=True)
class TilePlan:
    """How a picture is cut into tiles of one shape.

    Attributes:
        height: of the picture, in pixels.
        width: of the picture.
        core: rows and columns that a tile keeps; those at the far borders may keep fewer.
        halo: pixels read on each side of the core.

    """

    height: int
    width: int
    core: tuple[int, int]
    halo: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of every tile, halo included."""
        return self.core[0] + 2 * self.halo, self.core[1] + 2 * self.halo

    def __len__(self) -> int:
        return math.prod(
            -(-size // core)
            for size, core in zip((self.height, self.width), self.core, strict=True)
        )

    def __iter__(self) -> Iterator[Tile]:
        """Give the tiles, row by row."""
        for rows in self._spans(self.height, self.core[0]):
            for columns in self._spans(self.width, self.core[1]):
                yield Tile(rows, columns)

    def _spans(self, size: int, core: int) -> Iterator[Span]:
        for start in range(0, size, core):
            stop = min(start + core, size)
            yield Span(start - self.halo, core + 2 * self.halo, start, stop, size)


def plan_tiles(height: int, width: int, *, halo: int, multiple: int, most: int) -> TilePlan:
    """Cut a picture into as few tiles as `most` allows, all of one shape.

    Tiles begin and end at multiples of `multiple` from the picture's corner, so that a network's
    strides fall on the same pixels in every tiling. Cores are multiples of 32 pixels (or of
    `multiple` where that is larger): photos of all sizes meet few shapes.

    Args:
        height: of the picture, in pixels.
        width: of the picture.
        halo: least width of the halo; it is rounded up to `multiple`.
        multiple: what both sides of an input must be multiples of.
        most: most pixels a side of a tile, halo included. A core is never smaller than its least
            step, whatever this says.

    """
    margin = -(-halo // multiple) * multiple
    step = math.lcm(BUCKET, multiple)
    largest = max(step, (most - 2 * margin) // step * step)
    rows, columns = (_core(size, largest, step) for size in (height, width))
    return TilePlan(height, width, (rows, columns), margin)


def mirrored(start: int, stop: int, size: int) -> NDArray[np.intp]:
    """Give indices of `start` to `stop` in a row of `size` pixels that is mirrored without end.

    The border pixel is the mirror and not repeated, so that no flat double row appears.
    """
    period = max(2 * (size - 1), 1)
    position = np.abs(np.arange(start, stop)) % period
    return np.where(position < size, position, period - position).astype(np.intp)


def _core(size: int, largest: int, step: int) -> int:
    """Core of the fewest equal tiles that cover `size`."""
    count = -(-size // largest)
    return -(-size // (count * step)) * step
