"""Pixel distances and smoothness."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F  # noqa: N812


def l1_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of two tensors of one shape."""
    return F.l1_loss(output, target)


def smooth_chroma_loss(output: Tensor, target: Tensor, unit: float = 10.0) -> Tensor:
    """Smooth L1 (Huber) of ab planes (N, 2, H, W), in units of `unit` ab.

    Quadratic below one unit: small casts are left to the eye's tolerance, large errors do not
    pull everything toward brown as squared ones would.
    """
    return F.smooth_l1_loss(output / unit, target / unit)


def total_variation(planes: Tensor) -> Tensor:
    """Mean absolute difference of neighbors, vertical plus horizontal (N, C, H, W).

    Rudin, Osher, Fatemi 1992, in the anisotropic form; divided by the number of pairs, so that
    the size of the picture does not matter.
    """
    vertical = (planes[:, :, 1:] - planes[:, :, :-1]).abs().mean()
    horizontal = (planes[:, :, :, 1:] - planes[:, :, :, :-1]).abs().mean()
    return vertical + horizontal
