"""The colorizer's objective: owns the discriminator and every loss term; the loop names none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from heliochrome.training.bins import ChromaBins, rebalancing_weights
from heliochrome.training.config import TrainConfig
from heliochrome.training.data import Batch, Sampler
from heliochrome.training.losses.adversarial import (
    AdversarialLoss,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from heliochrome.training.losses.classification import soft_cross_entropy
from heliochrome.training.losses.content import feature_matching_loss
from heliochrome.training.losses.regression import (
    chroma_difference,
    smooth_chroma_loss,
    total_variation,
)
from heliochrome.training.networks.discriminator import MultiScaleDiscriminator
from heliochrome.training.task import Objective, Terms

Generator = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]


def palette_of(bins: ChromaBins, chroma: Tensor, present: Tensor) -> Tensor:
    """Palette input (N, Q + 2) of ab planes (N, 2, H, W): histogram, mean chroma / 100, flag.

    Rows whose `present` (N,) is 0 are all 0.
    """
    mean = chroma.norm(dim=1).mean((1, 2)) / 100
    flag = torch.ones_like(mean)
    row = torch.cat((bins.histogram(chroma), mean[:, None], flag[:, None]), 1)
    return row * present[:, None]


def measure_shares(bins: ChromaBins, sampler: Sampler, pictures: int = 2048) -> Tensor:
    """Share of each bin (Q,) among the colors of `pictures` samples drawn as in training."""
    totals = torch.zeros(len(bins))
    # Steps below 0 are no training steps: their samples come from streams of their own.
    for chunk in range(max(1, pictures // 64)):
        totals += bins.histogram(sampler.batch(2**40 + chunk, range(64)).chroma).sum(0)
    return totals / totals.sum()


@dataclass(frozen=True)
class Prediction:
    """The generator's output: logits (N, Q, h, w), and how they become ab planes."""

    logits: Tensor
    decode: Callable[[Tensor], Tensor]

    @cached_property
    def chroma(self) -> Tensor:
        """Decoded ab planes (N, 2, h, w); decoded when first asked for, which takes time."""
        return self.decode(self.logits)


class ColorizerObjective(Objective[Batch, Prediction]):
    """Classification, regression, smoothness and the adversarial game."""

    def __init__(self, config: TrainConfig, bins: ChromaBins, shares: Tensor) -> None:
        """Take the measured `shares` (Q,) of the bins for the rebalancing."""
        super().__init__(config)
        self.config = config
        self.bins = bins
        losses, game = config.losses, config.adversarial
        weights = rebalancing_weights(shares, losses.rebalance, losses.rebalance_cap)
        self.register_buffer("weights", weights)
        self.weights: Tensor
        self.discriminator: MultiScaleDiscriminator | None = (
            None if self.game is None else MultiScaleDiscriminator(3, game.scales, game.width)
        )

    def predict(self, generator: Generator, batch: Batch) -> Prediction:
        """Run the generator on a batch."""
        palette = palette_of(self.bins, batch.chroma, batch.wants_palette)
        with self.precision():
            logits = generator(batch.lightness, batch.hints, batch.mask, palette)
        return Prediction(logits.float(), self._decode)

    def _decode(self, logits: Tensor) -> Tensor:
        losses = self.config.losses
        return losses.chroma_scale * self.bins.expect(logits, losses.temperature)

    def _picture(self, batch: Batch, chroma: Tensor) -> Tensor:
        """Show the discriminator the condition L* and ab, each about [-1, 1]: (N, 3, h, w)."""
        lightness = torch.nn.functional.avg_pool2d(batch.lightness, 4) / 50 - 1
        return torch.cat((lightness, chroma / 50), 1)

    def _judge(self, picture: Tensor, *, learning: bool) -> list[list[Tensor]]:
        assert self.discriminator is not None
        # The generator's loss must leave no gradients in the discriminator.
        self.discriminator.requires_grad_(learning)
        with self.precision():
            return self.discriminator.features(picture)

    def generator_terms(self, batch: Batch, prediction: Prediction, step: int) -> Terms:
        """Weighted terms of the generator's loss; their sum is what it descends."""
        losses, game = self.config.losses, self.config.adversarial
        indices, shares = self.bins.encode(batch.chroma)
        entropy = soft_cross_entropy(prediction.logits, indices, shares, self.weights)
        terms = {"classification": losses.classification * entropy}
        if losses.regression:
            distance = smooth_chroma_loss(prediction.chroma, batch.chroma)
            terms["regression"] = losses.regression * distance
        if losses.color_difference:
            difference = chroma_difference(prediction.chroma, batch.chroma) / 10
            terms["color_difference"] = losses.color_difference * difference
        if losses.total_variation:
            terms["total_variation"] = losses.total_variation * total_variation(prediction.chroma)
        if self.game and step >= game.warmup_steps:
            terms |= self._adversarial_terms(self.game, batch, prediction)
        return terms

    def _adversarial_terms(
        self, game: AdversarialLoss, batch: Batch, prediction: Prediction
    ) -> Terms:
        settings = self.config.adversarial
        fake = self._judge(self._picture(batch, prediction.chroma), learning=False)
        loss = generator_loss(game, [maps[-1] for maps in fake])
        terms = {"adversarial": settings.weight * loss}
        if settings.feature_matching:
            with torch.no_grad():
                real = self._judge(self._picture(batch, batch.chroma), learning=False)
            pairs = zip(fake, real, strict=True)
            distances = [feature_matching_loss(f[:-1], r[:-1]) for f, r in pairs]
            terms["feature_matching"] = settings.feature_matching * torch.stack(distances).mean()
        return terms

    def discriminator_terms(
        self, batch: Batch, prediction: Prediction, noise: torch.Generator
    ) -> Terms:
        """Terms of the discriminator's loss; empty where there is no game."""
        if not (self.game and self.discriminator):
            return {}
        real = self._picture(batch, batch.chroma)
        fake = self._picture(batch, prediction.chroma.detach())
        halves = [maps[-1].chunk(2) for maps in self._judge(torch.cat((real, fake)), learning=True)]
        loss = discriminator_loss(self.game, [h[0] for h in halves], [h[1] for h in halves])
        terms = {"discriminator": loss}
        if self.game.needs_gradient_penalty:
            penalty = gradient_penalty(self.discriminator, real, fake, noise)
            terms["gradient_penalty"] = self.config.adversarial.gradient_penalty * penalty
        return terms
