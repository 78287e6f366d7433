"""Conditional PatchGAN discriminators with spectral norm."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """Scores overlapping patches (Isola et al. 2017), each weight spectrally normed.

    Spectral norm: Miyato et al. 2018. No batch norm: it would leak between real and fake.
    What the picture is conditioned on is either simply one of the input's channels, as lightness
    is, or a vector, whose projection is compared with every patch (Miyato and Koyama 2018).
    """

    def __init__(self, channels: int, width: int = 64, condition: int = 0) -> None:
        """Take the input's `channels`, the first layer's `width`, the vector's length."""
        super().__init__()
        shapes = ((channels, width, 2), (width, 2 * width, 2), (2 * width, 4 * width, 1))
        self.layers = nn.ModuleList(
            spectral_norm(nn.Conv2d(before, after, 4, stride, 1))
            for before, after, stride in shapes
        )
        self.score = spectral_norm(nn.Conv2d(4 * width, 1, 3, 1, 1))
        self.project = spectral_norm(nn.Linear(condition, 4 * width)) if condition else None

    def features(self, x: Tensor, condition: Tensor | None = None) -> list[Tensor]:
        """Map a picture (N, C, H, W) to the layers' activations, then the scores, as a list."""
        maps = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            maps.append(x)
        scores = self.score(x)
        if self.project is not None and condition is not None:
            flat = condition.flatten(1)
            direction = self.project(F.layer_norm(flat, flat.shape[1:]))
            agreement = torch.einsum("nchw,nc->nhw", x, direction) / x.shape[1] ** 0.5
            scores = scores + agreement[:, None]
        return [*maps, scores]

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        """Score patches: (N, C, H, W) to (N, 1, H / 4 - 1, W / 4 - 1)."""
        return self.features(x, condition)[-1]


class MultiScaleDiscriminator(nn.Module):
    """1 to 3 discriminators, each looking at half the size of the one before.

    Wang et al. 2018 (pix2pixHD), section 3.2.
    """

    def __init__(self, channels: int, scales: int = 1, width: int = 64, condition: int = 0) -> None:
        super().__init__()
        self.discriminators = nn.ModuleList(
            PatchDiscriminator(channels, width, condition) for _ in range(scales)
        )

    def features(self, x: Tensor, condition: Tensor | None = None) -> list[list[Tensor]]:
        """Activations and scores of each scale, finest first."""
        results = []
        for discriminator in self.discriminators:
            assert isinstance(discriminator, PatchDiscriminator)
            results.append(discriminator.features(x, condition))
            x = F.avg_pool2d(x, 2)
        return results

    def forward(self, x: Tensor, condition: Tensor | None = None) -> list[Tensor]:
        """Score maps of each scale, finest first."""
        return [maps[-1] for maps in self.features(x, condition)]
