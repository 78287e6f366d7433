"""Optical density of a print: what dyes add up to, and lose in proportion when they fade."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

# Of the blackest black of a print. Papers reach 2.0 to 2.4 (Hunt, "The Reproduction of Colour",
# 6th ed., 2004); what looks blacker in a file counts as that.
MOST_DENSITY = 2.3
_LEAST_LIGHT = np.float32(10**-MOST_DENSITY)


def density(linear: ArrayLike) -> NDArray[np.float32]:
    """Give the density, from 0 (white) to 2.3 (black), of linear light in [0, 1] (any shape)."""
    light = _LEAST_LIGHT + (1 - _LEAST_LIGHT) * np.asarray(linear, np.float32)
    return np.asarray(-np.log10(light), np.float32)


def light(density: ArrayLike) -> NDArray[np.float32]:
    """Invert `density`; densities beyond its range give light beyond [0, 1]."""
    let_through = np.float32(10) ** -np.asarray(density, np.float32)
    return np.asarray((let_through - _LEAST_LIGHT) / (1 - _LEAST_LIGHT), np.float32)
