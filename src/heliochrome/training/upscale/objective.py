"""The upscaler's objective: pixels, features and the discriminator."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from heliochrome.training.judges import Judges, load_judges
from heliochrome.training.losses.adversarial import (
    AdversarialLoss,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)
from heliochrome.training.losses.super_resolution import (
    frequency_loss,
    luma_loss,
    pixel_loss,
    relative_feature_loss,
    robust_pixel_loss,
)
from heliochrome.training.networks.discriminator import MultiScaleDiscriminator
from heliochrome.training.task import Objective, Terms
from heliochrome.training.upscale.config import UpscaleConfig
from heliochrome.training.upscale.data import UpscaleBatch


def open_judges(config: UpscaleConfig) -> Judges | None:
    """Load the feature networks that the configuration names; None where no loss needs them."""
    losses = config.losses
    if losses.feature == 0:
        return None
    return load_judges((losses.vgg, losses.squeezenet), losses.feature_layers)


class UpscaleObjective(Objective[UpscaleBatch, Tensor]):
    """Likeness in pixels, in frequencies and in features, and the adversarial game.

    The prediction is the enlarged pictures, sRGB (N, 3, H, W), not clipped.
    """

    def __init__(self, config: UpscaleConfig, judges: Judges | None) -> None:
        super().__init__(config)
        self.config, self.judges = config, judges
        game = config.adversarial
        self.discriminator: MultiScaleDiscriminator | None = (
            None if self.game is None else MultiScaleDiscriminator(3, game.scales, game.width)
        )

    def predict(self, generator: Callable[..., Tensor], batch: UpscaleBatch) -> Tensor:
        """Run the generator on a batch."""
        with self.precision():
            if self.config.is_crisp:
                return generator(batch.picture, batch.noise).float()
            return generator(batch.picture).float()

    def feature_distance(self, pictures: Tensor, truth: Tensor) -> Tensor:
        """Relative distance of features to the truth's, over layers and pictures; a scalar."""
        assert self.judges is not None
        layers = self.config.losses.feature_layers
        with self.precision():
            with torch.no_grad():
                wanted = self.judges.describe(truth, layers)
            found = self.judges.describe(pictures, layers)
        return relative_feature_loss(found, wanted)

    def _pixel_distance(self, prediction: Tensor, truth: Tensor) -> Tensor:
        epsilon = self.config.losses.epsilon
        if epsilon == 0:
            return pixel_loss(prediction, truth)
        return robust_pixel_loss(prediction, truth, epsilon)

    def generator_terms(self, batch: UpscaleBatch, prediction: Tensor, step: int) -> Terms:
        """See `Objective.generator_terms`."""
        losses, game = self.config.losses, self.config.adversarial
        terms = {"pixel": losses.pixel * self._pixel_distance(prediction, batch.truth)}
        if losses.luma:
            terms["luma"] = losses.luma * luma_loss(prediction, batch.truth)
        if losses.frequency:
            terms["frequency"] = losses.frequency * frequency_loss(prediction, batch.truth)
        if losses.feature:
            distance = self.feature_distance(prediction, batch.truth)
            terms["feature"] = losses.feature * distance
        if self.game and step >= game.warmup_steps:
            fake = self._judge(prediction, learning=False)
            real = self._real_scores(batch) if self.game.needs_real else None
            terms["adversarial"] = game.weight * generator_loss(self.game, fake, real)
        return terms

    @torch.no_grad()
    def _real_scores(self, batch: UpscaleBatch) -> list[Tensor]:
        return self._judge(batch.truth, learning=False)

    def _judge(self, pictures: Tensor, *, learning: bool) -> list[Tensor]:
        assert self.discriminator is not None
        # The generator's loss must leave no gradients in the discriminator.
        self.discriminator.requires_grad_(learning)
        with self.precision():
            return self.discriminator(2 * pictures - 1)

    def discriminator_terms(
        self, batch: UpscaleBatch, prediction: Tensor, noise: torch.Generator
    ) -> Terms:
        """See `Objective.discriminator_terms`."""
        if self.game is None:
            return {}
        return self._game_terms(self.game, batch.truth, prediction.detach(), noise)

    def _game_terms(
        self, game: AdversarialLoss, real: Tensor, fake: Tensor, noise: torch.Generator
    ) -> Terms:
        assert self.discriminator is not None
        halves = [s.chunk(2) for s in self._judge(torch.cat((real, fake)), learning=True)]
        loss = discriminator_loss(game, [h[0] for h in halves], [h[1] for h in halves])
        terms = {"discriminator": loss}
        if game.needs_gradient_penalty:
            penalty = gradient_penalty(self.discriminator, 2 * real - 1, 2 * fake - 1, noise)
            terms["gradient_penalty"] = self.config.adversarial.gradient_penalty * penalty
        return terms
