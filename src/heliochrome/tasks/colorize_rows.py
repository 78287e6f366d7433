"""Colorize a picture row by row: for those that are too large to be in memory as a whole.

A colorizer sees a photo at a few hundred pixels, so it takes two passes over the rows. The first
reduces the lightness to cells; the network predicts the chroma of all cells. The second brings the
chroma to the pixels along the edges of the lightness, as `apply_chroma` does it, band by band. In
between, the photo may have been enlarged: its cells are then so many times larger.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.errors import OptionError
from heliochrome.image.chroma import apply_chroma, chroma_at
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.read import turn_upright
from heliochrome.image.resize import resize_lightness
from heliochrome.image.rows import Rows, RowSource, in_blocks
from heliochrome.image.samples import from_unit, to_unit
from heliochrome.tasks.colorize import predict_chroma
from heliochrome.tasks.options import ColorizeOptions, Hint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.formats.tiff import Page
    from heliochrome.model.session import Network

MOST_CELLS = 2048  # a side of the grid that chroma is known on
LEAST_CELL = 4  # pixels a side; `apply_chroma` has no finer grid
# Cells around a band that its chroma depends on: windows of 5 x 5 cells, of a third and of a ninth
# of a cell, one after the other, and interpolation between each.
MARGIN = 5
BAND_BYTES = 1 << 25  # of the lightness of a band
COLUMNS = 8192  # pixels of a band that are colored at a time
_READ_BYTES = 1 << 24  # of the samples read at a time in the first pass
# Orientations that undo each other; the others undo themselves.
_INVERSE = {6: 8, 8: 6}


@dataclass(frozen=True, slots=True)
class RowColoring:
    """The colors of a photo, known on cells.

    Attributes:
        chroma: (h, w, 2) a* and b*, of the photo as it is stored.
        cell: pixels a side of a cell.
        profile: ICC profile of the photo, or None.
        mean_confidence: as in `Colorization`.

    """

    chroma: NDArray[np.float32]
    cell: int
    profile: bytes | None
    mean_confidence: float


def plan_coloring(
    source: RowSource, page: Page, network: Network, options: ColorizeOptions | None = None
) -> RowColoring:
    """Read a photo once and predict its colors.

    Args:
        source: the photo.
        page: what is known of it: profile and orientation.
        network: whose task is "colorize".
        options: as for `colorize`; there are neither variants nor kept color here.

    Raises:
        CardError: the network is not a colorizer.
        OptionError: variants or existing color are asked for, or a hint lies outside the photo.
        ReadError: the source cannot be read.
        ModelError: the network failed.

    """
    chosen = options or ColorizeOptions()
    if chosen.variants > 1 or chosen.keep_existing:
        raise OptionError(
            "variants" if chosen.variants > 1 else "keep existing",
            "is not offered for pictures that are done row by row",
            "leave it out, or reduce the picture first",
        )
    cell = LEAST_CELL
    while max(source.height, source.width) > MOST_CELLS * cell:
        cell *= 2
    cells = _lightness_of_cells(source, page.icc_profile, cell)
    upright = np.ascontiguousarray(turn_upright(cells, page.orientation))
    small, confidence = predict_chroma(upright, network, _relative(chosen, source, page))
    chroma = chroma_at(upright, small)
    stored = turn_upright(chroma, _INVERSE.get(page.orientation, page.orientation))
    return RowColoring(stored, cell, page.icc_profile, confidence)


def colored_page(page: Page) -> Page:
    """Give what is written of a TIFF page that was colorized: sRGB of 8 or 16 bits."""
    dtype = np.dtype(np.uint8 if page.dtype == np.uint8 else np.uint16)
    return replace(page, channels=3, dtype=dtype, icc_profile=None)


def color_rows(
    blocks: Iterable[Rows], coloring: RowColoring, size: tuple[int, int], *, scale: int = 1
) -> Iterator[Rows]:
    """Give rows in color, some hundred at a time; their lightness is that of the rows given.

    Args:
        blocks: consecutive rows, together the photo of `coloring`, enlarged `scale` times.
        coloring: its colors.
        size: height and width of all blocks together.
        scale: how many times larger the rows are than what `coloring` was planned for.

    """
    height, width = size
    cell = coloring.cell * scale
    margin = MARGIN * cell
    step = max(margin, BAND_BYTES // (4 * width) // cell * cell)
    bands = (
        _Band(rows, _lightness(rows, coloring.profile)) for rows in in_blocks(blocks, step, height)
    )
    above: NDArray[np.float32] | None = None
    current: _Band | None = None
    first = 0  # row of cells that the current band begins with
    for below in itertools.chain(bands, [None]):
        if current is not None:
            near = [above, current.light, None if below is None else below.light[:margin]]
            lead = 0 if above is None else len(above)
            parts = _Parts([part for part in near if part is not None], lead, len(current.light))
            chroma = coloring.chroma[first - lead // cell :]
            colors = parts.color(chroma, cell, _depth(current.rows))
            yield Rows(colors, _integer(current.rows.alpha))
            above = current.light[-margin:]
            first += len(current.light) // cell
        current = below


@dataclass(frozen=True, slots=True)
class _Band:
    """Consecutive rows with their lightness (n, W)."""

    rows: Rows
    light: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Parts:
    """A band of lightness and what is above and below it, colored some columns at a time.

    stack: consecutive rows; lead: how many of them are above the band, which has `height`.
    """

    stack: list[NDArray[np.float32]]
    lead: int
    height: int

    def color(self, chroma: NDArray[np.float32], cell: int, bit_depth: int) -> NDArray[Any]:
        """Give samples (height, W, 3); the chroma (h, w, 2) begins with the stack's first row."""
        width = self.stack[0].shape[1]
        margin = MARGIN * cell
        step = -(-COLUMNS // cell) * cell
        colors = np.empty((self.height, width, 3), np.uint8 if bit_depth == 8 else np.uint16)
        for left in range(0, width, step):
            start, right = max(left - margin, 0), min(left + step, width)
            light = _whole_cells(
                np.concatenate([rows[:, start : right + margin] for rows in self.stack]), cell
            )
            rows, columns = (side // cell for side in light.shape)
            used = chroma[:rows, start // cell : start // cell + columns]
            part = apply_chroma(light, used, bit_depth=bit_depth)
            colors[:, left:right] = part[self.lead :, left - start :][: self.height, : right - left]
        return colors


def _lightness(rows: Rows, profile: bytes | None) -> NDArray[np.float32]:
    return lightness(Picture(rows.pixels, icc_profile=profile))


def _depth(rows: Rows) -> int:
    return 8 if rows.pixels.dtype == np.uint8 else 16


def _integer(alpha: NDArray[Any] | None) -> NDArray[Any] | None:
    if alpha is None or alpha.dtype != np.float32:
        return alpha
    return from_unit(to_unit(alpha), np.dtype(np.uint16))


def _lightness_of_cells(source: RowSource, profile: bytes | None, cell: int) -> NDArray[np.float32]:
    """Mean L* (h, w) of every cell; those at the border repeat the last pixels."""
    bytes_of_row = source.width * source.channels * source.dtype.itemsize
    step = max(1, _READ_BYTES // bytes_of_row // cell) * cell
    means = []
    for start in range(0, source.height, step):
        rows = source.read(start, min(start + step, source.height))
        light = _whole_cells(_lightness(rows, profile), cell)
        size = light.shape[0] // cell, light.shape[1] // cell
        means.append(resize_lightness(light, size))
    return np.concatenate(means)


def _whole_cells(light: NDArray[np.float32], cell: int) -> NDArray[np.float32]:
    """Repeat the last row and column up to a multiple of the cell's side."""
    rows, columns = (-side % cell for side in light.shape)
    if not (rows or columns):
        return light
    return np.pad(light, ((0, rows), (0, columns)), mode="edge")


def _relative(options: ColorizeOptions, source: RowSource, page: Page) -> ColorizeOptions:
    """Give hints in shares of the upright photo, since the network's is a reduction of it."""
    height, width = source.height, source.width
    if page.orientation >= 5:
        height, width = width, height
    hints = tuple(_relative_hint(hint, height, width) for hint in options.hints)
    return replace(options, hints=hints)


def _relative_hint(hint: Hint, height: int, width: int) -> Hint:
    if hint.unit == "relative":
        return hint
    x, y = (hint.x + 0.5) / width, (hint.y + 0.5) / height  # pixel centers
    if max(x, y) > 1:
        raise OptionError(
            f"hint at ({hint.x}, {hint.y})",
            f"lies outside the photo of {width} x {height} pixels",
            "give a point inside it",
        )
    radius = None if hint.radius is None else min(1.0, hint.radius / max(height, width))
    return replace(hint, x=x, y=y, radius=radius, unit="relative")
