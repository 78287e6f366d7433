"""How much a color print has faded: an estimate from the statistics of its densities.

A dye that fades loses density in proportion to what it had, and the paper gains a stain on top
(Gschwind and Frey, "Electronic imaging, a tool for the reconstruction of faded color photographs",
J. Imaging Sci. Technol. 38, 1994). Channel by channel, density is therefore kept * original +
stain, and the original is (density - stain) * gain.

Both are estimated by a linear regression on statistics of the densities: percentiles of every
channel, their spreads, and the strength and the common direction of the edges (what changes
together, as most edges in the world do, should change alike: the gray-edge assumption of van de
Weijer, Gevers and Gijsenij 2007). White paper and black shadows, the classic anchors, are among the
percentiles; the regression has learned how far to trust each. A logistic regression on the same
statistics gives the probability that the photo has faded at all, so that good photos stay as they
are. `heliochrome.training.fading_fit` made the coefficients from synthetically faded photos.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

Planes = NDArray[np.float32]

PERCENTILES = (0.5, 2, 5, 10, 25, 50, 75, 90, 95, 98, 99.5)
_WIDE, _NARROW = (1, 9), (3, 7)  # of the percentiles, pairs that measure contrast
_LEAST_SPREAD = 0.02
_LEAST_EDGE = 1e-3
# Deviations from the mean at which statistics are cut off: the regression knows no photo beyond.
_FARTHEST = 4.0
COEFFICIENTS = "fading.json"
_MOST_GAIN = 4.0  # beyond, there is more noise than picture


@dataclass(frozen=True, slots=True)
class Fading:
    """What a print has lost and gained, by channel: R, G, B, in which C, M, Y dyes absorb.

    Attributes:
        gains: by which its densities above the stain have to be multiplied, from 1 up.
        stain: density that has to be taken off.
        probability: that it has faded at all, in 0..1.

    """

    gains: tuple[float, float, float]
    stain: tuple[float, float, float]
    probability: float

    def scaled(self, strength: float) -> Fading:
        """Give a loss of that share: densities are what add up."""
        red, green, blue = (gain**strength for gain in self.gains)
        stain = (strength * self.stain[0], strength * self.stain[1], strength * self.stain[2])
        return Fading((red, green, blue), stain, self.probability)

    def even(self) -> Fading:
        """Give the loss that all channels have in common."""
        gain = float(np.exp(np.mean(np.log(self.gains))))
        stain = float(np.mean(self.stain))
        return Fading((gain, gain, gain), (stain, stain, stain), self.probability)


@dataclass(frozen=True, slots=True)
class FadingModel:
    """Coefficients on the statistics of a photo, each (S + 1, ...), the constant last.

    Attributes:
        mean, deviation: (S,) of every statistic.
        loss: (S + 1, 6) for the logarithms of the gains, and the stain.
        evidence: (S + 1,) for the logarithm of the odds of fading.

    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    loss: NDArray[np.float64]
    evidence: NDArray[np.float64]

    def estimate(self, densities: Planes) -> Fading:
        """Estimate the fading of a photo from its densities (3, h, w)."""
        rows = self.standardized(statistics_of(densities)[None])
        loss = (rows @ self.loss)[0]
        gains = np.exp(np.clip(loss[:3], 0, np.log(_MOST_GAIN)))
        probability = float(1 / (1 + np.exp(-(rows @ self.evidence)[0])))
        red, green, blue = (float(gain) for gain in gains)
        stain = [max(float(value), 0.0) for value in loss[3:]]
        return Fading((red, green, blue), (stain[0], stain[1], stain[2]), probability)

    def standardized(self, statistics: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give statistics (n, S) in deviations from the mean, and a column of ones."""
        scaled = np.clip((statistics - self.mean) / self.deviation, -_FARTHEST, _FARTHEST)
        return np.column_stack([scaled, np.ones(len(scaled))])


@cache
def shipped_model() -> FadingModel:
    """Load the coefficients that come with heliochrome."""
    resource = files("heliochrome") / "weights" / COEFFICIENTS
    found = json.loads(resource.read_text(encoding="utf-8"))
    return FadingModel(
        **{name: np.array(found[name]) for name in ("mean", "deviation", "loss", "evidence")}
    )


def statistics_of(densities: Planes) -> NDArray[np.float64]:
    """Describe the densities (3, h, w) of a photo by the numbers that the regression takes (S,)."""
    levels = np.percentile(densities.reshape(3, -1), PERCENTILES, axis=1)
    spreads = [levels[high] - levels[low] for low, high in (_WIDE, _NARROW)]
    steps = _steps(densities)
    edges = np.sqrt(np.mean(steps**2, axis=1))
    return np.concatenate(
        [
            levels.ravel(),
            np.log(np.maximum(np.concatenate(spreads), _LEAST_SPREAD)),
            np.log(edges + _LEAST_EDGE),
            np.log(_direction(steps) + _LEAST_SPREAD),
        ]
    )


def _steps(densities: Planes) -> NDArray[np.float64]:
    """Differences (3, n) of neighbors, side by side and one above the other."""
    across = np.diff(densities, axis=2).reshape(3, -1)
    down = np.diff(densities, axis=1).reshape(3, -1)
    return np.concatenate([across, down], axis=1).astype(np.float64)


def _direction(steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along which direction (3,) of the three densities most of the steps go."""
    directions: NDArray[np.float64] = np.linalg.eigh(steps @ steps.T).eigenvectors
    return np.abs(directions[:, -1])
