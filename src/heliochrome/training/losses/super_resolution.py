"""Losses of enlargement: pixels and features of the true picture (Ledig et al. 2017, SRGAN)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F


def pixel_loss(output: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of pictures (N, C, H, W) (Lim et al. 2017, EDSR)."""
    return F.l1_loss(output, truth)


# Of BT.601, for red, green and blue as they are encoded.
_LUMA = (0.299, 0.587, 0.114)


def luma(pictures: Tensor) -> Tensor:
    """Luma in 0..1 (N, H, W) of sRGB (N, 3, H, W) in 0..1; of differences their difference."""
    weights = torch.tensor(_LUMA, device=pictures.device).view(3, 1, 1)
    return (pictures * weights).sum(1)


def luma_loss(output: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of the luma of sRGB pictures (N, 3, H, W): where detail is seen."""
    return luma(output - truth).abs().mean()


def robust_pixel_loss(output: Tensor, truth: Tensor, epsilon: float) -> Tensor:
    """Mean √(d² + ε²) - ε of differences d of pictures (N, C, H, W): absolute, but smooth at 0.

    Charbonnier et al. 1994; for enlargement Lai et al. 2017. Less ε, so that it is 0 for equal
    pictures.
    """
    difference = output - truth
    return (difference.square() + epsilon**2).sqrt().mean() - epsilon


def frequency_loss(output: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of the pictures' Fourier transforms, real and imaginary parts.

    Cho et al. 2021 (MIMO-UNet). The transform is the orthonormal one, so that the loss is of the
    pictures' own magnitude whatever their size.
    """
    spectrum = torch.fft.rfft2(output - truth, norm="ortho")
    return torch.view_as_real(spectrum).abs().mean()


def relative_feature_loss(output: Mapping[str, Tensor], truth: Mapping[str, Tensor]) -> Tensor:
    """‖f - g‖² / ‖g‖² of feature maps (N, C, H, W) by layer, averaged over pictures and layers.

    Relative, so that layers of different scales weigh alike.
    """
    distances = [
        (output[name].float() - wanted.float()).square().sum((1, 2, 3))
        / wanted.float().square().sum((1, 2, 3)).clamp_min(1e-12)
        for name, wanted in truth.items()
    ]
    return torch.stack(distances).mean()
