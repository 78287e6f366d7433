"""Pixel distances and smoothness."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

EPSILON = 1e-4
"""Keeps the square root's slope finite at 0."""


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


def chroma_difference(output: Tensor, target: Tensor) -> Tensor:
    """Mean CIE94 difference of ab planes (N, 2, H, W) at equal lightness.

    CIE 116-1995 with graphic-arts weights: errors in chroma and hue count less the more chroma
    the truth has, so casts on what was neutral weigh most, as they do to the eye and in CIEDE2000
    (whose hue terms are left out: their gradients are not smooth).
    """
    chroma = target.square().sum(1).add(EPSILON).sqrt()
    radial = output.square().sum(1).add(EPSILON).sqrt() - chroma
    whole = (output - target).square().sum(1)
    # What is not difference in chroma is difference in hue.
    tangential = (whole - radial.square()).clamp_min(0)
    weighted = radial.square() / (1 + 0.045 * chroma).square()
    weighted = weighted + tangential / (1 + 0.015 * chroma).square()
    return weighted.add(EPSILON).sqrt().mean()
