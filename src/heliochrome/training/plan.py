"""What a run would cost, found out without training: the `--dry-run` of `heliochrome train`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from heliochrome.training.bins import ChromaBins, gamut_centers
from heliochrome.training.config import TrainConfig
from heliochrome.training.networks.colorizer import Colorizer
from heliochrome.training.networks.discriminator import MultiScaleDiscriminator


@dataclass(frozen=True)
class TrainPlan:
    """Shapes and costs of a run.

    `gflop` is one picture's forward pass (a multiply-add counts two); a training step costs about
    three times that. `memory_mib` is weights, gradients, optimizer and average, plus the
    activations that one batch keeps for its backward pass in float32.
    """

    shapes: dict[str, tuple[int, ...]]
    generator_parameters: int
    discriminator_parameters: int
    gflop: float
    memory_mib: float


def _count(module: torch.nn.Module | None) -> int:
    return sum(p.numel() for p in module.parameters()) if module else 0


def _inputs(config: TrainConfig, bins: ChromaBins) -> dict[str, Tensor]:
    side = config.data.crop
    return {
        "lightness": torch.zeros(2, 1, side, side),
        "hints": torch.zeros(2, 2, side, side),
        "mask": torch.zeros(2, 1, side, side),
        "palette": torch.zeros(2, len(bins) + 2),
    }


def plan_run(config: TrainConfig) -> TrainPlan:
    """Build the networks of `config`, run two gray pictures through them, and count."""
    bins = ChromaBins(gamut_centers())
    generator = Colorizer(len(bins), config.generator.widths)
    game = config.adversarial
    discriminator = (
        None if game.loss == "none" else MultiScaleDiscriminator(3, game.scales, game.width)
    )
    inputs = _inputs(config, bins)
    kept = 0

    def keep(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        FlopCounterMode(display=False) as flops,
    ):
        logits = generator(**inputs)
    weights = _count(generator) + _count(discriminator)
    # Weight, gradient, two moments; the generator's average besides.
    state = 4 * (4 * weights + _count(generator))
    shapes = {name: tuple(value.shape[1:]) for name, value in inputs.items()}
    return TrainPlan(
        shapes=shapes | {"logits": tuple(logits.shape[1:])},
        generator_parameters=_count(generator),
        discriminator_parameters=_count(discriminator),
        gflop=flops.get_total_flops() / 2 / 1e9,
        memory_mib=(state + kept / 2 * config.batch) / 2**20,
    )
