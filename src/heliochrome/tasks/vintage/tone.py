"""From exposure to density: the characteristic curve of Hurter and Driffield (1890).

The curve is a straight line in log exposure against density between two bends (toe and shoulder),
each a softplus of the given width. It is that of the final positive, so its toe is at the lights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.tasks.vintage.parameters import Tone

    Planes = NDArray[np.float32]

MIDDLE = -math.log10(0.18)  # density of middle gray; contrast turns about it
_LOWEST_EXPOSURE = 1e-5  # five decades below white, more than any film spans


class Curve:
    """The characteristic curve of one or three layers."""

    def __init__(self, tone: Tone, layers: int) -> None:
        self._tone = tone
        parts = zip(tone.layer_gamma, tone.layer_exposure, strict=True)
        per_layer = list(parts) if layers == 3 else [(1.0, 0.0)]
        gamma = np.array([tone.gamma * own for own, _ in per_layer])
        shift = np.array([stops * math.log10(2) for _, stops in per_layer])
        # straight = MIDDLE + gamma * (-log10(exposure) - shift - MIDDLE), per natural logarithm:
        self._slope = _column(-gamma / math.log(10))
        self._offset = _column(MIDDLE - gamma * (shift + MIDDLE))

    def straight(self, exposure: Planes) -> Planes:
        """Density (layers, n, W) that an endless straight line would give; exposure 1 is white."""
        density: Planes = np.log(np.maximum(exposure, np.float32(_LOWEST_EXPOSURE)))
        density *= self._slope
        density += self._offset
        return density

    def bend(self, straight: Planes) -> Planes:
        """Density of the positive (any shape), between dmin and dmax, of the straight line's."""
        tone = self._tone
        density = _softplus(straight, tone.toe)
        density -= _softplus(straight - np.float32(tone.dmax - tone.dmin), tone.shoulder)
        density += np.float32(tone.dmin)
        return density


def _column(values: NDArray[np.float64]) -> Planes:
    return values.astype(np.float32)[:, None, None]


def _softplus(values: Planes, width: float) -> Planes:
    """Give width * log(1 + exp(values / width)), without overflow."""
    scaled = values * np.float32(1 / width)
    rest = np.abs(scaled)
    np.negative(rest, out=rest)
    np.exp(rest, out=rest)
    rest += np.float32(1)
    np.log(rest, out=rest)
    np.maximum(scaled, 0, out=scaled)
    scaled += rest
    scaled *= np.float32(width)
    return scaled
