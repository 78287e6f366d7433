"""Where a derivative lies on its original, so that both can be shown on top of each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from heliochrome.archive.export.iiif.display import open_for_display, typed_error
from heliochrome.archive.export.iiif.images import LARGEST, ServedImage
from heliochrome.archive.export.iiif.manifest import same_shape
from heliochrome.image.history import cropped_box

_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Placement:
    """The part of the original that a derivative shows, in pixels of the upright original."""

    left: int
    top: int
    width: int
    height: int

    def box(self, original: ServedImage) -> tuple[float, float, float]:
        """Give left, top and width in widths of the original, as deep zoom places pictures."""
        parts = (self.left, self.top, self.width)
        left, top, width = (round(part / original.width, 6) for part in parts)
        return left, top, width

    def is_whole(self, original: ServedImage) -> bool:
        """Whether nothing is missing."""
        return (self.width, self.height) == (original.width, original.height)


def place(
    record: Mapping[str, Any], derived: ServedImage, original: ServedImage
) -> Placement | None:
    """Find where a derivative lies on its original; None where they do not fit each other."""
    left, top, right, bottom = cropped_box(record) or (0, 0, 0, 0)
    width, height = original.width - left - right, original.height - top - bottom
    if width < 1 or height < 1 or not same_shape((width, height), (derived.width, derived.height)):
        return None
    return Placement(left, top, width, height)


def cropped_original(source: Path, placement: Placement) -> bytes:
    """Give the part of an original that a derivative shows, as JPEG for a browser.

    Raises:
        ReadError: the original cannot be read.

    """
    try:
        part = open_for_display(source).crop(
            placement.left, placement.top, placement.width, placement.height
        )
        small = part.thumbnail_image(LARGEST, height=LARGEST, size="down")
        return bytes(small.jpegsave_buffer(Q=_QUALITY, interlace=True, keep="none"))
    except pyvips.Error as error:
        raise typed_error(source, error) from error
