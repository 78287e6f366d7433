"""The yardstick of restyling: how far a picture is from a style, and from what was photographed.

Style is the mean, over three layers of VGG-19 and three of SqueezeNet 1.1, of the relative
distance of Gram matrices (Gatys, Ecker, Bethge 2016); content the mean, over one layer of each, of
the squared difference of channel-normalized features. Losses, the reference optimizer and the
evaluation protocol all measure with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from heliochrome.errors import ModelError, OptionError
from heliochrome.training.losses.content import normalized_content_loss
from heliochrome.training.losses.style import mean_gram, relative_gram_distance
from heliochrome.training.networks.perceptual import (
    PerceptualNetwork,
    SqueezeNet,
    Vgg19,
    load_perceptual,
)

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "fire3", "fire5", "fire9")
CONTENT_LAYERS = ("relu3_1", "fire5")

SMALLEST_SIDE = 16
"""Of a picture whose features are taken."""


@dataclass(frozen=True, slots=True)
class StyleNetworks:
    """The two feature networks that distances are measured on."""

    vgg: PerceptualNetwork
    squeezenet: PerceptualNetwork

    def features(self, pictures: Tensor, layers: Sequence[str] = STYLE_LAYERS) -> dict[str, Tensor]:
        """Feature maps (N, C, h, w) of `layers`, of either network.

        Args:
            pictures: (N, 3, H, W) sRGB in 0..1.
            layers: some of `STYLE_LAYERS`, which contain the layers of content.

        Raises:
            OptionError: a side is shorter than 16 pixels.

        """
        height, width = pictures.shape[-2:]
        if min(height, width) < SMALLEST_SIDE:
            raise OptionError(
                "picture",
                f"is {width} x {height} pixels",
                f"give {SMALLEST_SIDE} or more on each side",
            )
        found: dict[str, Tensor] = {}
        for network in (self.vgg, self.squeezenet):
            found |= network.features(pictures, [name for name in layers if name in network.layers])
        return found


def load_style_networks(vgg: Path, squeezenet: Path) -> StyleNetworks:
    """Load both feature networks from safetensors files; see `load_perceptual`.

    Raises:
        HeliochromeError: whatever `load_perceptual` raises.
        ModelError: a file holds the network of the other one.

    """
    return StyleNetworks(_load(vgg, Vgg19), _load(squeezenet, SqueezeNet))


def _load(path: Path, kind: type[PerceptualNetwork]) -> PerceptualNetwork:
    network = load_perceptual(path)
    if not isinstance(network, kind):
        raise ModelError(path, f"is {network.label}, not {kind.label}", "exchange the files")
    return network


@dataclass(frozen=True, slots=True)
class Distances:
    """Distances of one picture by layer, and their means: what the protocol reports."""

    style: Mapping[str, float]
    content: Mapping[str, float]

    @property
    def style_mean(self) -> float:
        """Mean relative Gram distance to the style picture."""
        return sum(self.style.values()) / len(self.style)

    @property
    def content_mean(self) -> float:
        """Mean squared difference of normalized features to the content picture."""
        return sum(self.content.values()) / len(self.content)


def style_grams(
    styles: Sequence[Tensor], networks: StyleNetworks, weights: Sequence[float] | None = None
) -> dict[str, Tensor]:
    """Weighted mean of the Gram matrices per position (1, C, C) of several style pictures.

    Args:
        styles: one picture (1, 3, H, W) or more, of any sizes, sRGB in 0..1.
        networks: whose features count.
        weights: one for each style, positive; None for equal ones.

    Raises:
        OptionError: there is no style, or a weight is missing or not positive.

    """
    if not styles:
        raise OptionError("style", "is missing", "give one style picture or more")
    weights = [1.0] * len(styles) if weights is None else list(weights)
    if len(weights) != len(styles) or not all(weight > 0 for weight in weights):
        raise OptionError("weights", f"are {weights}", "give a positive one for each style")
    total = {name: torch.zeros(()) for name in STYLE_LAYERS}
    with torch.no_grad():
        for style, weight in zip(styles, weights, strict=True):
            for name, features in networks.features(style).items():
                total[name] = total[name] + weight / sum(weights) * mean_gram(features)
    return total


def style_distances(
    features: Mapping[str, Tensor], grams: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Relative Gram distance of every style layer, averaged over pictures; scalars."""
    return {
        name: relative_gram_distance(mean_gram(features[name]), grams[name]).mean()
        for name in STYLE_LAYERS
    }


def content_distances(
    features: Mapping[str, Tensor], content: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Squared distance of normalized features of every content layer; scalars."""
    return {name: normalized_content_loss(features[name], content[name]) for name in CONTENT_LAYERS}


def mean_of(distances: Mapping[str, Tensor]) -> Tensor:
    """Mean over the layers, which all weigh the same."""
    return torch.stack(list(distances.values())).mean()


@torch.no_grad()
def measure_distances(
    output: Tensor, content: Tensor, style: Tensor, networks: StyleNetworks
) -> Distances:
    """Measure a restyled picture.

    Args:
        output: (1, 3, H, W) sRGB in 0..1.
        content: (1, 3, H, W), the photo in the output's size.
        style: (1, 3, h, w) of any size.
        networks: whose features count.

    Raises:
        OptionError: output and content differ in size, or a picture is too small.

    """
    wanted = networks.features(content, CONTENT_LAYERS)
    return distances_to(networks.features(output), wanted, style_grams([style], networks))


def distances_to(
    features: Mapping[str, Tensor], content: Mapping[str, Tensor], grams: Mapping[str, Tensor]
) -> Distances:
    """Measure the features of a restyled picture against those of its photo and a style's Grams.

    Raises:
        OptionError: output and content differ in size.

    """
    for name in CONTENT_LAYERS:
        if features[name].shape != content[name].shape:
            raise OptionError(
                "output", "has another size than the content", "compare pictures of one size"
            )
    by_style, by_content = style_distances(features, grams), content_distances(features, content)
    return Distances(
        {name: value.item() for name, value in by_style.items()},
        {name: value.item() for name, value in by_content.items()},
    )
