"""Gram-matrix style losses."""

from __future__ import annotations

from torch import Tensor

from heliochrome.training.moments import code_of


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


def mean_gram(features: Tensor) -> Tensor:
    """Gram matrix per position (N, C, C): features of pictures of any size compare."""
    return gram_matrix(features) / (features.shape[2] * features.shape[3])


def relative_gram_distance(own: Tensor, wanted: Tensor) -> Tensor:
    """‖G - A‖² / ‖A‖² (N,) of Gram matrices per position G `own` and A `wanted` (N, C, C)."""
    return (own - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))


def relative_gram_loss(output: Tensor, target: Tensor) -> Tensor:
    """‖G - A‖² / ‖A‖² of Gram matrices per position, averaged over pictures.

    Free of the layers' very different scales, so layers can be added with equal weight.
    """
    return relative_gram_distance(mean_gram(output), mean_gram(target)).mean()


def relative_moments_distance(own: Tensor, wanted: Tensor) -> Tensor:
    """‖s - t‖² / ‖t‖² (N,) of channels' means and deviations, of moments (N, 2, C).

    Huang and Belongie 2017, equation 13, in the relative form. Where features are far too weak, a
    Gram distance hardly changes with them (it is of their fourth degree) and leaves them so; this
    one is of their second degree.
    """
    own, wanted = code_of(own), code_of(wanted)
    return (own - wanted).square().sum((1, 2)) / wanted.square().sum((1, 2))
