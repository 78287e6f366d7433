"""A picture that shows gray, colorized and true photos side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from heliochrome.errors import DataError

HEADINGS = ("gray", "colorized", "truth")

_CELL = (320, 240)
_GAP = 8
_LINE = 20
_FONT_SIZE = 14
_PAPER, _INK = (245, 245, 245), (30, 30, 30)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A caption and pictures (H, W, 3) uint8 sRGB, one for each heading of the sheet."""

    caption: str
    pictures: tuple[NDArray[np.uint8], ...]


def spread_evenly(rows: int, count: int) -> frozenset[int]:
    """Give `rows` indices (or fewer) spread evenly over `count` pictures."""
    if rows >= count:
        return frozenset(range(count))
    return frozenset(int((index + 0.5) * count / rows) for index in range(rows))


def contact_sheet(
    rows: Sequence[SheetRow], headings: Sequence[str] = HEADINGS
) -> NDArray[np.uint8]:
    """Draw the rows below each other, every picture reduced to fit 320 x 240 pixels.

    Returns:
        (H, W, 3) uint8 sRGB.

    Raises:
        DataError: there are no rows, or one has not a picture for every heading.

    """
    if not rows:
        raise DataError("contact sheet", "has no pictures", "evaluate one photo or more")
    if any(len(row.pictures) != len(headings) for row in rows):
        raise DataError(
            "contact sheet",
            f"has not {len(headings)} pictures in every row",
            "give one per heading",
        )
    cells = [[_fitted(pixels) for pixels in row.pictures] for row in rows]
    width = max(image.width for row in cells for image in row)
    heights = [max(image.height for image in row) for row in cells]
    size = (
        _GAP + len(headings) * (width + _GAP),
        _LINE + sum(height + _LINE + _GAP for height in heights) + _GAP,
    )
    sheet = Image.new("RGB", size, _PAPER)
    _draw(sheet, width, heights, rows, cells, headings)
    return np.asarray(sheet)


def _draw(
    sheet: Image.Image,
    width: int,
    heights: Sequence[int],
    rows: Sequence[SheetRow],
    cells: Sequence[Sequence[Image.Image]],
    headings: Sequence[str],
) -> None:
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT_SIZE)
    lefts = [_GAP + index * (width + _GAP) for index in range(len(headings))]
    for left, heading in zip(lefts, headings, strict=True):
        draw.text((left, 2), heading, _INK, font)
    top = _LINE
    for row, images, height in zip(rows, cells, heights, strict=True):
        draw.text((_GAP, top + 2), row.caption, _INK, font)
        for left, image in zip(lefts, images, strict=True):
            sheet.paste(image, (left, top + _LINE))
        top += height + _LINE + _GAP


def _fitted(pixels: NDArray[np.uint8]) -> Image.Image:
    image = Image.fromarray(pixels)
    image.thumbnail(_CELL, Image.Resampling.LANCZOS)
    return image
