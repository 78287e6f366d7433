"""Distances between feature maps: content (Johnson et al. 2016) and feature matching."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def content_loss(output: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of two feature maps (N, C, H, W), Johnson et al., equation 2."""
    return F.mse_loss(output, target)


def normalized_content_loss(output: Tensor, target: Tensor, epsilon: float = 1e-5) -> Tensor:
    """Content loss after each channel is brought to mean 0 and deviation 1 in each picture.

    What remains is where things are and not how strongly they show, so colors and contrast may
    change freely.
    """
    return F.mse_loss(F.instance_norm(output, eps=epsilon), F.instance_norm(target, eps=epsilon))


def feature_matching_loss(output: Sequence[Tensor], target: Sequence[Tensor]) -> Tensor:
    """Mean L1 over a discriminator's feature maps (Wang et al. 2018, pix2pixHD, equation 4)."""
    pairs = zip(output, target, strict=True)
    return torch.stack([F.l1_loss(o.float(), t.float().detach()) for o, t in pairs]).mean()
