"""The paper or plate itself: its fibers, its stains, and the decay that comes in from the edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heliochrome.tasks.vintage.fields import Purpose, smooth, unevenness, white_noise
from heliochrome.tasks.vintage.grain import WIDTH_PER_SIGMA, pixel_average

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.canvas import Canvas
    from heliochrome.tasks.vintage.parameters import Look

    Plane = NDArray[np.float32]
    Planes = NDArray[np.float32]

_MOTTLE_CELLS = 5  # along the long side
_EDGE_CELLS = 24
_EDGE_UNEVENNESS = 0.35


class Surface:
    """Density that does not belong to the image, on the whole canvas."""

    def __init__(self, look: Look, canvas: Canvas, pixel: float, seed: int) -> None:
        self._look = look
        self._canvas = canvas
        self._sigma = look.paper.fiber / WIDTH_PER_SIGMA / pixel
        self._texture = look.paper.texture * pixel_average(look.paper.fiber, pixel)
        self._fibers = white_noise(seed, Purpose.TEXTURE, canvas.width, 1, self._sigma)
        size = (canvas.height, canvas.width)
        self._mottle = unevenness(seed, Purpose.MOTTLE, *size, _MOTTLE_CELLS)
        self._edges = unevenness(seed, Purpose.EDGES, *size, _EDGE_CELLS)

    def density(self, rows: slice) -> Planes | None:
        """Density (1 or 3, n, W) gained by fibers and at the edges; None where nothing is."""
        gained = None
        if self._texture:
            gained = smooth(self._fibers, rows, self._canvas.width, self._sigma, norm=2)
            gained *= np.float32(self._texture)
        if any(self._look.edges.stain):
            stain = np.array(self._look.edges.stain, np.float32)[:, None, None]
            stained = stain * self._nearness(rows)
            gained = stained if gained is None else gained + stained
        return gained

    def kept(self, rows: slice) -> Plane | None:
        """Share (n, W) of the image's density that coating and fading leave; None for all."""
        kept = None
        if self._look.paper.mottle:
            kept = 1 + np.float32(self._look.paper.mottle) * self._mottle.rows(rows)[0]
        if self._look.edges.fading:
            faded = 1 - np.float32(self._look.edges.fading) * self._nearness(rows)
            kept = faded if kept is None else kept * faded
        return kept

    def _nearness(self, rows: slice) -> Plane:
        """How near (n, W) the edge is: 1 at it, falling off unevenly over `edges.width`."""
        height, width = self._canvas.height, self._canvas.width
        depth = self._look.edges.width * min(height, width)
        y = np.arange(rows.start, rows.stop, dtype=np.float32)
        x = np.arange(width, dtype=np.float32)
        from_sides = 1 - np.exp(-np.minimum(x, width - 1 - x) / depth)
        from_ends = 1 - np.exp(-np.minimum(y, height - 1 - y) / depth)
        near = 1 - from_ends[:, None] * from_sides
        near *= 1 + np.float32(_EDGE_UNEVENNESS) * self._edges.rows(rows)[0]
        return np.asarray(np.clip(near, 0, 1), np.float32)
