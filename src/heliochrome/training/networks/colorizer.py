"""The colorizer: lightness, hints and a palette in, a distribution over ab bins out.

A U-Net whose encoder has the form of SqueezeNet 1.1 (Iandola et al. 2016; padded here, so that
the picture's right and bottom borders are seen), and whose decoder ends at a quarter of the input
size. Hints enter at the input and, averaged over the hinted pixels, at both decoder levels
(Zhang et al. 2017, "Real-Time User-Guided Image Colorization"); the palette enters with the pooled
picture through FiLM (Perez et al. 2018).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from heliochrome.training.networks.squeezenet import SqueezeEncoder

SIZE_MULTIPLE = 16
# Beginnings of the names of what is neither pretrained nor at an end.
HIDDEN = ("deep", "middle", "fine")


class Encoder(SqueezeEncoder):
    """Features at strides 2, 4, 8 and 16 of lightness, hints and mask."""

    def __init__(self) -> None:
        super().__init__(4)


class Block(nn.Module):
    """Convolution, batch norm (folded at export), an optional FiLM, ReLU."""

    def __init__(self, channels: int, width: int, dilation: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, 3, padding=dilation, dilation=dilation, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(width)

    def forward(self, x: Tensor, film: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """Map (N, channels, H, W) to (N, width, H, W)."""
        x = self.norm(self.conv(x))
        if film is not None:
            x = x * (1 + film[0]) + film[1]
        return F.relu(x)


def pool_hints(hints: Tensor, mask: Tensor, stride: int) -> Tensor:
    """Mean hint of each cell and whether it has one: (N, 2 + 1, H / stride, W / stride)."""
    share = F.avg_pool2d(mask, stride)
    mean = F.avg_pool2d(hints * mask, stride) / share.clamp_min(1e-6)
    return torch.cat((mean, (share > 0).to(mean)), 1)


class Colorizer(nn.Module):
    """Lightness (+ hints + palette) to logits over ab bins at a quarter of the size."""

    def __init__(self, bins: int, widths: tuple[int, int, int] = (384, 256, 128)) -> None:
        """Take the number of `bins` and the decoder `widths` at strides 16, 8 and 4."""
        super().__init__()
        deep, middle, fine = widths
        self.encoder = Encoder()
        self.deep1 = Block(512, deep)
        self.deep2 = Block(deep, deep, dilation=2)
        self.hints8 = nn.Conv2d(3, 32, 3, padding=1)
        self.middle1 = Block(deep + 256 + 32, middle)
        self.middle2 = Block(middle, middle)
        self.hints4 = nn.Conv2d(3, 32, 3, padding=1)
        self.fine1 = Block(middle + 128 + 64 + 32, fine)
        self.fine2 = Block(fine, fine)
        self.classify = nn.Conv2d(fine, bins, 1)
        self.widths = widths
        self.palette = nn.Linear(bins + 2, 256)
        self.context = nn.Linear(512, 256)
        self.film = nn.Linear(256, 2 * sum(widths))
        nn.init.zeros_(self.film.weight)
        nn.init.zeros_(self.film.bias)

    def _films(self, deep: Tensor, palette: Tensor) -> list[tuple[Tensor, Tensor]]:
        pooled = deep.mean((2, 3))
        # The encoder has no norm and its scale wanders in training: normalize what is pooled.
        pooled = F.layer_norm(pooled, pooled.shape[1:])
        code = self.film(F.relu(self.context(pooled) + self.palette(palette)))[:, :, None, None]
        parts = code.split([width for width in self.widths for _ in (0, 1)], 1)
        return list(zip(parts[::2], parts[1::2], strict=True))

    @torch.no_grad()
    def shift_logits(self, shift: Tensor) -> None:
        """Add `shift` (bins,) to all logits from now on."""
        assert self.classify.bias is not None
        self.classify.bias += shift

    def forward(self, lightness: Tensor, hints: Tensor, mask: Tensor, palette: Tensor) -> Tensor:
        """Predict logits (N, bins, H / 4, W / 4).

        `lightness` is L* (N, 1, H, W) in [0, 100]; `hints` ab (N, 2, H, W), 0 where `mask`
        (N, 1, H, W) is 0; `palette` (N, bins + 2) is an ab histogram, the mean chroma / 100 and
        1, or all 0 when there is none. H and W are multiples of 16.
        """
        points = hints / 50
        x = torch.cat((lightness / 50 - 1, points, mask), 1)
        stride2, stride4, stride8, stride16 = self.encoder(x)
        films = self._films(stride16, palette)
        y = self.deep2(self.deep1(stride16), films[0])
        y = F.interpolate(y, scale_factor=2.0, mode="bilinear")
        y = torch.cat((y, stride8, self.hints8(pool_hints(points, mask, 8))), 1)
        y = self.middle2(self.middle1(y), films[1])
        y = F.interpolate(y, scale_factor=2.0, mode="bilinear")
        skips = (stride4, F.avg_pool2d(stride2, 2), self.hints4(pool_hints(points, mask, 4)))
        y = self.fine2(self.fine1(torch.cat((y, *skips), 1)), films[2])
        return self.classify(y)
