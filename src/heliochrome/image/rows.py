"""Pictures row by row: for work on those that are too large to be in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.picture import Picture


@dataclass(frozen=True, slots=True)
class Rows:
    """Consecutive rows of a picture, as its file encoded them.

    Attributes:
        pixels: (n, W, C), C = 1 (gray) or 3 (RGB), as in `Picture`.
        alpha: (n, W) opacity of the same dtype, or None.

    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    def part(self, start: int, stop: int) -> Rows:
        """Give some of the rows, counted from the first of these."""
        alpha = None if self.alpha is None else self.alpha[start:stop]
        return Rows(self.pixels[start:stop], alpha)


class RowSource(Protocol):
    """A picture whose rows can be read in any order.

    Attributes:
        height, width: in pixels.
        channels: 1 or 3.
        dtype: of the samples: uint8, uint16 or float32.
        has_alpha: whether rows come with opacity.

    """

    @property
    def height(self) -> int: ...  # noqa: D102
    @property
    def width(self) -> int: ...  # noqa: D102
    @property
    def channels(self) -> int: ...  # noqa: D102
    @property
    def dtype(self) -> np.dtype[Any]: ...  # noqa: D102
    @property
    def has_alpha(self) -> bool: ...  # noqa: D102

    def read(self, start: int, stop: int) -> Rows:
        """Give the rows from `start` to `stop`, exclusive."""


@dataclass(frozen=True, slots=True)
class PictureRows:
    """A picture in memory as a source of rows."""

    picture: Picture

    @property
    def height(self) -> int:
        """Rows."""
        return self.picture.height

    @property
    def width(self) -> int:
        """Columns."""
        return self.picture.width

    @property
    def channels(self) -> int:
        """1 or 3."""
        return int(self.picture.pixels.shape[2])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the samples."""
        return self.picture.pixels.dtype

    @property
    def has_alpha(self) -> bool:
        """Whether rows come with opacity."""
        return self.picture.alpha is not None

    def read(self, start: int, stop: int) -> Rows:
        """Give the rows from `start` to `stop`, exclusive; not a copy."""
        return Rows(self.picture.pixels, self.picture.alpha).part(start, stop)


_READ_BYTES = 1 << 25


def row_blocks(source: RowSource) -> Iterator[Rows]:
    """Give all rows from top to bottom, about 32 MiB at a time."""
    bytes_of_row = source.width * (source.channels + source.has_alpha) * source.dtype.itemsize
    step = max(1, _READ_BYTES // bytes_of_row)
    for start in range(0, source.height, step):
        yield source.read(start, min(start + step, source.height))


def join_rows(blocks: Iterable[Rows], height: int) -> Rows:
    """Put consecutive blocks, together `height` rows, into one.

    Raises:
        ValueError: they are not `height` rows.

    """
    (whole,) = in_blocks(blocks, height, height)
    return whole


def in_blocks(blocks: Iterable[Rows], size: int, height: int) -> Iterator[Rows]:
    """Cut consecutive blocks into ones of `size` rows each; the last may have fewer.

    Rows are copied as they come: besides one block given and one taken, nothing is held.

    Args:
        blocks: together the whole picture.
        size: rows of a block wanted.
        height: rows of all blocks together.

    Raises:
        ValueError: there are more or fewer.

    """
    done = filled = 0
    target: Rows | None = None
    for block in blocks:
        taken = 0
        while taken < len(block):
            if target is None:
                target = _empty_like(block, min(size, height - done))
            count = min(len(target) - filled, len(block) - taken)
            _copy(block.part(taken, taken + count), target.part(filled, filled + count))
            taken, filled = taken + count, filled + count
            if filled == len(target):
                yield target
                done, filled, target = done + filled, 0, None
    if done != height:
        raise ValueError(f"there are {done + filled} rows instead of {height}")


def _empty_like(block: Rows, height: int) -> Rows:
    if height < 1:
        raise ValueError("there are more rows than the picture has")
    alpha = None if block.alpha is None else np.empty_like(block.alpha, shape=(height, block.width))
    return Rows(np.empty_like(block.pixels, shape=(height, *block.pixels.shape[1:])), alpha)


def _copy(source: Rows, target: Rows) -> None:
    target.pixels[...] = source.pixels
    if source.alpha is not None and target.alpha is not None:
        target.alpha[...] = source.alpha
