"""The adversarial games behind one interface.

A discriminator gives scores of any shape (PatchGAN: one per patch); several discriminators give
several score maps, whose losses are averaged. Scores are raw: no sigmoid before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional as F

from heliochrome.errors import ConfigError

Scores = Sequence[Tensor]
Critic = Callable[[Tensor], Scores]


class AdversarialLoss(Protocol):
    """What a training objective needs to know of a game."""

    needs_gradient_penalty: bool
    needs_real: bool
    """Whether the generator's loss, too, takes scores of real pictures."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Loss of the discriminator, a scalar, from its scores of real and fake pictures."""

    def generator(self, fake: Tensor, real: Tensor | None = None, /) -> Tensor:
        """Loss of the generator, a scalar, from the scores of its pictures (and of real ones)."""


class Minimax:
    """Goodfellow et al. 2014, with the non-saturating generator loss of their section 3."""

    needs_gradient_penalty = False
    needs_real = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-log sigmoid(real) - log(1 - sigmoid(fake)), each averaged."""
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    def generator(self, fake: Tensor, _real: Tensor | None = None, /) -> Tensor:
        """-log sigmoid(fake), averaged."""
        return F.softplus(-fake).mean()


class LeastSquares:
    """LSGAN, Mao et al. 2017, with a = 0, b = c = 1 (their equation 9)."""

    needs_gradient_penalty = False
    needs_real = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Half of (real - 1)^2 plus half of fake^2, averaged."""
        return 0.5 * (real - 1).square().mean() + 0.5 * fake.square().mean()

    def generator(self, fake: Tensor, _real: Tensor | None = None, /) -> Tensor:
        """Half of (fake - 1)^2, averaged."""
        return 0.5 * (fake - 1).square().mean()


class Wasserstein:
    """WGAN, Arjovsky et al. 2017; its Lipschitz bound comes from `gradient_penalty`."""

    needs_gradient_penalty = True
    needs_real = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """Mean fake score less mean real score."""
        return fake.mean() - real.mean()

    def generator(self, fake: Tensor, _real: Tensor | None = None, /) -> Tensor:
        """Mean fake score, negated."""
        return -fake.mean()


class Hinge:
    """Hinge loss, Lim and Ye 2017; Miyato et al. 2018, equations 16 and 17."""

    needs_gradient_penalty = False
    needs_real = False

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """max(0, 1 - real) plus max(0, 1 + fake), averaged."""
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    def generator(self, fake: Tensor, _real: Tensor | None = None, /) -> Tensor:
        """Mean fake score, negated."""
        return -fake.mean()


class RelativisticAverage:
    """Jolicoeur-Martineau 2018, as ESRGAN has it: how much more real than the others' mean.

    Wang et al. 2018, equations 1 and 2. Both players move real and fake scores alike, so that the
    generator also learns from real pictures.
    """

    needs_gradient_penalty = False
    needs_real = True

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        """-log sigmoid(real - mean fake) - log(1 - sigmoid(fake - mean real)), each averaged."""
        return F.softplus(fake.mean() - real).mean() + F.softplus(fake - real.mean()).mean()

    def generator(self, fake: Tensor, real: Tensor | None = None, /) -> Tensor:
        """Give the discriminator's loss with the roles exchanged.

        Raises:
            ValueError: the scores of real pictures are missing.

        """
        if real is None:
            raise ValueError("a relativistic generator's loss takes scores of real pictures")
        return self.discriminator(fake, real)


ADVERSARIAL_LOSSES: dict[str, AdversarialLoss] = {
    "minimax": Minimax(),
    "lsgan": LeastSquares(),
    "wgan-gp": Wasserstein(),
    "hinge": Hinge(),
    "relativistic": RelativisticAverage(),
}


def adversarial_loss(name: str) -> AdversarialLoss:
    """Find a game by its name in configurations.

    Raises:
        ConfigError: there is none of that name.

    """
    if name not in ADVERSARIAL_LOSSES:
        known = ", ".join(ADVERSARIAL_LOSSES)
        raise ConfigError("adversarial.loss", f"'{name}' is no adversarial loss", f"use {known}")
    return ADVERSARIAL_LOSSES[name]


def discriminator_loss(game: AdversarialLoss, real: Scores, fake: Scores) -> Tensor:
    """Mean of the game's discriminator loss over the scales."""
    pairs = zip(real, fake, strict=True)
    return torch.stack([game.discriminator(r.float(), f.float()) for r, f in pairs]).mean()


def generator_loss(game: AdversarialLoss, fake: Scores, real: Scores | None = None) -> Tensor:
    """Mean of the game's generator loss over the scales; `real` where the game needs it."""
    if real is None:
        return torch.stack([game.generator(scores.float()) for scores in fake]).mean()
    pairs = zip(fake, real, strict=True)
    return torch.stack([game.generator(f.float(), r.float()) for f, r in pairs]).mean()


def gradient_penalty(
    critic: Critic, real: Tensor, fake: Tensor, generator: torch.Generator
) -> Tensor:
    """(‖∇ critic(x)‖ - 1)² on straight lines between real and fake, Gulrajani et al. 2017, eq. 3.

    Departure: where a critic gives a map of scores, the gradient is that of its mean times its
    number of scores' square root, so that the penalty does not fade as pictures grow.
    """
    shares = torch.rand((len(real), 1, 1, 1), generator=generator).to(real)
    between = (shares * real + (1 - shares) * fake).detach().requires_grad_()
    penalties = []
    for scores in critic(between):
        per_picture = scores.float().flatten(1)
        total = (per_picture.mean(1) * per_picture.shape[1] ** 0.5).sum()
        (gradient,) = torch.autograd.grad(total, between, create_graph=True)
        norms = gradient.flatten(1).square().sum(1).add(1e-12).sqrt()
        penalties.append((norms - 1).square().mean())
    return torch.stack(penalties).mean()
