"""The upscaler: residual blocks at the picture's own size, PixelShuffle on a bicubic skip.

Compact on purpose: nothing but 3x3 convolutions and ReLU, which every runtime fuses and quantizes,
and which see so few pixels that tiles need little halo. EDSR without its width (Lim et al. 2017)
and with the convolutions of SESR (Bhardwaj et al. 2022): each is trained as a wider linear block.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# Beginnings of the names of what is not at an end.
HIDDEN = ("blocks.",)
# Of Keys' cubic kernel (1981): what Pillow and MATLAB call bicubic.
_SHARPNESS = -0.5


class CollapsedConv(nn.Module):
    """A 3x3 convolution trained as a wide linear block.

    What is trained: 3x3 to `expansion` times the outputs, 1x1 back, and beside it a 1x1 branch and
    the identity (Ding et al. 2021, DBB). All of that is linear, so that it is one 3x3 kernel, and
    that kernel is computed first and applied to the picture: training costs what a plain
    convolution costs, and learns faster. `folded` gives the plain convolution.
    """

    def __init__(
        self, inputs: int, outputs: int, expansion: int = 2, *, identity: bool = False
    ) -> None:
        """With `identity`, the inputs are added to the outputs, of which there are as many."""
        super().__init__()
        hidden = expansion * outputs
        self.expand = nn.Parameter(torch.empty(hidden, inputs, 3, 3))
        self.squeeze = nn.Parameter(torch.empty(outputs, hidden))
        self.pointwise = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs))
        # The kernel starts as a plain convolution's does in PyTorch, of deviation 1 / √(3 · 9 in).
        nn.init.normal_(self.expand, std=(27 * inputs) ** -0.5)
        nn.init.normal_(self.squeeze, std=hidden**-0.5)
        unit = torch.eye(outputs, inputs) if identity else torch.zeros(outputs, inputs)
        self.register_buffer("unit", unit, persistent=False)
        self.unit: Tensor

    def kernel(self) -> Tensor:
        """Compute the one kernel (outputs, inputs, 3, 3) that the whole block comes to."""
        wide = (self.squeeze @ self.expand.flatten(1)).view(-1, *self.expand.shape[1:])
        center = (self.pointwise + self.unit)[:, :, None, None]
        return wide + F.pad(center, (1, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W)."""
        return F.conv2d(x, self.kernel(), self.bias, padding=1)

    @torch.no_grad()
    def folded(self) -> nn.Conv2d:
        """Give the plain convolution that computes the same."""
        kernel = self.kernel()
        plain = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
        plain.weight.copy_(kernel)
        assert plain.bias is not None
        plain.bias.copy_(self.bias)
        return plain


class ResidualBlock(nn.Module):
    """x + conv(relu(conv(x))), without norm (Lim et al. 2017, EDSR)."""

    def __init__(self, width: int, expansion: int) -> None:
        super().__init__()
        self.conv1: nn.Module = CollapsedConv(width, width, expansion, identity=True)
        self.conv2: nn.Module = CollapsedConv(width, width, expansion)
        _shrink(self.conv2)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, H, W) to the same shape."""
        return x + self.conv2(F.relu(self.conv1(x)))


def _shrink(conv: nn.Module, factor: float = 0.1) -> None:
    """Let a branch begin small: what it is added to passes at first (Wang et al. 2018, ESRGAN)."""
    assert isinstance(conv, CollapsedConv)
    with torch.no_grad():
        conv.squeeze.mul_(factor)


def _align_phases(conv: CollapsedConv, factor: int) -> None:
    """Start all `factor`² phases before PixelShuffle alike.

    Aitken et al. 2017 (ICNR): different random phases would show as a checkerboard.
    """
    with torch.no_grad():
        first = conv.squeeze[: len(conv.squeeze) // factor**2]
        conv.squeeze.copy_(first.repeat_interleave(factor**2, 0))


def cubic_kernel(scale: int) -> Tensor:
    """Weights (3 * scale², 3, 5, 5) of bicubic enlargement as a convolution before PixelShuffle."""
    phases = (torch.arange(scale, dtype=torch.float64) + 0.5) / scale - 0.5
    distance = (phases[:, None] - torch.arange(-2, 3)).abs()
    a = _SHARPNESS
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = a * (((distance - 5) * distance + 8) * distance - 4)
    taps = torch.where(distance <= 1, near, torch.where(distance < 2, far, 0.0))
    plane = torch.einsum("py,qx->pqyx", taps, taps).reshape(scale**2, 5, 5)
    return (
        torch.einsum("oc,pyx->opcyx", torch.eye(3, dtype=torch.float64), plane)
        .reshape(3 * scale**2, 3, 5, 5)
        .float()
    )


class Upscaler(nn.Module):
    """Enlarges pictures `scale` times; an own correction on top of bicubic interpolation."""

    def __init__(
        self,
        scale: int = 4,
        blocks: int = 6,
        width: int = 64,
        expansion: int = 2,
        *,
        denoise: bool = False,
    ) -> None:
        """With `denoise`, `forward` takes how strong the noise to remove is.

        `expansion` is how many times wider a convolution is while it is trained, as
        `CollapsedConv` has it; at 0 all are plain ones.
        """
        super().__init__()
        plain, expansion = expansion == 0, max(1, expansion)
        self.scale = scale
        self.head: nn.Module = CollapsedConv(3, width, expansion)
        self.blocks = nn.ModuleList(ResidualBlock(width, expansion) for _ in range(blocks))
        self.tail: nn.Module = CollapsedConv(width, 3 * scale**2, expansion)
        _align_phases(self.tail, scale)
        _shrink(self.tail)
        # What the first convolution would make of a plane of that value (Zhang et al. 2018,
        # FFDNet), without its zeros around the picture.
        self.noise = nn.Parameter(torch.zeros(1, width, 1, 1)) if denoise else None
        self.register_buffer("cubic", cubic_kernel(scale), persistent=False)
        self.cubic: Tensor
        if plain:
            fold(self)

    @torch.no_grad()
    def pass_through(self, blocks: Iterable[int]) -> None:
        """Let those of the blocks, by their places, begin by passing on what they get."""
        for index in blocks:
            block = self.blocks[index]
            assert isinstance(block, ResidualBlock)
            for name, parameter in block.conv2.named_parameters():
                if name != "expand":  # or no gradient would reach either of two zero factors
                    parameter.zero_()

    def interpolate(self, picture: Tensor) -> Tensor:
        """Bicubic enlargement before PixelShuffle: (N, 3, H, W) to (N, 3 * scale², H, W)."""
        # A convolution, and not a runtime's own resizing: those differ from each other.
        return F.conv2d(F.pad(picture, (2, 2, 2, 2), mode="replicate"), self.cubic)

    def forward(self, picture: Tensor, noise: Tensor | None = None) -> Tensor:
        """Enlarge pictures.

        Args:
            picture: sRGB in 0..1 (N, 3, H, W).
            noise: where the network denoises, its deviation in 0..1 (N, 1, 1, 1) as a share of the
                strongest.

        Returns:
            sRGB (N, 3, scale * H, scale * W); not clipped.

        """
        # About zero, where bfloat16 is finest, and so that the zeros outside are mid gray.
        x = self.head(picture - 0.5)
        if self.noise is not None and noise is not None:
            x = x + self.noise * noise
        for block in self.blocks:
            x = block(x)
        details = self.tail(x)
        # In float32 also where the rest is not: the picture itself must not be rounded.
        with torch.autocast(picture.device.type, enabled=False):
            return F.pixel_shuffle(self.interpolate(picture) + details, self.scale)


def halo(blocks: int) -> int:
    """How many pixels around a pixel of the input its enlargement depends on."""
    return 2 * blocks + 2


def fold(network: nn.Module) -> None:
    """Replace every `CollapsedConv` in `network` by the convolution it comes to, in place."""
    for name, child in network.named_children():
        if isinstance(child, CollapsedConv):
            setattr(network, name, child.folded())
        else:
            fold(child)
