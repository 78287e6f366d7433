"""Figures on the held-out pictures of a run: quick, at training size, and not the protocol's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from heliochrome.training.bins import ChromaBins
from heliochrome.training.colorspace import lab_to_srgb, srgb_to_lab
from heliochrome.training.config import DataConfig
from heliochrome.training.data import STRIDE, crop_picture


def validation_batch(pictures: Sequence[NDArray[np.uint8]], config: DataConfig) -> Tensor:
    """Lab crops (N, 3, crop, crop) of the held-out pictures, the same at every call."""
    rng = np.random.default_rng(0)
    crops = np.stack([crop_picture(picture, config, rng) for picture in pictures])
    return srgb_to_lab(torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 255)


def picture_psnr(output: Tensor, truth: Tensor) -> Tensor:
    """PSNR in dB (N,) of sRGB pictures (N, 3, H, W) in [0, 1], after rounding to 8 bits."""
    difference = (output * 255).round() - (truth * 255).round()
    return 10 * torch.log10(255**2 / difference.square().mean((1, 2, 3)).clamp_min(1e-3))


def colorfulness(rgb: Tensor) -> Tensor:
    """Colorfulness (N,) of pictures (N, 3, H, W) in [0, 1]; Hasler and Suesstrunk 2003."""
    red, green, blue = (rgb * 255).unbind(1)
    opponents = torch.stack((red - green, (red + green) / 2 - blue)).flatten(2)
    deviation = opponents.std(2, correction=0).norm(dim=0)
    return deviation + 0.3 * opponents.mean(2).norm(dim=0)


@torch.no_grad()
def predict_logits(
    generator: nn.Module, bins: ChromaBins, lightness: Tensor, batch: int = 32
) -> Tensor:
    """Logits (N, Q, h, w) of automatic coloring of lightness planes (N, 1, H, W)."""
    logits = []
    for part in lightness.split(batch):
        count, _, height, width = part.shape
        hints, mask = part.new_zeros(count, 2, height, width), torch.zeros_like(part)
        logits.append(generator(part, hints, mask, part.new_zeros(count, len(bins) + 2)).float())
    return torch.cat(logits)


def render(lightness: Tensor, chroma: Tensor) -> Tensor:
    """Give sRGB (N, 3, H, W) of lightness and quarter-size chroma, bilinearly enlarged."""
    return lab_to_srgb(
        torch.cat((lightness, F.interpolate(chroma, scale_factor=STRIDE, mode="bilinear")), 1)
    )


@torch.no_grad()
def validate(
    logits: Tensor, bins: ChromaBins, lab: Tensor, temperature: float, scale: float
) -> tuple[dict[str, float], Tensor]:
    """Figures of predicted `logits` at one operating point, and the pictures (N, 3, H, W)."""
    lightness, truth = lab[:, :1], lab_to_srgb(lab)
    target = F.avg_pool2d(lab[:, 1:], STRIDE)
    indices, shares = bins.encode(target)
    entropy = -(logits.log_softmax(1).gather(1, indices) * shares).sum(1).mean()
    output = render(lightness, scale * bins.expect(logits, temperature))
    gray = render(lightness, torch.zeros_like(target))
    gain = picture_psnr(output, truth).mean() - picture_psnr(gray, truth).mean()
    mean = bins.expect(logits)
    explained = 1 - (mean - target).square().sum() / target.square().sum()
    figures = {
        "cross_entropy": entropy.item(),
        "psnr_gain": gain.item(),
        "colorfulness_ratio": (colorfulness(output).mean() / colorfulness(truth).mean()).item(),
        "chroma_explained": explained.item(),
    }
    return figures, output
