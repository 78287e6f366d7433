"""Builds a restyler's training run."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from heliochrome.training.initialize import start_restyler
from heliochrome.training.networks.restyler import HIDDEN, PRETRAINED, Restyler
from heliochrome.training.restyle.config import RestyleConfig
from heliochrome.training.restyle.data import (
    StyleBatch,
    StyleSampler,
    open_style_data,
    validation_batch,
)
from heliochrome.training.restyle.objective import Restyled, RestyleObjective, open_judges
from heliochrome.training.task import Task

# Style pictures that are encoded at once.
_GROUP = 64


@torch.no_grad()
def measure_codes(generator: Restyler, sampler: StyleSampler, count: int) -> Tensor:
    """Codes of `count` style pictures as training shows them (count, 2, C)."""
    groups = -(-count // _GROUP)
    places = range(min(count, _GROUP) * sampler.config.photos_per_style)
    details = (sampler.batch(step, places).details for step in range(groups))
    return torch.cat([generator.code(generator.encode(each)) for each in details])[:count]


def restyle_task(config: RestyleConfig) -> Task[StyleBatch, Restyled]:
    """Load the data and build the networks of a restyler's run."""
    judges = open_judges(config)
    sampler, photos, styles = open_style_data(config.data, config.seed)
    held = validation_batch(photos, styles, config.data)
    generator = Restyler(config.generator.widths, config.generator.blocks)
    generator.mirror_borders()
    start_restyler(generator, config.generator.encoder, config.generator.weights)
    if config.generator.weights is None:
        generator.whitening.measure(measure_codes(generator, sampler, config.generator.whitening))
    objective = RestyleObjective(config, judges)

    @torch.no_grad()
    def measure(network: nn.Module) -> tuple[dict[str, float], Tensor]:
        result = objective.predict(network, held)
        figures = {
            name: value.item() for name, value in objective.measure(held, result.pictures).items()
        }
        return figures, result.pictures

    return Task(sampler, generator, objective, measure, HIDDEN, PRETRAINED)
