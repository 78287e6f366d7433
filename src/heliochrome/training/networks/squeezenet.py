"""The layers of SqueezeNet 1.1 (Iandola et al. 2016), of which encoders and critics are made.

They are padded here, so that a picture's right and bottom borders are seen; the network that losses
are measured on is in `perceptual`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Fire(nn.Module):
    """SqueezeNet's module: a 1x1 squeeze, then 1x1 and 3x3 expansions side by side."""

    def __init__(self, channels: int, squeeze: int, expand: int) -> None:
        super().__init__()
        self.squeeze1x1 = nn.Conv2d(channels, squeeze, 1)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, channels, H, W) to (N, 2 * expand, H, W)."""
        x = F.relu(self.squeeze1x1(x))
        return torch.cat((F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))), 1)


class SqueezeLayers(nn.Module):
    """A 3x3 convolution and eight fire modules, under SqueezeNet's names."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, 64, 3, stride=2, padding=1)
        self.fire2 = Fire(64, 16, 64)
        self.fire3 = Fire(128, 16, 64)
        self.fire4 = Fire(128, 32, 128)
        self.fire5 = Fire(256, 32, 128)
        self.fire6 = Fire(256, 48, 192)
        self.fire7 = Fire(384, 48, 192)
        self.fire8 = Fire(384, 64, 256)
        self.fire9 = Fire(512, 64, 256)


class SqueezeEncoder(SqueezeLayers):
    """Features at strides 2, 4, 8 and 16."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Map (N, inputs, H, W) to maps of 64, 128, 256 and 512 channels at strides 2, 4, 8, 16."""
        stride2 = F.relu(self.conv1(x))
        stride4 = self.fire3(self.fire2(F.max_pool2d(stride2, 3, 2, 1)))
        stride8 = self.fire5(self.fire4(F.max_pool2d(stride4, 3, 2, 1)))
        deep = self.fire7(self.fire6(F.max_pool2d(stride8, 3, 2, 1)))
        return stride2, stride4, stride8, self.fire9(self.fire8(deep))
