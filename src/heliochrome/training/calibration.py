"""The operating point and the confidence table, measured on a run's held-out pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from heliochrome.training.bins import ChromaBins
from heliochrome.training.validation import validate

NEAR = 10.0
"""Distance in ab within which a color counts as right, for the confidence map."""


@dataclass(frozen=True)
class OperatingPoint:
    """One way of decoding a distribution, and what it gives on the held-out pictures."""

    temperature: float
    chroma_scale: float
    psnr_gain: float
    """dB above gray."""
    colorfulness_ratio: float
    """Mean colorfulness over the truth's."""


def frontier(
    logits: Tensor,
    bins: ChromaBins,
    lab: Tensor,
    temperatures: Sequence[float],
    scales: Sequence[float],
) -> list[OperatingPoint]:
    """Figures of every combination of temperature and chroma scale, from one prediction."""
    points = []
    for temperature in temperatures:
        for scale in scales:
            figures, _ = validate(logits, bins, lab, temperature, scale)
            gain, ratio = figures["psnr_gain"], figures["colorfulness_ratio"]
            points.append(OperatingPoint(temperature, scale, gain, ratio))
    return points


def choose_point(points: Sequence[OperatingPoint], least_colorfulness: float) -> OperatingPoint:
    """The point of highest PSNR among those at least so colorful; the most colorful if none is."""
    vivid = [point for point in points if point.colorfulness_ratio >= least_colorfulness]
    if vivid:
        return max(vivid, key=lambda point: point.psnr_gain)
    return max(points, key=lambda point: point.colorfulness_ratio)


def confidence_table(
    logits: Tensor, bins: ChromaBins, truth: Tensor, operating: OperatingPoint, rows: int = 24
) -> tuple[list[float], list[float]]:
    """Spread of the distribution (ab units, ascending) against P(|ab error| <= 10).

    `truth` (N, 2, h, w) has the size of `logits` (N, Q, h, w). Pixels are sorted by spread into
    `rows` groups of equal size; each gives one row, made monotone by isotonic regression (pool
    adjacent violators), so that a wider spread never means more confidence.
    """
    shares = logits.softmax(1)
    mean = torch.einsum("nqhw,qc->nchw", shares, bins.centers)
    square = torch.einsum("nqhw,q->nhw", shares, bins.centers.square().sum(1))
    spread = (square - mean.square().sum(1)).clamp_min(0).sqrt().flatten()
    output = operating.chroma_scale * bins.expect(logits, operating.temperature)
    right = ((output - truth).norm(dim=1) <= NEAR).float().flatten()
    groups = spread.argsort().chunk(rows)
    centers = [float(spread[group].mean()) for group in groups]
    return centers, _decreasing([float(right[group].mean()) for group in groups])


def _decreasing(values: Sequence[float]) -> list[float]:
    pools: list[tuple[float, int]] = []
    for value in values:
        total, count = value, 1
        while pools and pools[-1][0] / pools[-1][1] < total / count:
            before, size = pools.pop()
            total, count = total + before, count + size
        pools.append((total, count))
    return [total / count for total, count in pools for _ in range(count)]
