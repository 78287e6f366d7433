"""The autochrome's mosaic: grains of potato starch, dyed orange, green and violet.

Behind each grain the plate holds a positive of what the grain lets pass, so the picture is a sum of
colored points. There are 7000 to 8000 grains of 10 to 15 micrometers per square millimeter
(Lavedrine and Gandolfo, "The Lumiere Autochrome", 2013), so a pixel holds many; their random
numbers leave a colored speckle that falls with the side of the pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from heliochrome.tasks.vintage.fields import Purpose, stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.parameters import Screen

    Planes = NDArray[np.float32]

# Share that orange, green and violet grains (columns) have in red, green and blue (rows). The
# orange is yellowish, the violet reddish; the rows sum to 1, so that the plate's white is white.
FILTERS = np.array([[0.86, 0.06, 0.08], [0.16, 0.78, 0.06], [0.02, 0.08, 0.90]])
_COUNTED = 16  # grains per pixel up to which they are counted; beyond, their number is normal


class Mosaic:
    """The screen of a picture."""

    def __init__(self, screen: Screen, *, width: int, pixel: float, seed: int) -> None:
        """Prepare the screen; `pixel` is the side of a pixel on the plate in micrometers."""
        self._amount = np.float32(screen.amount)
        self._width = width
        self._seed = seed
        self._grains = (pixel / screen.size) ** 2
        self._per_pixel = pixel / screen.size
        even = np.full((3, 3), 1 / 3)
        self._filters = (even + screen.purity * (FILTERS - even)).astype(np.float32)

    def through(self, light: Planes, rows: slice) -> Planes:
        """Linear sRGB (3, n, W) of a plate's transmittances behind the three kinds of grains."""
        if self._amount:
            light = light * (1 + self._amount * (self._abundance(rows) - 1))
        flat = self._filters @ light.reshape(3, -1)
        return np.asarray(flat.reshape(light.shape), np.float32)

    def _abundance(self, rows: slice) -> Planes:
        """Area (3, n, W) that each kind has in a pixel, relative to its mean of a third."""
        if self._grains < 1:
            return self._resolved(rows)
        draw = self._count if self._grains <= _COUNTED else self._estimate
        drawn = (
            draw(stream(self._seed, Purpose.SCREEN, row)) for row in range(rows.start, rows.stop)
        )
        return np.stack(list(drawn), axis=1)

    def _count(self, generator: np.random.Generator) -> Planes:
        number = round(self._grains)
        kinds = generator.integers(0, 3, (number, self._width), np.uint8)
        counts = [(kinds == kind).sum(axis=0) for kind in range(3)]
        return np.array(counts, np.float32) * np.float32(3 / number)

    def _estimate(self, generator: np.random.Generator) -> Planes:
        """Limit of the multinomial distribution: variance 2 / n, covariance -1 / n."""
        noise = generator.standard_normal((3, self._width), np.float32)
        noise -= noise.mean(axis=0)
        return np.asarray(np.maximum(1 + noise * np.float32((3 / self._grains) ** 0.5), 0))

    def _resolved(self, rows: slice) -> Planes:
        """Where grains are larger than pixels: the kind of the nearest of jittered centers."""
        y = (np.arange(rows.start, rows.stop) + 0.5) * self._per_pixel
        x = (np.arange(self._width) + 0.5) * self._per_pixel
        first, last = int(y[0]) - 1, int(y[-1]) + 1
        centers = self._centers(first, last, int(x[-1]) + 3)
        row, column = y.astype(np.intp) - first, x.astype(np.intp) + 1
        nearest = np.full((len(y), len(x)), np.inf, np.float32)
        kind = np.zeros(nearest.shape, np.float32)
        for down in (-1, 0, 1):
            for right in (-1, 0, 1):
                dy, dx, found = centers[:, (row + down)[:, None], (column + right)[None]]
                dy += (row + down + first - y).astype(np.float32)[:, None]
                dx += (column + right - 1 - x).astype(np.float32)
                distance = dy * dy + dx * dx
                closer = distance < nearest
                nearest[closer], kind[closer] = distance[closer], found[closer]
        return np.stack([3 * (kind == k) for k in range(3)]).astype(np.float32)

    def _centers(self, first: int, last: int, columns: int) -> Planes:
        """Place of the center in each cell and its kind (3, rows, columns)."""
        drawn = [
            stream(self._seed, Purpose.SCREEN, row).random((3, columns), np.float32)
            for row in range(first, last + 1)
        ]
        centers = np.stack(drawn, axis=1)
        centers[2] = np.floor(3 * centers[2])
        return centers
