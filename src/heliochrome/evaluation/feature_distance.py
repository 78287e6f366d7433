"""Distances between sets of pictures, measured on the features of a network.

The estimators are torchmetrics' own, fed with features that were computed once: an identity
stands in for the network, so that no class asks for Inception's weights or for torch-fidelity.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance

from heliochrome.errors import DataError


class _Given(nn.Module):
    """Passes features through where torchmetrics expects the network that makes them."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances of one set of pictures to another on one feature network.

    Attributes:
        frechet: Fréchet distance of the Gaussians fitted to both sets; biased upward for few
            pictures, most of all when they are fewer than the features.
        kernel: KID's unbiased estimate of the squared maximum mean discrepancy, over all pictures
            of both sets; unbiased for independent sets only.
        kernel_paired: the same with every picture's own counterpart left out of the cross terms;
            unbiased also where the i-th pictures of both sets show the same thing, and exactly
            zero for identical sets.

    """

    frechet: float
    kernel: float
    kernel_paired: float


def distances(truth: Tensor, result: Tensor) -> Distances:
    """All distances between the features of two sets whose i-th pictures belong together.

    Args:
        truth: (N, D) features of the true pictures.
        result: (N, D) features of the pictures made from them, in the same order.

    Raises:
        DataError: fewer than two pictures, features that are not finite, or unequal shapes.

    """
    return Distances(
        frechet=frechet_distance(truth, result),
        kernel=kernel_distance(truth, result),
        kernel_paired=paired_kernel_distance(truth, result),
    )


def frechet_distance(first: Tensor, second: Tensor) -> float:
    """Fréchet distance |m1 - m2|² + tr(C1 + C2 - 2 (C1 C2)^½) of the sets' Gaussians.

    Dowson and Landau (1982); as a measure of generated pictures Heusel et al. (2017). Covariances
    are the unbiased ones (divided by N - 1), computed in float64.

    Args:
        first: (N, D) features, N >= 2.
        second: (M, D) features, M >= 2.

    Raises:
        DataError: too few features, features that are not finite, or unequal widths.

    """
    first, second = _checked(first, second)
    metric = FrechetInceptionDistance(feature=_Given(first.shape[1])).set_dtype(torch.float64)
    metric.update(first, real=True)
    metric.update(second, real=False)
    # Rounding can leave a distance of identical sets a hair below zero.
    return max(0.0, float(metric.compute()))


def kernel_distance(first: Tensor, second: Tensor) -> float:
    """Unbiased estimate of the squared MMD under the kernel (x·y / D + 1)³.

    Binkowski et al. (2018). One block of all pictures instead of random subsets: for the few
    hundred pictures of a pinned protocol this has the least variance and needs no seed. May be
    negative.

    Args:
        first: (N, D) features, N >= 2.
        second: (N, D) features.

    Raises:
        DataError: too few features, features that are not finite, or unequal shapes.

    """
    first, second = _checked(first, second)
    _require_equal_count(first, second)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.filterwarnings("ignore", message="Metric `Kernel Inception Distance`")
        metric = KernelInceptionDistance(
            feature=_Given(first.shape[1]), subsets=1, subset_size=first.shape[0]
        )
        metric.update(first, real=True)
        metric.update(second, real=False)
        mean, _ = metric.compute()
    return float(mean)


def paired_kernel_distance(first: Tensor, second: Tensor) -> float:
    """`kernel_distance` without the cross terms of a picture with its own counterpart.

    The one-sample U-statistic of Gretton et al. (2012, equation 4). A colorized photo resembles
    its own truth more than any other photo, so that KID's estimator is biased downward on such
    sets, by about 2 / N times how much more similar it is; this one is not. torchmetrics has none.

    Args:
        first: (N, D) features, N >= 2.
        second: (N, D) features; row i belongs to row i of `first`.

    Raises:
        DataError: too few features, features that are not finite, or unequal shapes.

    """
    first, second = _checked(first, second)
    _require_equal_count(first, second)
    cross = _cubic_kernel(first, second)
    terms = _cubic_kernel(first, first) + _cubic_kernel(second, second) - cross - cross.T
    count = first.shape[0]
    return float((terms.sum() - terms.trace()) / (count * (count - 1)))


def inception_score(logits: Tensor) -> float:
    """Inception Score exp(E KL(p(y|x) || p(y))) over all pictures in one split.

    Salimans et al. (2016), without their ten splits: a tenth of a few hundred pictures cannot
    show many classes, and the score of a split is at most its number of pictures.

    Args:
        logits: (N, K) class scores before the softmax.

    Returns:
        A score between 1 (all alike or all uncertain) and min(N, K).

    Raises:
        DataError: no logits, or logits that are not finite.

    """
    _require_features(logits, minimum=1)
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.filterwarnings("ignore", message="Metric `InceptionScore`")
        # One split has no spread over splits, of which torchmetrics warns.
        warnings.filterwarnings("ignore", message="std\\(\\): degrees of freedom is <= 0")
        metric = InceptionScore(feature=_Given(logits.shape[1]), splits=1)
        metric.update(_floored(logits.double()))
        mean, _ = metric.compute()
    return float(mean)


def _floored(logits: Tensor) -> Tensor:
    """Keep every class possible: torchmetrics multiplies 0 by infinity where one is not."""
    return logits.clamp_min(logits.amax(dim=1, keepdim=True) - 600.0)


def _cubic_kernel(first: Tensor, second: Tensor) -> Tensor:
    return (first @ second.T / first.shape[1] + 1.0) ** 3


def _checked(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    for features in (first, second):
        _require_features(features, minimum=2)
    if first.shape[1] != second.shape[1]:
        raise DataError(
            "features",
            f"have {first.shape[1]} and {second.shape[1]} columns",
            "take both sets' features from the same network",
        )
    return first.double(), second.double()


def _require_features(features: Tensor, *, minimum: int) -> None:
    if features.ndim != 2 or features.shape[0] < minimum:
        raise DataError(
            "features",
            f"have shape {tuple(features.shape)}, not (pictures, features)",
            f"give the features of {minimum} pictures or more",
        )
    if not torch.isfinite(features).all():
        raise DataError(
            "features", "are not all finite", "check the feature network and its input range"
        )


def _require_equal_count(first: Tensor, second: Tensor) -> None:
    if first.shape[0] != second.shape[0]:
        raise DataError(
            "features",
            f"are of {first.shape[0]} and {second.shape[0]} pictures",
            "compare sets of the same number of pictures",
        )
