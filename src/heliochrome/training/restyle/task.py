"""Builds a restyler's training run."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from heliochrome.training.initialize import start_restyler
from heliochrome.training.networks.restyler import HIDDEN, Restyler
from heliochrome.training.restyle.config import RestyleConfig
from heliochrome.training.restyle.data import StyleBatch, open_style_data, validation_batch
from heliochrome.training.restyle.objective import Restyled, RestyleObjective, open_judges
from heliochrome.training.task import Task


def restyle_task(config: RestyleConfig) -> Task[StyleBatch, Restyled]:
    """Load the data and build the networks of a restyler's run."""
    judges = open_judges(config)
    sampler, photos, styles = open_style_data(config.data, config.seed)
    held = validation_batch(photos, styles, config.data)
    generator = Restyler(config.generator.widths, config.generator.blocks)
    start_restyler(generator, config.generator.encoder, config.generator.weights)
    objective = RestyleObjective(config, judges)

    @torch.no_grad()
    def measure(network: nn.Module) -> tuple[dict[str, float], Tensor]:
        result = objective.predict(network, held)
        figures = {
            name: value.item() for name, value in objective.measure(held, result.pictures).items()
        }
        return figures, result.pictures

    return Task(sampler, generator, objective, measure, hidden=HIDDEN)
