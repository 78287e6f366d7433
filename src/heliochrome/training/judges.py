"""Feature networks that losses are measured on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from heliochrome.errors import ConfigError
from heliochrome.training.networks.perceptual import PerceptualNetwork, load_perceptual

Features = dict[str, Tensor]


class Judges:
    """The feature networks; no module, so that no checkpoint holds their weights.

    They are not compiled: on a CPU that makes their backward pass slower (max pooling's above
    all), not faster.
    """

    def __init__(self, networks: Sequence[PerceptualNetwork]) -> None:
        self.networks = list(networks)
        for network in self.networks:
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def describe(self, pictures: Tensor, layers: tuple[str, ...]) -> Features:
        """Features of `layers` of sRGB pictures (N, 3, H, W)."""
        found: Features = {}
        for network in self.networks:
            own = [name for name in layers if name in network.layers]
            if own:
                found |= network.features(pictures, own)
        return found

    def each(self) -> Iterator[Judges]:
        """Give every network alone."""
        for network in self.networks:
            yield Judges([network])

    def known(self, layers: tuple[str, ...]) -> tuple[str, ...]:
        """Give those of `layers` that one of the networks has."""
        return tuple(name for name in layers if any(name in n.layers for n in self.networks))

    @property
    def is_vgg(self) -> bool:
        """Whether VGG-19 is among the networks: many times the work of SqueezeNet."""
        return bool(self.known(("relu1_1",)))


def load_judges(files: Iterable[str | None], layers: Sequence[str]) -> Judges:
    """Load the feature networks whose files are given.

    Raises:
        ConfigError: no network has one of the `layers`.
        ModelError, ModelNotFoundError: a file cannot be read.

    """
    networks = [load_perceptual(Path(name)) for name in files if name]
    known = {layer for network in networks for layer in network.layers}
    for layer in layers:
        if layer not in known:
            raise ConfigError(
                layer, "is a layer of no feature network given", f"use {', '.join(sorted(known))}"
            )
    return Judges(networks)
