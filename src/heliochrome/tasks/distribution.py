"""The colorizer's output as a distribution over ab bins: its mean, its spread, draws from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.model.card import ConfidenceTable

BIN_REACH = 20.0  # ab units over which the noise of a draw is alike
CELLS = 5  # of the noise along the long side: about the number of objects in a photo
DRAW_STRENGTH = 1.0  # 1: exact draws, were the noise independent from bin to bin


@dataclass(frozen=True)
class ChromaDistribution:
    """Logits (h, w, Q) over the bins' centers (Q, 2) in ab."""

    logits: NDArray[np.float32]
    centers: NDArray[np.float32]

    def mean(self, temperature: float) -> NDArray[np.float32]:
        """Annealed mean chroma (h, w, 2) in ab units (Zhang et al. 2016, section 2.3)."""
        return np.asarray(_softmax(self.logits / temperature) @ self.centers, np.float32)

    @cached_property
    def spread(self) -> NDArray[np.float32]:
        """Standard deviation (h, w) of the chroma at temperature 1, in ab units."""
        shares = _softmax(self.logits)
        mean = shares @ self.centers
        squares = shares @ np.sum(self.centers**2, axis=1)
        variance = np.maximum(squares - np.sum(mean**2, axis=-1), 0)
        return np.asarray(np.sqrt(variance), np.float32)

    def confidence(self, table: ConfidenceTable) -> NDArray[np.float32]:
        """P(|ab error| <= 10) (h, w): the spread mapped through the card's calibration."""
        return np.interp(self.spread, table.spread, table.probability).astype(np.float32)

    def draw(self, rng: np.random.Generator) -> ChromaDistribution:
        """Draw one coherent mode: the distribution with smooth Gumbel noise on its logits.

        The largest of logits plus independent Gumbel noise is an exact draw from their softmax
        (Gumbel 1954). Here the noise is smooth in space and between neighboring bins, so that a
        draw decides for whole regions and hues and shows no speckle; the price is that draws are
        somewhat less varied than the distribution.
        """
        noise = _smooth_gumbel(self.logits.shape[:2], self.centers, rng)
        return ChromaDistribution(self.logits + DRAW_STRENGTH * noise, self.centers)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), np.float32)


def _smooth_gumbel(
    size: tuple[int, int], centers: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Gumbel noise (h, w, Q), correlated over about 1 / CELLS of the long side and BIN_REACH.

    Half of its variance is constant over the whole picture, the mood of a draw.
    """
    across = max(size) / CELLS
    rows, columns = (_spreading(np.arange(side, dtype=np.float64), across) for side in size)
    distances = np.linalg.norm(centers[:, None] - centers, axis=-1)
    between = _unit_rows(np.exp(-((distances / BIN_REACH) ** 2)))
    local = rng.standard_normal((rows.shape[1], columns.shape[1], len(centers))) @ between.T
    local = np.einsum("hi,wj,ijq->hwq", rows, columns, local, optimize=True)
    mood = rng.standard_normal(len(centers)) @ between.T
    normal = (local + mood) / np.sqrt(2)
    # tanh approximation of the normal distribution function (Page 1977), within 2e-4.
    uniform = 0.5 + 0.5 * np.tanh(np.sqrt(2 / np.pi) * (normal + 0.044715 * normal**3))
    return np.asarray(-np.log(-np.log(np.clip(uniform, 1e-4, 1 - 1e-4))), np.float32)


def _spreading(positions: NDArray[np.float64], across: float) -> NDArray[np.float64]:
    """Weights (n, cells) that interpolate unit noise on a grid `across` wide to unit noise."""
    nodes = np.arange(-1, positions[-1] / across + 3) * across
    return _unit_rows(np.exp(-(((positions[:, None] - nodes) / across) ** 2)))


def _unit_rows(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows to Euclidean length 1, so that they keep the variance of what they mix."""
    return np.asarray(weights / np.linalg.norm(weights, axis=1, keepdims=True))
