"""The in-gamut grid of ab bins that the colorizer predicts a distribution over.

Zhang, Isola, Efros, "Colorful Image Colorization", ECCV 2016, sections 2.1 and 2.2. Departure:
targets are encoded bilinearly on the four grid points around a color and not on its five nearest
with a Gaussian, so the expectation of a target is the color itself and costs four gathers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from heliochrome.training.colorspace import srgb_to_lab


def gamut_centers(step: float = 10.0, least_share: float = 2e-4) -> Tensor:
    """Grid points (Q, 2) in ab, `step` apart, near which enough of the sRGB cube lies.

    `least_share` is the least share of a 64-level sRGB cube that must fall nearest to a grid point
    for it to be kept: the tips of the gamut, hardly ever photographed, cost outputs for nothing.
    """
    levels = torch.linspace(0, 1, 64)
    cube = torch.cartesian_prod(levels, levels, levels).T.reshape(1, 3, -1, 1)
    nearest = (srgb_to_lab(cube)[0, 1:, :, 0].T / step).round()
    points, counts = nearest.unique(dim=0, return_counts=True)
    return points[counts >= least_share * nearest.shape[0]] * step


class ChromaBins(nn.Module):
    """Encodes ab planes as soft targets over Q bins, and distributions back as ab planes."""

    def __init__(self, centers: Tensor, step: float = 10.0) -> None:
        """Take `centers` (Q, 2), all on one grid `step` ab units wide."""
        super().__init__()
        self.step = step
        self.register_buffer("centers", centers.float(), persistent=False)
        reach = int(centers.abs().max() / step) + 2
        axis = torch.arange(-reach, reach + 1) * step
        grid = torch.cartesian_prod(axis, axis).float()
        nearest = torch.cdist(grid, centers.float()).argmin(1).view(2 * reach + 1, 2 * reach + 1)
        self.reach = reach
        self.register_buffer("lookup", nearest, persistent=False)
        self.centers: Tensor
        self.lookup: Tensor

    def __len__(self) -> int:
        """Return Q, the number of bins."""
        return len(self.centers)

    def encode(self, chroma: Tensor) -> tuple[Tensor, Tensor]:
        """Bins around each color of `chroma` (N, 2, H, W) and their weights.

        Returns indices (N, 4, H, W) of int64 and weights (N, 4, H, W) that sum to 1 over
        dimension 1. Grid points outside the gamut stand for their nearest bin inside it.
        """
        cells = (chroma / self.step).clamp(-self.reach + 0.01, self.reach - 0.01)
        low = cells.floor()
        high_share = cells - low
        index = low.long() + self.reach
        indices, weights = [], []
        for i in (0, 1):
            for j in (0, 1):
                indices.append(self.lookup[index[:, 0] + i, index[:, 1] + j])
                along_a = high_share[:, 0] if i else 1 - high_share[:, 0]
                along_b = high_share[:, 1] if j else 1 - high_share[:, 1]
                weights.append(along_a * along_b)
        return torch.stack(indices, 1), torch.stack(weights, 1)

    def histogram(self, chroma: Tensor) -> Tensor:
        """Share of each bin (N, Q) in `chroma` (N, 2, H, W); each row sums to 1."""
        indices, weights = self.encode(chroma)
        totals = chroma.new_zeros(len(chroma), len(self))
        totals.scatter_add_(1, indices.flatten(1), weights.flatten(1))
        return totals / totals.sum(1, keepdim=True)

    def expect(self, logits: Tensor, temperature: float = 1.0) -> Tensor:
        """Annealed mean (N, 2, H, W) of the distribution that `logits` (N, Q, H, W) hold."""
        shares = (logits.float() / temperature).softmax(1)
        return torch.einsum("nqhw,qc->nchw", shares, self.centers)


def rebalancing_weights(shares: Tensor, strength: float, cap: float) -> Tensor:
    """Class weights (Q,) that favor rare colors, with mean 1 under `shares` (Q,).

    `strength` is the share of a uniform prior mixed into the measured one (0: no rebalancing;
    0.5: Zhang et al.), `cap` the largest weight before the last normalization.
    """
    mixed = (1 - strength) * shares + strength / len(shares)
    weights = (1 / mixed) / (shares / mixed).sum()
    weights = weights.clamp_max(cap) if strength else torch.ones_like(shares)
    return weights / (weights * shares).sum()
