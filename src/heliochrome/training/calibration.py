"""The operating point and the confidence table, measured on a run's held-out pictures."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from heliochrome.image.color import delta_e_2000
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
    difference_ratio: float
    """Mean CIEDE2000 over gray's."""


@dataclass(frozen=True)
class Grid:
    """Settings to try, all combinations of them."""

    rebalances: Sequence[float] = (0.0, 0.1)
    temperatures: Sequence[float] = (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
    chroma_scales: Sequence[float] = (0.8, 1.0, 1.2, 1.5, 1.75, 2.0, 2.3, 2.6, 3.0)


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
    yardstick = Yardstick(F.avg_pool2d(lab, lab.shape[-1] // logits.shape[-1]))
    points = []
    for rebalance, temperature in itertools.product(grid.rebalances, grid.temperatures):
        shifted = logits + prior_shift(shares, rebalance).view(1, -1, 1, 1)
        chroma = bins.expect(shifted, temperature)
        for scale in grid.chroma_scales:
            figures = yardstick.measure(scale * chroma)
            points.append(OperatingPoint(rebalance, temperature, scale, *figures))
    return points


class Yardstick:
    """Measures ab planes against true Lab pictures (N, 3, h, w), relative to gray ones."""

    def __init__(self, lab: Tensor) -> None:
        self.lab = lab
        self.truth = lab_to_srgb(lab)
        self.vividness = colorfulness(self.truth).mean()
        self.gray_psnr, _, self.gray_difference = self._figures(torch.zeros_like(lab[:, 1:]))

    def _figures(self, chroma: Tensor) -> tuple[float, float, float]:
        output = torch.cat((self.lab[:, :1], chroma), 1)
        rgb = lab_to_srgb(output)
        ratio = colorfulness(rgb).mean() / self.vividness
        pair = (planes.permute(0, 2, 3, 1).numpy() for planes in (output, self.lab))
        difference = float(delta_e_2000(*pair).mean())
        return picture_psnr(rgb, self.truth).mean().item(), ratio.item(), difference

    def measure(self, chroma: Tensor) -> tuple[float, float, float]:
        """PSNR gain over gray, colorfulness over the truth's, CIEDE2000 over gray's."""
        psnr, ratio, difference = self._figures(chroma)
        return psnr - self.gray_psnr, ratio, difference / self.gray_difference


def choose_point(points: Sequence[OperatingPoint], least_colorfulness: float) -> OperatingPoint:
    """Pick the lowest CIEDE2000 among points at least so colorful, or the most colorful of all."""
    vivid = [point for point in points if point.colorfulness_ratio >= least_colorfulness]
    if vivid:
        return min(vivid, key=lambda point: point.difference_ratio)
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
