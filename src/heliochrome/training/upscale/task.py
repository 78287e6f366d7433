"""Builds an upscaler's training run."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from heliochrome.training.initialize import start_upscaler
from heliochrome.training.losses.super_resolution import luma
from heliochrome.training.networks.upscaler import HIDDEN, Upscaler
from heliochrome.training.task import Task
from heliochrome.training.upscale.config import UpscaleConfig
from heliochrome.training.upscale.data import UpscaleBatch, open_upscale_data, validation_batch
from heliochrome.training.upscale.objective import UpscaleObjective, open_judges

# Levels from black to white that luma has in 8 bits by BT.601, as in MATLAB's rgb2ycbcr.
_LUMA_LEVELS = 219


def luma_psnr(pictures: Tensor, truth: Tensor, border: int) -> Tensor:
    """PSNR in dB (N,) of the luma of sRGB (N, 3, H, W), as 8 bits and without a border in px."""
    rounded = (pictures.clamp(0, 1) * 255).round() / 255
    difference = _LUMA_LEVELS * luma(rounded - truth)[:, border:-border, border:-border]
    return 10 * torch.log10(255**2 / difference.square().mean((1, 2)).clamp_min(1e-3))


def build_upscaler(config: UpscaleConfig) -> Upscaler:
    """Build the network of a run, with its first weights."""
    size = config.generator
    return Upscaler(config.scale, size.blocks, size.width, size.expansion, denoise=config.is_crisp)


def upscale_task(config: UpscaleConfig) -> Task[UpscaleBatch, Tensor]:
    """Load the data and build the networks of an upscaler's run."""
    objective = UpscaleObjective(config, open_judges(config))
    sampler, pictures = open_upscale_data(config)
    held = validation_batch(pictures, config)
    cubic = F.pixel_shuffle(Upscaler(config.scale, 0, 1, 1).interpolate(held.picture), config.scale)
    baseline = luma_psnr(cubic, held.truth, config.scale).mean().item()
    generator = build_upscaler(config)
    if config.generator.weights:
        start_upscaler(generator, config.generator.weights)

    @torch.no_grad()
    def measure(network: nn.Module) -> tuple[dict[str, float], Tensor]:
        enlarged = objective.predict(network, held)
        psnr = luma_psnr(enlarged, held.truth, config.scale).mean().item()
        figures = {"psnr": psnr, "psnr_gain": psnr - baseline}
        if objective.judges is not None:
            figures["feature"] = objective.feature_distance(enlarged, held.truth).item()
        return figures, enlarged.clamp(0, 1)

    return Task(sampler, generator, objective, measure, hidden=HIDDEN)
