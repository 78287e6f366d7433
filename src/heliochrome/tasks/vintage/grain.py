"""Grain: a random field of density, with the spectrum of clumps of one size, seen by a pixel.

At a point its standard deviation is `Grain.amount` at middle gray. A pixel averages over its area,
so that coarse pixels show less of it, for large ones in proportion to 1 / side (Selwyn, Phot. J. 75
(1935)). The deviation grows with the square root of the density of the medium that the grains lie
in (Nutting, Phil. Mag. 26 (1913): density is the number of grains times their area).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.tasks.vintage.fields import Purpose, smooth, white_noise
from heliochrome.tasks.vintage.tone import MIDDLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.parameters import Grain

    Planes = NDArray[np.float32]

WIDTH_PER_SIGMA = 2 * math.sqrt(2 * math.log(2))  # of a Gaussian, at half its height
_LEAST, _MOST = 0.04, 2.0  # densities between which grain follows density; fog and saturation


class GrainField:
    """The grain of a picture."""

    def __init__(self, grain: Grain, *, layers: int, width: int, pixel: float, seed: int) -> None:
        """Prepare the grain.

        Args:
            grain: its parameters.
            layers: 1 or 3.
            width: of the picture, in pixels.
            pixel: side of a pixel on the film, micrometers.
            seed: of the pattern.

        """
        self._grain = grain
        self._width = width
        self._layers = layers
        self._sigma = grain.size / WIDTH_PER_SIGMA / pixel
        self._deviation = grain.amount * pixel_average(grain.size, pixel)
        planes = 1 if grain.color == 0 else layers
        self._noise = white_noise(seed, Purpose.GRAIN, width, planes, self._sigma)

    def add(self, straight: Planes, rows: slice) -> None:
        """Add grain to densities (layers, n, W), in place, before the curve bends them.

        So it thins out by itself where the curve is flat, in paper white and in solid black.
        """
        if self._deviation == 0:
            return
        noise = smooth(self._noise, rows, self._width, self._sigma, norm=2)
        if len(noise) > 1:
            noise = _mix(noise, self._grain.color)
        noise *= np.float32(self._deviation / math.sqrt(MIDDLE))
        medium = straight if self._grain.origin == "positive" else 2 * MIDDLE - straight
        noise = noise * np.sqrt(np.clip(medium, np.float32(_LEAST), np.float32(_MOST)))
        straight += noise


def _mix(noise: Planes, share: float) -> Planes:
    """Correlate independent noise (3, n, W) between layers by 1 - share, keeping its variance."""
    own = math.sqrt(share)
    common = math.sqrt(own**2 + 3 * (1 - share)) - own
    mixed: Planes = np.float32(own) * noise
    mixed += np.float32(common) * noise.mean(axis=0)
    return mixed


def pixel_average(size: float, pixel: float) -> float:
    """Share of a clump field's standard deviation that is left when a square pixel averages it.

    The field is white noise blurred by a Gaussian with `size` as its width at half height; its
    autocorrelation is exp(-r^2 / a^2) with a = 2 sigma, integrated here over the pixel.
    """
    a = 2 * size / WIDTH_PER_SIGMA
    ratio = pixel / a
    # The variance of one direction, which is the deviation of two.
    return math.sqrt(math.pi) * math.erf(ratio) / ratio - (1 - math.exp(-(ratio**2))) / ratio**2


def rms_granularity(amount: float, size: float, aperture: float = 48.0) -> float:
    """Give 1000 times the deviation of density through a round aperture (micrometers), at D = 1.

    So film makers state grain; for apertures much larger than the grain.
    """
    area = math.pi * aperture**2 / 4
    correlated = 4 * math.pi * (size / WIDTH_PER_SIGMA) ** 2
    return 1000 * amount * math.sqrt(correlated / area / MIDDLE)
