"""Where the picture lies on the paper, and the line where it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.tasks.vintage.fields import Purpose, unevenness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.fields import Map
    from heliochrome.tasks.vintage.parameters import Border

    Plane = NDArray[np.float32]

_OUTLINE_CELLS = 22  # along the long side: how fine the unevenness of the picture's edge is


@dataclass(frozen=True, slots=True)
class Canvas:
    """The picture's place, in pixels.

    picture: its height and width; top, left: where it begins; height, width: of the whole.
    """

    picture: tuple[int, int]
    top: int
    left: int
    height: int
    width: int

    @property
    def columns(self) -> slice:
        """The picture's columns of the canvas."""
        return slice(self.left, self.left + self.picture[1])

    def picture_rows(self, rows: slice) -> slice:
        """Rows of the picture that lie in some rows of the canvas; empty where none do."""
        start, stop = (
            min(max(row - self.top, 0), self.picture[0]) for row in (rows.start, rows.stop)
        )
        return slice(start, stop)


def lay_out(border: Border, height: int, width: int) -> Canvas:
    """Add the border around a picture of `height` x `width` pixels."""
    side = round(border.width * min(height, width))
    bottom = round(border.width * border.bottom * min(height, width))
    return Canvas((height, width), side, side, height + side + bottom, width + 2 * side)


class Outline:
    """The picture's edge: rounded corners, and the uneven end of a coating put on by hand."""

    def __init__(self, border: Border, canvas: Canvas, seed: int) -> None:
        self._canvas = canvas
        short = min(canvas.picture)
        self._radius = border.corner * short
        self._rough = border.rough * short
        self._wander: Map | None = None
        if self._rough:
            self._wander = unevenness(seed, Purpose.OUTLINE, *canvas.picture, _OUTLINE_CELLS)

    @property
    def is_plain(self) -> bool:
        """Whether the picture is a whole rectangle."""
        return self._radius == 0 and self._wander is None

    def coverage(self, rows: slice) -> Plane:
        """Share (n, W) of each pixel of some rows of the picture that lies inside."""
        height, width = self._canvas.picture
        down = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + np.float32(0.5)
        right = np.arange(width, dtype=np.float32) + np.float32(0.5)
        # Signed distance to a rounded rectangle: how far beyond its core, less the radius.
        y = np.abs(down - height / 2) - (height / 2 - self._radius)
        x = np.abs(right - width / 2) - (width / 2 - self._radius)
        beyond = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0)
        inside = self._radius - beyond
        if self._wander is not None:
            inside = inside - self._rough * (1.5 + self._wander.rows(rows)[0])
        return np.asarray(np.clip(inside + np.float32(0.5), 0, 1), np.float32)
