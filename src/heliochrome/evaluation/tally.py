"""Adds up the scores of one system over the photos of a set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heliochrome.evaluation.color_metrics import (
    colorfulness_absolute,
    colorfulness_of,
    mean_delta_e_2000,
    psnr_rgb,
)
from heliochrome.evaluation.color_report import PhotoScore, SetScore
from heliochrome.evaluation.truth import TruePhoto

if TYPE_CHECKING:
    from torch import Tensor

    from heliochrome.evaluation.feature_network import FeatureNetwork


_FIGURES = tuple(field.name for field in fields(PhotoScore) if field.name != "name")


@dataclass(frozen=True, slots=True)
class Description:
    """Features (1, D) and logits (1, K) of a picture; None without a network, or classes."""

    features: Tensor | None = None
    logits: Tensor | None = None


class Tally:
    """Scores of one system's results, photo by photo.

    Args:
        network: describes every result for the distances; None leaves them out.

    """

    def __init__(self, network: FeatureNetwork | None) -> None:
        self.photos: list[PhotoScore] = []
        self._network = network
        self._descriptions: list[Description] = []

    def add(self, photo: TruePhoto, result: NDArray[np.uint8]) -> None:
        """Score a result (H, W, 3) uint8 sRGB against its photo.

        Raises:
            DataError: the result has another size or type than the photo.

        """
        self.photos.append(
            PhotoScore(
                name=photo.name,
                psnr=psnr_rgb(photo.pixels, result),
                delta_e_2000=mean_delta_e_2000(photo.pixels, result, photo.lab),
                colorfulness=colorfulness_of(result),
                true_colorfulness=colorfulness_of(photo.pixels),
                colorfulness_absolute=colorfulness_absolute(result),
                true_colorfulness_absolute=colorfulness_absolute(photo.pixels),
            )
        )
        self._descriptions.append(describe(self._network, result))

    def score(self, truth: Sequence[Description]) -> SetScore:
        """Give the score over all photos added; `truth` describes them in the same order."""
        means = {name: self._mean(name) for name in _FIGURES}
        colorful, true = means["colorfulness"], means["true_colorfulness"]
        absolute = means["colorfulness_absolute"]
        frechet, kernel, kernel_paired = self._distances(truth)
        return SetScore(
            psnr=means["psnr"],
            delta_e_2000=means["delta_e_2000"],
            colorfulness=colorful,
            colorfulness_ratio=_ratio(colorful, true),
            colorfulness_delta=abs(colorful - true),
            colorfulness_photo_delta=self._photo_delta(),
            colorfulness_absolute=absolute,
            colorfulness_absolute_ratio=_ratio(absolute, means["true_colorfulness_absolute"]),
            frechet=frechet,
            kernel=kernel,
            kernel_paired=kernel_paired,
            inception_score=set_inception_score(self._descriptions),
        )

    def _mean(self, name: str) -> float:
        return float(np.mean([getattr(photo, name) for photo in self.photos]))

    def _photo_delta(self) -> float:
        pairs = ((photo.colorfulness, photo.true_colorfulness) for photo in self.photos)
        return float(np.mean([abs(found - true) for found, true in pairs]))

    def _distances(
        self, truth: Sequence[Description]
    ) -> tuple[float, float, float] | tuple[None, None, None]:
        if self._network is None:
            return None, None, None
        from heliochrome.evaluation.feature_distance import distances

        found = distances(_stacked(truth), _stacked(self._descriptions))
        return found.frechet, found.kernel, found.kernel_paired


def describe(network: FeatureNetwork | None, pixels: NDArray[np.uint8]) -> Description:
    """Describe (H, W, 3) uint8 sRGB by `network`, or by nothing where there is none."""
    if network is None:
        return Description()
    import torch

    from heliochrome.evaluation.feature_network import picture_tensor

    with torch.inference_mode():
        return Description(*network.describe(picture_tensor(pixels)))


def set_inception_score(descriptions: Sequence[Description]) -> float | None:
    """Inception Score of a set of pictures; None where their network has no classes."""
    logits = [entry.logits for entry in descriptions if entry.logits is not None]
    if not logits:
        return None
    import torch

    from heliochrome.evaluation.feature_distance import inception_score

    return inception_score(torch.cat(logits))


def _stacked(descriptions: Sequence[Description]) -> Tensor:
    import torch

    return torch.cat([entry.features for entry in descriptions if entry.features is not None])


def _ratio(value: float, reference: float) -> float:
    """Give 1 where both are 0: a gray photo left gray is as colorful as its truth."""
    if reference > 0:
        return value / reference
    return 1.0
