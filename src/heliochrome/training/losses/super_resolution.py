"""Losses of enlargement: pixels and features of the true picture (Ledig et al. 2017, SRGAN)."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F


def pixel_loss(output: Tensor, truth: Tensor) -> Tensor:
    """Mean absolute difference of pictures (N, C, H, W) (Lim et al. 2017, EDSR)."""
    return F.l1_loss(output, truth)


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
