"""Distances and times of all systems, summed up at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from heliochrome.evaluation.style_report import SystemScore, TrialScore
from heliochrome.evaluation.style_systems import Result, picture_tensor
from heliochrome.training.style_distance import (
    CONTENT_LAYERS,
    Distances,
    StyleNetworks,
    distances_to,
    style_grams,
)

if TYPE_CHECKING:
    from torch import Tensor

    from heliochrome.evaluation.style_pictures import NamedPicture, Trial


class Judge:
    """Measures results against their photo and their style, whose features it computes once."""

    def __init__(self, networks: StyleNetworks) -> None:
        self._networks = networks
        self._grams: dict[str, Mapping[str, Tensor]] = {}
        self._content: tuple[str, Mapping[str, Tensor]] = ("", {})

    def measure(self, trial: Trial, result: Result) -> Distances:
        """Distances of a result of `trial`."""
        import torch

        with torch.no_grad():
            features = self._networks.features(picture_tensor(result.pixels))
            return distances_to(
                features, self._content_of(trial.content), self._grams_of(trial.style)
            )

    def _content_of(self, content: NamedPicture) -> Mapping[str, Tensor]:
        # Only the last photo's are kept: all systems are tried on one before the next comes.
        if self._content[0] != content.name:
            features = self._networks.features(picture_tensor(content.pixels), CONTENT_LAYERS)
            self._content = (content.name, features)
        return self._content[1]

    def _grams_of(self, style: NamedPicture) -> Mapping[str, Tensor]:
        if style.name not in self._grams:
            self._grams[style.name] = style_grams([picture_tensor(style.pixels)], self._networks)
        return self._grams[style.name]


class Tally:
    """What was found, by kind of input, scale and system."""

    def __init__(self) -> None:
        self.trials: list[TrialScore] = []
        self._distances: dict[tuple[bool, int, str], list[Distances]] = {}

    def add(self, trial: Trial, system: str, result: Result, distances: Distances) -> None:
        """Add one result."""
        key = trial.given.is_gray, trial.scale, system
        self._distances.setdefault(key, []).append(distances)
        self.trials.append(
            TrialScore(
                system=system,
                scale=trial.scale,
                from_gray=trial.given.is_gray,
                content_name=trial.content.name,
                style_name=trial.style.name,
                style=distances.style_mean,
                content=distances.content_mean,
                seconds=result.seconds,
            )
        )

    def scores(self) -> tuple[SystemScore, ...]:
        """Means over the pairs, color photos first, by scale, in the order of the systems."""
        keys = sorted(self._distances, key=lambda key: key[:2])
        return tuple(self._score(*key) for key in keys)

    def _score(self, from_gray: bool, scale: int, system: str) -> SystemScore:
        found = self._distances[from_gray, scale, system]
        wanted = from_gray, scale, system
        seconds = [t.seconds for t in self.trials if (t.from_gray, t.scale, t.system) == wanted]
        return SystemScore(
            system=system,
            scale=scale,
            from_gray=from_gray,
            pairs=len(found),
            style=float(np.mean([distances.style_mean for distances in found])),
            content=float(np.mean([distances.content_mean for distances in found])),
            style_layers=_means([distances.style for distances in found]),
            content_layers=_means([distances.content for distances in found]),
            # Not the mean: the first pair also waits for what a network prepares on its first run.
            seconds=float(np.median(seconds)),
        )


def _means(found: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([layers[name] for layers in found])) for name in found[0]}
