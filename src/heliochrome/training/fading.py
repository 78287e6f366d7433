"""Fade good photos as dyes do, so that the loss is known."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.color import linear_to_srgb, srgb_to_linear
from heliochrome.image.density import density, light
from heliochrome.tasks.vintage.dyes import UNWANTED

LEAST_KEPT, MOST_KEPT = 0.4, 0.95  # of the density of a dye
MOST_STAIN = 0.25  # density in blue light; yellowing is the usual one
# Density that a stain has in red and green light as a share of that in blue: browns to yellows.
STAIN_RED, STAIN_GREEN = (0.05, 0.35), (0.25, 0.6)
# By which the unwanted absorptions differ from those of one known set of dyes: papers differ, and
# a method must not profit from knowing them.
SPREAD_OF_DYES = (0.5, 1.5)


def fade(pixels: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Give (H, W, 3) uint8 sRGB as a scan of its print would look after it faded.

    Each of three dyes keeps 0.4 to 0.95 of its density, and a yellowish stain is added. Dyes absorb
    in all three channels, so that the loss is no exact function of any one of them.

    Source of the model: Gschwind and Frey 1994 (see `heliochrome.tasks.fading`).
    """
    dyes = _dyes(rng)
    kept = rng.uniform(LEAST_KEPT, MOST_KEPT, 3)
    blue = rng.uniform(0, MOST_STAIN)
    stain = blue * np.array([rng.uniform(*STAIN_RED), rng.uniform(*STAIN_GREEN), 1.0])
    loss = dyes @ np.diag(kept) @ np.linalg.inv(dyes)
    levels = density(srgb_to_linear(np.arange(256, dtype=np.float32) / 255))
    faded = levels[pixels] @ loss.T.astype(np.float32) + stain.astype(np.float32)
    encoded = linear_to_srgb(np.clip(light(faded), 0, 1))
    return np.rint(encoded * 255).astype(np.uint8)


def _dyes(rng: np.random.Generator) -> NDArray[np.float64]:
    """Densities (3, 3) in R, G, B (rows) of cyan, magenta and yellow, whose sum is neutral."""
    off_diagonal = rng.uniform(*SPREAD_OF_DYES, (3, 3)) * (1 - np.eye(3))
    dyes = UNWANTED * (off_diagonal + np.eye(3))
    neutral: NDArray[np.float64] = dyes / dyes.sum(axis=1, keepdims=True)
    return neutral
