"""Gram-matrix style losses."""

from __future__ import annotations

import torch
from torch import Tensor


def gram_matrix(features: Tensor) -> Tensor:
    """Inner products of channels (N, C, C) of a feature map (N, C, H, W), not normalized.

    Gatys, Ecker, Bethge 2016, equation 3.
    """
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2)


def gram_style_loss(output: Tensor, target: Tensor) -> Tensor:
    """Sum of squared Gram differences / (4 N² M²), averaged over pictures.

    Gatys et al. 2016, equation 4: N channels, M = H x W positions. Both maps (N, C, H, W) have
    one size; see :func:`relative_gram_loss` for maps of different sizes.
    """
    channels, positions = output.shape[1], output.shape[2] * output.shape[3]
    squares = (gram_matrix(output) - gram_matrix(target)).square().sum((1, 2))
    return (squares / (4 * channels**2 * positions**2)).mean()


def relative_gram_loss(output: Tensor, target: Tensor) -> Tensor:
    """‖G - A‖² / ‖A‖² of Gram matrices per position, averaged over pictures.

    Free of the layers' very different scales, so layers can be added with equal weight.
    """
    own = gram_matrix(output) / (output.shape[2] * output.shape[3])
    wanted = gram_matrix(target) / (target.shape[2] * target.shape[3])
    ratio = (own - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))
    return torch.mean(ratio)
