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


def join_rows(blocks: Iterable[Rows], height: int) -> Rows:
    """Put consecutive blocks, together `height` rows, into one.

    Every block is copied as it comes, so that no two of them need be there at a time.
    """
    pixels: NDArray[Any] | None = None
    alpha: NDArray[Any] | None = None
    top = 0
    for block in blocks:
        if pixels is None:
            pixels = np.empty((height, *block.pixels.shape[1:]), block.pixels.dtype)
            if block.alpha is not None:
                alpha = np.empty((height, block.alpha.shape[1]), block.alpha.dtype)
        bottom = top + len(block)
        pixels[top:bottom] = block.pixels
        if alpha is not None:
            alpha[top:bottom] = block.alpha
        top = bottom
    if pixels is None or top != height:
        raise ValueError(f"blocks of {top} rows do not make {height}")
    return Rows(pixels, alpha)


def in_blocks(blocks: Iterable[Rows], size: int) -> Iterator[Rows]:
    """Cut consecutive blocks into ones of `size` rows each; the last may have fewer."""
    kept: list[Rows] = []
    count = 0
    for block in blocks:
        kept.append(block)
        count += len(block)
        if count < size:
            continue
        whole = _joined(kept)
        cut = count - count % size
        for top in range(0, cut, size):
            yield whole.part(top, top + size)
        count -= cut
        # A copy, since a view would keep all that it is a part of.
        rest = whole.part(cut, cut + count)
        kept = [Rows(rest.pixels.copy(), None if rest.alpha is None else rest.alpha.copy())]
    if count:
        yield _joined(kept)


def _joined(blocks: list[Rows]) -> Rows:
    if len(blocks) == 1:
        return blocks[0]
    alphas = [block.alpha for block in blocks if block.alpha is not None]
    return Rows(
        np.concatenate([block.pixels for block in blocks]),
        np.concatenate(alphas) if alphas else None,
    )
