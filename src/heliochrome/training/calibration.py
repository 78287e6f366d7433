"""The operating point and the confidence table, measured on a run's held-out pictures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from heliochrome.training.bins import ChromaBins, rebalancing_weights
from heliochrome.training.colorspace import lab_to_srgb
from heliochrome.training.validation import colorfulness, picture_psnr

NEAR = 10.0
"""Distance in ab within which a color counts as right, for the confidence map."""


@dataclass(frozen=True)
class OperatingPoint:
    """One way of decoding a distribution, and what it gives on the held-out pictures."""

    rebalance: float
    """Share of a uniform prior that the bins' prior is corrected toward, see `prior_shift`."""
    temperature: float
    chroma_scale: float
    psnr_gain: float
    """dB above gray."""
    colorfulness_ratio: float
    """Mean colorfulness over the truth's."""


@dataclass(frozen=True)
class Grid:
    """Settings to try, all combinations of them."""

    rebalances: Sequence[float] = (0.0, 0.02, 0.1, 0.3)
    temperatures: Sequence[float] = (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
    chroma_scales: Sequence[float] = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


def prior_shift(shares: Tensor, rebalance: float) -> Tensor:
    """Find what to add to logits (Q,) to have bins as rebalanced training would have them.

    Training with class weights w makes a network predict p(color) w(color), up to a constant; so
    log w does it afterwards, to any degree and without training. `shares` (Q,) are the bins'
    shares of the training pictures' colors.
    """
    return rebalancing_weights(shares, rebalance, cap=float("inf")).log()


def frontier(
    logits: Tensor, bins: ChromaBins, lab: Tensor, shares: Tensor, grid: Grid
) -> list[OperatingPoint]:
    """Figures of every combination of settings, from one prediction.

    Measured at the size of `logits` (N, Q, h, w), a quarter of `lab` (N, 3, H, W): chroma has no
    more detail than that, and a grid of settings costs a sixteenth.
    """
    small = F.avg_pool2d(lab, lab.shape[-1] // logits.shape[-1])
    lightness, truth = small[:, :1], lab_to_srgb(small)
    gray = picture_psnr(lab_to_srgb(small * torch.tensor([1.0, 0, 0]).view(3, 1, 1)), truth).mean()
    vivid = colorfulness(truth).mean()
    points = []
    for rebalance, temperature in itertools.product(grid.rebalances, grid.temperatures):
        shifted = logits + prior_shift(shares, rebalance).view(1, -1, 1, 1)
        chroma = bins.expect(shifted, temperature)
        for scale in grid.chroma_scales:
            output = lab_to_srgb(torch.cat((lightness, scale * chroma), 1))
            gain = (picture_psnr(output, truth).mean() - gray).item()
            ratio = (colorfulness(output).mean() / vivid).item()
            points.append(OperatingPoint(rebalance, temperature, scale, gain, ratio))
    return points


def choose_point(points: Sequence[OperatingPoint], least_colorfulness: float) -> OperatingPoint:
    """Pick the highest PSNR among points at least so colorful, or the most colorful of all."""
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
