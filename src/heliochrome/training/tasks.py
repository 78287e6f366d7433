"""The tasks that can be trained."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from heliochrome.errors import ConfigError
from heliochrome.training.bins import ChromaBins, gamut_centers
from heliochrome.training.config import RunConfig, TrainConfig
from heliochrome.training.data import Batch, open_data
from heliochrome.training.initialize import start_colorizer
from heliochrome.training.networks.colorizer import HIDDEN, Colorizer
from heliochrome.training.objective import ColorizerObjective, Prediction, measure_shares
from heliochrome.training.restyle.config import RestyleConfig
from heliochrome.training.restyle.task import restyle_task
from heliochrome.training.task import Task
from heliochrome.training.upscale.config import UpscaleConfig
from heliochrome.training.upscale.task import upscale_task
from heliochrome.training.validation import predict_logits, validate, validation_batch


def colorize_task(config: TrainConfig) -> Task[Batch, Prediction]:
    """Load the data and build the networks of a colorizer's run."""
    sampler, pictures = open_data(config.data, config.seed)
    held, bins = validation_batch(pictures, config.data), ChromaBins(gamut_centers())
    generator = Colorizer(len(bins), config.generator.widths)
    start_colorizer(generator, config.generator.encoder, config.generator.weights)
    objective = ColorizerObjective(config, bins, measure_shares(bins, sampler))

    def measure(network: nn.Module) -> tuple[dict[str, float], Tensor]:
        with objective.precision(), torch.no_grad():
            logits = predict_logits(network, bins, held[:, :1])
        losses = config.losses
        return validate(logits, bins, held, losses.temperature, losses.chroma_scale)

    return Task(sampler, generator, objective, measure, hidden=HIDDEN)


def open_task(config: RunConfig) -> Task[Any, Any]:
    """Load the data and build the networks of a run.

    Raises:
        ConfigError: there is no such task.
        DataError, TrainingError: pictures or weights cannot be read.

    """
    if isinstance(config, TrainConfig):
        return colorize_task(config)
    if isinstance(config, RestyleConfig):
        return restyle_task(config)
    if isinstance(config, UpscaleConfig):
        return upscale_task(config)
    raise ConfigError(
        config.name, f"is of the unknown task '{config.task}'", "see docs/training.md"
    )
