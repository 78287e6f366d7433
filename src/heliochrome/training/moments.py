"""Means and deviations of the channels of feature maps: what AdaIN sets, and losses compare."""

from __future__ import annotations

import torch
from torch import Tensor

# Added to every variance: neither a gain nor the slope of a root is to be infinite.
EPSILON = 1e-5


def feature_moments(features: Tensor) -> Tensor:
    """Means of x and x² over positions (N, 2, C) of a feature map (N, C, H, W).

    Those of a mixture of pictures are the mixture of theirs.
    """
    return torch.stack((features.mean((2, 3)), features.square().mean((2, 3))), 1)


def code_of(moments: Tensor) -> Tensor:
    """Means and deviations (N, 2, C) of means of x and x² (N, 2, C)."""
    mean, square = moments.unbind(1)
    return torch.stack((mean, (square - mean.square()).clamp_min(0).add(EPSILON).sqrt()), 1)
