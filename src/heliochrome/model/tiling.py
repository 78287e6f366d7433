"""Large pictures in tiles of one shape, which together cover every pixel exactly once.

A network that only convolves gives the same values in a tile as in the whole picture wherever its
receptive field does not reach over the tile's border. Every tile is therefore read with a halo at
least as wide as that reach, and only what is inside the halo is kept: no seams. Beyond the
picture's own border, a margin of its mirror image is read where one is wanted.

All tiles of a plan have the same shape: backends plan their memory per input shape.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
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

    def around(self, reach: int) -> Span:
        """Give the same tile with up to `reach` more pixels kept on either side.

        They are pixels of the picture, and of the tile.
        """
        start = max(self.start - reach, self.first, 0)
        stop = min(self.stop + reach, self.first + self.length, self.size)
        return replace(self, start=start, stop=stop)

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
    """How a picture is cut into tiles of one shape: every row of spans with every column."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of every tile, halo included."""
        return self.rows[0].length, self.columns[0].length

    def __len__(self) -> int:
        return len(self.rows) * len(self.columns)

    def __iter__(self) -> Iterator[Tile]:
        """Give the tiles, row by row."""
        for rows in self.rows:
            for columns in self.columns:
                yield Tile(rows, columns)


def plan_tiles(
    height: int,
    width: int,
    *,
    halo: int,
    border: int,
    multiple: int,
    most: int | tuple[int, int],
    bucket: int = BUCKET,
) -> TilePlan:
    """Cut a picture into as few tiles as `most` allows, all of one shape.

    Tiles begin and end at multiples of `multiple` from the picture's corner, so that a network's
    strides fall on the same pixels in every tiling. What tiles read together ends at multiples of
    `bucket` pixels (and of `multiple`): small photos of all sizes meet few shapes.

    Args:
        height: of the picture, in pixels.
        width: of the picture.
        halo: least distance of what a tile keeps from its border inside the picture.
        border: mirrored pixels that are read beyond the picture's own border. This may be less than
            the halo: what a network makes of its input's border is the same in every tiling.
        multiple: what both sides of an input must be multiples of; halo and border are rounded up.
        most: most pixels a side of a tile, or most rows and most columns. A tile is never smaller
            than its halos (or border) and `bucket` pixels, whatever this says.
        bucket: 1 where shapes do not matter: then nothing is read beyond the picture that neither
            `border` nor `multiple` asks for.

    """
    halo, border = (-(-margin // multiple) * multiple for margin in (halo, border))
    step = math.lcm(bucket, multiple)
    # The first tile must reach into the picture, also where tiles are evened out to half of that.
    least = halo + max(halo, border) + max(step, 2 * (border - halo))
    sides = (most, most) if isinstance(most, int) else most
    rows, columns = (
        _spans(size, -(-size // step) * step + border, border, halo, multiple, max(side, least))
        for size, side in zip((height, width), sides, strict=True)
    )
    return TilePlan(rows, columns)


def mirrored(start: int, stop: int, size: int) -> NDArray[np.intp]:
    """Give indices of `start` to `stop` in a row of `size` pixels that is mirrored without end.

    The border pixel is the mirror and not repeated, so that no flat double row appears.
    """
    period = max(2 * (size - 1), 1)
    position = np.abs(np.arange(start, stop)) % period
    return np.where(position < size, position, period - position).astype(np.intp)


def _spans(
    size: int, end: int, border: int, halo: int, multiple: int, most: int
) -> tuple[Span, ...]:
    """Cover `size` pixels by the fewest equal tiles that read from `-border` to `end`."""
    whole = border + end
    if whole <= most:
        return (Span(-border, whole, 0, size, size),)
    largest = (most - 2 * halo) // multiple * multiple
    inner = whole - 2 * halo
    count = -(-inner // largest)
    advance = -(-inner // (count * multiple)) * multiple
    length = advance + 2 * halo
    spans: list[Span] = []
    start = 0
    while start < size:
        # The last tile ends where the whole ends, so that nothing is read that no other sees.
        first = min(len(spans) * advance - border, end - length)
        stop = size if first + length == end else min(first + length - halo, size)
        spans.append(Span(first, length, start, stop, size))
        start = stop
    return tuple(spans)
