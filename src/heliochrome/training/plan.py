"""What a run would cost, found out without training: the `--dry-run` of `heliochrome train`."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from heliochrome.errors import ConfigError
from heliochrome.training.bins import ChromaBins, gamut_centers
from heliochrome.training.config import RunConfig, TrainConfig
from heliochrome.training.networks.colorizer import Colorizer
from heliochrome.training.networks.discriminator import MultiScaleDiscriminator
from heliochrome.training.networks.restyler import CODE, Restyler
from heliochrome.training.restyle.config import RestyleConfig
from heliochrome.training.restyle.data import extent
from heliochrome.training.upscale.config import UpscaleConfig
from heliochrome.training.upscale.task import build_upscaler


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


@dataclass(frozen=True)
class _Trial:
    """What `plan_run` measures: networks, two samples' inputs, and what they come out as."""

    generator: nn.Module
    discriminator: nn.Module | None
    inputs: dict[str, Tensor | int]
    result: str


def _game(config: RunConfig, condition: int = 0) -> MultiScaleDiscriminator | None:
    game = config.adversarial
    if game.loss == "none":
        return None
    return MultiScaleDiscriminator(3, game.scales, game.width, condition)


def _colorizer_trial(config: TrainConfig) -> _Trial:
    bins, side = ChromaBins(gamut_centers()), config.data.crop
    inputs: dict[str, Tensor | int] = {
        "lightness": torch.zeros(2, 1, side, side),
        "hints": torch.zeros(2, 2, side, side),
        "mask": torch.zeros(2, 1, side, side),
        "palette": torch.zeros(2, len(bins) + 2),
    }
    generator = Colorizer(len(bins), config.generator.widths)
    return _Trial(generator, _game(config), inputs, "logits")


def _restyler_trial(config: RestyleConfig) -> _Trial:
    side = config.data.crop + 2 * config.data.margins[0]
    style = torch.zeros(2, 4, extent(config.data), extent(config.data))
    inputs: dict[str, Tensor | int] = {
        "picture": torch.zeros(2, 4, side, side),
        "details": style,
        "styles": style,
        "mix": torch.eye(2),
        "scale": 1,
    }
    generator = Restyler(config.generator.widths, config.generator.blocks)
    return _Trial(generator, _game(config, 2 * CODE), inputs, "restyled")


def _upscaler_trial(config: UpscaleConfig) -> _Trial:
    side = config.data.crop // config.scale
    inputs: dict[str, Tensor | int] = {"picture": torch.zeros(2, 3, side, side)}
    if config.is_crisp:
        inputs["noise"] = torch.zeros(2, 1, 1, 1)
    return _Trial(build_upscaler(config), _game(config), inputs, "enlarged")


def _trial(config: RunConfig) -> _Trial:
    if isinstance(config, TrainConfig):
        return _colorizer_trial(config)
    if isinstance(config, RestyleConfig):
        return _restyler_trial(config)
    if isinstance(config, UpscaleConfig):
        return _upscaler_trial(config)
    raise ConfigError(
        config.name, f"is of the unknown task '{config.task}'", "see docs/training.md"
    )


def plan_run(config: RunConfig) -> TrainPlan:
    """Build the networks of `config`, run two empty samples through them, and count.

    Feature networks of the losses are not counted: their files need not be there.
    """
    trial, kept = _trial(config), 0

    def keep(tensor: Tensor) -> Tensor:
        nonlocal kept
        kept += tensor.numel() * tensor.element_size()
        return tensor

    with (
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
        FlopCounterMode(display=False) as flops,
    ):
        result = trial.generator(**trial.inputs)
    result = result[0] if isinstance(result, tuple) else result
    weights = _count(trial.generator) + _count(trial.discriminator)
    # Weight, gradient, two moments; the generator's average besides.
    state = 4 * (4 * weights + _count(trial.generator))
    shapes = {
        name: tuple(value.shape[1:])
        for name, value in trial.inputs.items()
        if isinstance(value, Tensor)
    }
    return TrainPlan(
        shapes=shapes | {trial.result: tuple(result.shape[1:])},
        generator_parameters=_count(trial.generator),
        discriminator_parameters=_count(trial.discriminator),
        gflop=flops.get_total_flops() / 2 / 1e9,
        memory_mib=(state + kept / 2 * config.batch) / 2**20,
    )
