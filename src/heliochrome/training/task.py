"""What the training loop needs to know of a task; every task is one of these."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from heliochrome.training.config import RunConfig
from heliochrome.training.data import MakesBatches
from heliochrome.training.losses.adversarial import AdversarialLoss, adversarial_loss

Terms = dict[str, Tensor]
BatchT = TypeVar("BatchT")
PredictionT = TypeVar("PredictionT")


class Objective(nn.Module, Generic[BatchT, PredictionT]):
    """Owns the discriminator and every loss term of a task.

    Attributes:
        game: the adversarial loss; None where there is no game.
        discriminator: None where there is no game.

    """

    discriminator: nn.Module | None

    def __init__(self, config: RunConfig) -> None:
        super().__init__()
        game = config.adversarial.loss
        self.game: AdversarialLoss | None = None if game == "none" else adversarial_loss(game)
        self.halves = config.precision == "bfloat16"

    def precision(self) -> contextlib.AbstractContextManager[object]:
        """Autocast for the networks; colors and losses stay in float32."""
        return torch.autocast("cpu", torch.bfloat16) if self.halves else contextlib.nullcontext()

    def predict(self, generator: Callable[..., Any], batch: BatchT) -> PredictionT:
        """Run the generator on a batch."""
        raise NotImplementedError

    def generator_terms(self, batch: BatchT, prediction: PredictionT, step: int) -> Terms:
        """Weighted terms of the generator's loss; their sum is what it descends."""
        raise NotImplementedError

    def discriminator_terms(
        self, batch: BatchT, prediction: PredictionT, noise: torch.Generator
    ) -> Terms:
        """Terms of the discriminator's loss; empty where there is no game."""
        raise NotImplementedError


@dataclass(frozen=True)
class Task(Generic[BatchT, PredictionT]):
    """A task's samples, networks, losses and figures.

    `validate` gives figures and pictures (N, 3, H, W) in [0, 1] of averaged weights on the
    held-out pictures. `hidden` are the beginnings of the names of those of the generator's
    parameters that are neither close to its input nor to its output, nor pretrained; `pretrained`
    those of the names of what learns at `generator.encoder_rate`.
    """

    sampler: MakesBatches[BatchT]
    generator: nn.Module
    objective: Objective[BatchT, PredictionT]
    validate: Callable[[nn.Module], tuple[dict[str, float], Tensor]]
    hidden: tuple[str, ...] = ()
    pretrained: tuple[str, ...] = ("encoder.",)
