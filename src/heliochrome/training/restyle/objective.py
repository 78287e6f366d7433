"""The restyler's objective: feature networks, loss terms and the discriminator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from heliochrome.training.judges import Features, Judges, load_judges
from heliochrome.training.losses.adversarial import (
    AdversarialLoss,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from heliochrome.training.losses.content import normalized_content_loss
from heliochrome.training.losses.grid import grid_energy
from heliochrome.training.losses.regression import total_variation
from heliochrome.training.losses.style import (
    mean_gram,
    relative_gram_distance,
    relative_moments_distance,
)
from heliochrome.training.losses.super_resolution import pixel_loss, relative_feature_loss
from heliochrome.training.moments import feature_moments
from heliochrome.training.networks.discriminator import MultiScaleDiscriminator
from heliochrome.training.networks.restyler import CODE, SCALES
from heliochrome.training.restyle.config import RestyleConfig
from heliochrome.training.restyle.data import StyleBatch
from heliochrome.training.task import Objective, Terms


def open_judges(config: RestyleConfig) -> Judges:
    """Load the feature networks that the configuration names; see `load_judges`."""
    losses = config.losses
    layers = (*losses.style_layers, *losses.content_layers)
    return load_judges((losses.vgg, losses.squeezenet), layers)


GRID_PERIOD = 8
"""Pixels of the result in which all cells of the network repeat: its stride 8 at ×1, 2 at ×4."""


@dataclass(frozen=True)
class Restyled:
    """The judged middles of the results, sRGB (N, 3, crop, crop), and their styles' codes."""

    pictures: Tensor
    codes: Tensor


def grams_of(features: Features, layers: tuple[str, ...]) -> Features:
    """Gram matrices per position (N, C, C) of `layers`, in float32.

    The sums over positions may be taken in bfloat16: the largest maps are those of the first
    layers, and moving them about costs more than the network that made them.
    """
    return {name: mean_gram(features[name]).float() for name in layers}


def style_distances(found: Features, wanted: Features, mix: Tensor) -> Features:
    """Relative distance of Gram matrices, averaged over pictures, of every layer.

    `found` holds those of the results (N, C, C) by layer, `wanted` those of the style pictures
    (M, C, C), of which every result's target is the mixture `mix` (N, M).
    """
    return {
        name: relative_gram_distance(own, torch.einsum("nm,mij->nij", mix, wanted[name])).mean()
        for name, own in found.items()
    }


def moments_distances(found: Features, wanted: Features, mix: Tensor) -> Features:
    """Relative distance of means and deviations, averaged over pictures, of every layer.

    `found` and `wanted` hold feature maps of results (N, C, h, w) and of style pictures, `mix`
    (N, M) is as in `style_distances`.
    """
    return {
        name: relative_moments_distance(
            feature_moments(found[name].float()),
            torch.einsum("nm,mkc->nkc", mix, feature_moments(features.float())),
        ).mean()
        for name, features in wanted.items()
    }


def content_distances(found: Features, wanted: Features) -> Features:
    """Distance of channel-normalized features, averaged over pictures, of every layer."""
    return {
        name: normalized_content_loss(found[name].float(), target.float())
        for name, target in wanted.items()
    }


class RestyleObjective(Objective[StyleBatch, Restyled]):
    """Style, content, likeness to oneself, smoothness and the adversarial game."""

    def __init__(self, config: RestyleConfig, judges: Judges) -> None:
        super().__init__(config)
        self.config, self.judges = config, judges
        game = config.adversarial
        self.discriminator: MultiScaleDiscriminator | None = (
            None
            if self.game is None
            else MultiScaleDiscriminator(3, game.scales, game.width, condition=2 * CODE)
        )

    def predict(
        self, generator: Callable[..., tuple[Tensor, Tensor]], batch: StyleBatch
    ) -> Restyled:
        """Run the generator on a batch."""
        with self.precision():
            pictures, codes = generator(
                batch.picture,
                batch.noise,
                batch.details,
                batch.reduced,
                batch.styles,
                batch.mix,
                batch.scale,
                batch.margin,
            )
        return Restyled(pictures.float(), codes.detach().float())

    def measure(self, batch: StyleBatch, pictures: Tensor) -> Terms:
        """Distances of `pictures` (N, 3, crop, crop) by name, all layers and terms alike."""
        found = self._all_distances(batch, pictures, vgg_photos=0)
        return {name: torch.stack(list(layers.values())).mean() for name, layers in found.items()}

    def _all_distances(
        self, batch: StyleBatch, pictures: Tensor, *, vgg_photos: int
    ) -> dict[str, dict[str, Tensor]]:
        """Distances by name and layer; VGG-19 is shown the first `vgg_photos`, or all if 0."""
        found: dict[str, dict[str, Tensor]] = {}
        for judge in self.judges.each():
            count = vgg_photos if vgg_photos and judge.is_vgg else len(pictures)
            for name, layers in self._distances(judge, batch, pictures[:count]).items():
                found.setdefault(name, {}).update(layers)
        return found

    def _distances(
        self, judge: Judges, batch: StyleBatch, pictures: Tensor
    ) -> dict[str, dict[str, Tensor]]:
        """Distances in the eyes of one network, by name and layer, of a batch's first photos."""
        losses = self.config.losses
        style_layers, content_layers = (
            judge.known(layers) for layers in (losses.style_layers, losses.content_layers)
        )
        mix = batch.mix[: len(pictures)]
        used = mix.any(0)
        with self.precision(), torch.no_grad():
            style = judge.describe(batch.styles[used], style_layers)
            wanted = grams_of(style, style_layers)
            content = judge.describe(batch.seen[: len(pictures)], content_layers)
        with self.precision():
            found = judge.describe(pictures, style_layers + content_layers)
            own = grams_of(found, style_layers)
        mix = mix[:, used]
        distances = {
            "style": style_distances(own, wanted, mix),
            "content": content_distances(found, content),
        }
        moving = judge.known(losses.moments_layers)
        if losses.moments and moving:
            wanted = {name: style[name] for name in moving}
            distances["moments"] = moments_distances(found, wanted, mix)
        return distances

    def generator_terms(self, batch: StyleBatch, prediction: Restyled, step: int) -> Terms:
        """See `Objective.generator_terms`."""
        losses = self.config.losses
        if batch.own:
            return self._own_terms(batch, prediction.pictures)
        found = self._all_distances(batch, prediction.pictures, vgg_photos=losses.vgg_photos)
        content = losses.content * losses.content_scales[SCALES.index(batch.scale)]
        weights = {"style": losses.style, "moments": losses.moments, "content": content}
        terms = {name: weights[name] * self._weighted(layers) for name, layers in found.items()}
        if losses.total_variation:
            terms["total_variation"] = losses.total_variation * total_variation(prediction.pictures)
        if losses.grid:
            terms["grid"] = losses.grid * grid_energy(prediction.pictures, GRID_PERIOD)
        if self.game and step >= self.config.adversarial.warmup_steps:
            scores = self._judge(prediction.pictures, prediction.codes, learning=False)
            loss = generator_loss(self.game, scores)
            terms["adversarial"] = self.config.adversarial.weight * loss
        return terms

    def _weighted(self, layers: Features) -> Tensor:
        """Mean distance over layers, each with its weight."""
        weights = self.config.losses.layer_weights
        return torch.stack([weights.get(name, 1.0) * d for name, d in layers.items()]).mean()

    def _own_terms(self, batch: StyleBatch, pictures: Tensor) -> Terms:
        losses = self.config.losses
        with self.precision():
            with torch.no_grad():
                wanted = self.judges.describe(batch.truth, losses.content_layers)
            found = self.judges.describe(pictures, losses.content_layers)
        return {
            "own_pixel": losses.own_pixel * pixel_loss(pictures, batch.truth),
            "own_feature": losses.own_feature * relative_feature_loss(found, wanted),
        }

    def _judge(self, pictures: Tensor, codes: Tensor, *, learning: bool) -> list[Tensor]:
        assert self.discriminator is not None
        # The generator's loss must leave no gradients in the discriminator.
        self.discriminator.requires_grad_(learning)
        with self.precision():
            return self.discriminator(2 * pictures - 1, codes)

    def discriminator_terms(
        self, batch: StyleBatch, prediction: Restyled, noise: torch.Generator
    ) -> Terms:
        """See `Objective.discriminator_terms`; photos that are their own style are no game."""
        if self.game is None or batch.own:
            return {}
        return self._game_terms(self.game, batch, prediction, noise)

    def _game_terms(
        self,
        game: AdversarialLoss,
        batch: StyleBatch,
        prediction: Restyled,
        noise: torch.Generator,
    ) -> Terms:
        assert self.discriminator is not None
        real, fake = style_crops(batch, noise), prediction.pictures.detach()
        codes = prediction.codes
        both = self._judge(torch.cat((real, fake)), torch.cat((codes, codes)), learning=True)
        halves = [scores.chunk(2) for scores in both]
        loss = discriminator_loss(game, [h[0] for h in halves], [h[1] for h in halves])
        terms = {"discriminator": loss}
        if game.needs_gradient_penalty:
            critic = partial(self.discriminator, condition=codes)
            penalty = gradient_penalty(critic, 2 * real - 1, 2 * fake - 1, noise)
            terms["gradient_penalty"] = self.config.adversarial.gradient_penalty * penalty
        return terms


def style_crops(batch: StyleBatch, noise: torch.Generator) -> Tensor:
    """Cut for every photo a random piece, of the results' size, of its main style's picture."""
    side, whole = batch.truth.shape[-1], batch.styles.shape[-1]
    pieces = []
    for style in batch.mix.argmax(1).tolist():
        top, left = torch.randint(0, whole - side + 1, (2,), generator=noise).tolist()
        pieces.append(batch.styles[style, :, top : top + side, left : left + side])
    return torch.stack(pieces)
