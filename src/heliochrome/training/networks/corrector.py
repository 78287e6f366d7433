"""Corrections: the restyler looks at its own draft, and goes down the slope of what it sees.

A style's Gram matrices at a deep layer are out of reach for a network that draws a picture in one
go: which small change of a picture moves them depends on the picture. Gradient descent finds it
within steps, because it asks the feature network what it makes of the draft. So does a corrector:
its critic, a network of SqueezeNet's form, looks at the draft; the differences of its features'
Gram matrices to the style's are sent back through the critic to the pixels, by the chain rule
written out in convolutions; and a few layers make a correction of the slope and the draft (learned
gradient descent: Andrychowicz et al. 2016; Putzky and Welling 2017). All of it is trained together,
the critic too.

The draft's Gram matrices are an input of a correction, as codes are of the restyler: a large draft
is corrected in tiles under the statistics of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from heliochrome.training.networks.squeezenet import Fire, SqueezeLayers

CRITIC_STRIDES = (4, 8, 16)
"""Of the critic's layers whose Gram matrices count."""
CRITIC_LEVELS = (128, 256, 512)
"""Channels of these layers."""
GRAMS = sum(channels**2 for channels in CRITIC_LEVELS)
"""Numbers of a picture's Gram matrices."""

# How far a corrector goes at first, by level: what several corrections in turn bear (found by trial
# on SqueezeNet of ImageNet and drafts of restyler 0.5.0).
_FIRST_GAINS = (3e-4, 1e-3, 4e-3)
# Largest change of a sample that the slope alone makes in one step.
_LARGEST = 0.03
# What brings slopes, and corrections, to sizes near 1 inside a step's layers.
_SLOPE_SCALE = 64.0
_CHANGE_SCALE = 1 / 32
# Mirrored pixels around a draft in training.
_BORDER = 8


def _where_positive(x: Tensor, slope: Tensor) -> Tensor:
    """Slope before a ReLU whose result is x. A product, since backends choose slowly."""
    return slope * (x > 0).to(slope.dtype)


def _back_through(conv: nn.Conv2d, slope: Tensor) -> Tensor:
    """Slope in the input of a convolution of step 1, as a convolution, which backends do fastest.

    PyTorch's own is `conv_transpose2d`.
    """
    return F.conv2d(slope, conv.weight.transpose(0, 1).flip(2, 3), padding=conv.padding)


def _back_through_halving(conv: nn.Conv2d, slope: Tensor) -> Tensor:
    """Give the same of a 3x3 convolution in steps of 2, padded by 1, by squares of 2 pixels.

    Even rows are in the middle of one window each, odd ones last of one and first of the next;
    columns likewise.
    """
    inputs = conv.weight.shape[1]
    padded = F.pad(conv.weight, (0, 1, 0, 1))  # place 3 is that of no window
    places = torch.tensor(((1, 3), (2, 0)))
    kernel = padded[:, :, places][..., places]  # outputs, inputs, row, window, column, window
    kernel = kernel.permute(1, 2, 4, 0, 3, 5).reshape(4 * inputs, conv.weight.shape[0], 2, 2)
    return F.pixel_shuffle(F.conv2d(F.pad(slope, (0, 1, 0, 1)), kernel), 2)


@dataclass(frozen=True)
class _Pooled:
    """A 3x3 maximum in steps of 2, and what its slope must know."""

    x: Tensor
    result: Tensor

    @classmethod
    def of(cls, x: Tensor) -> _Pooled:
        """Pool x (N, C, H, W), H and W even, to (N, C, H / 2, W / 2)."""
        return cls(x, F.max_pool2d(x, 3, 2, 1))

    def back(self, slope: Tensor) -> Tensor:
        """Slope in x of a slope in the result."""
        # Asked for anew: backends pool faster, where nothing goes back, without the places.
        _, places = F.max_pool2d(self.x, 3, 2, 1, return_indices=True)
        nowhere = torch.zeros_like(self.x, dtype=slope.dtype).flatten(2)
        return nowhere.scatter_add(2, places.flatten(2), slope.flatten(2)).view_as(self.x)


@dataclass(frozen=True)
class _Fired:
    """What a fire module made of its input, and what its slope must know."""

    module: Fire
    squeezed: Tensor
    result: Tensor

    @classmethod
    def of(cls, module: Fire, x: Tensor) -> _Fired:
        squeezed = F.relu(module.squeeze1x1(x))
        result = torch.cat((module.expand1x1(squeezed), module.expand3x3(squeezed)), 1)
        return cls(module, squeezed, F.relu(result))

    def back(self, slope: Tensor) -> Tensor:
        """Slope in the input of a slope in the result."""
        module = self.module
        plain, wide = _where_positive(self.result, slope).chunk(2, 1)
        inner = _back_through(module.expand1x1, plain) + _back_through(module.expand3x3, wide)
        return _back_through(module.squeeze1x1, _where_positive(self.squeezed, inner))


class Critic(SqueezeLayers):
    """SqueezeNet 1.1, padded, on sRGB pictures."""

    def __init__(self) -> None:
        super().__init__(3)

    def forward(self, picture: Tensor) -> Sight:
        """Look at pictures (N, 3, H, W), sides multiples of 16."""
        entered = F.relu(self.conv1(picture))
        levels: list[tuple[_Pooled, list[_Fired]]] = []
        x = entered
        for fires in (
            (self.fire2, self.fire3),
            (self.fire4, self.fire5),
            (self.fire6, self.fire7, self.fire8, self.fire9),
        ):
            pooled, fired = _Pooled.of(x), []
            x = pooled.result
            for fire in fires:
                fired.append(_Fired.of(fire, x))
                x = fired[-1].result
            levels.append((pooled, fired))
        return Sight(self.conv1, entered, levels)


@dataclass(frozen=True)
class Sight:
    """What a critic made of pictures."""

    conv1: nn.Conv2d
    entered: Tensor
    levels: list[tuple[_Pooled, list[_Fired]]]

    @property
    def features(self) -> tuple[Tensor, ...]:
        """Features of `CRITIC_LEVELS` channels at `CRITIC_STRIDES`."""
        return tuple(fired[-1].result for _, fired in self.levels)

    def back(self, slopes: Sequence[Tensor]) -> Tensor:
        """Slope in the pictures (N, 3, H, W) of slopes in their features."""
        slope = torch.zeros_like(slopes[-1])
        for (pooled, fired), own in zip(reversed(self.levels), reversed(slopes), strict=True):
            slope = slope + own
            for fire in reversed(fired):
                slope = fire.back(slope)
            slope = pooled.back(slope)
        return _back_through_halving(self.conv1, _where_positive(self.entered, slope))


def weighted_grams(features: Sequence[Tensor], weight: Tensor) -> Tensor:
    """Gram matrices per position of a critic's features, in one row (N, GRAMS), in float32.

    `weight` (N, 1, H, W) says how much every pixel counts. Those of a mixture of pictures are the
    mixture of theirs.
    """
    rows = []
    for level, stride in zip(features, CRITIC_STRIDES, strict=True):
        share = F.avg_pool2d(weight, stride)
        share = share / share.sum((2, 3), keepdim=True).clamp_min(1e-12)
        gram = (level * share.to(level.dtype)).flatten(2) @ level.flatten(2).mT
        rows.append(gram.float().flatten(1))
    return torch.cat(rows, 1)


def _matrices(grams: Tensor) -> list[Tensor]:
    """Gram matrices (N, C, C), level by level, of a row of them (N, GRAMS)."""
    rows = grams.split([channels**2 for channels in CRITIC_LEVELS], 1)
    return [row.unflatten(1, (c, c)) for row, c in zip(rows, CRITIC_LEVELS, strict=True)]


def _pull(own: Tensor, target: Tensor) -> Tensor:
    """Matrices (N, C, C) that features are to be multiplied by, and less that, to come to `target`.

    The slope of the Gram distance in a feature map p is (G - A) p, and how fast it changes on the
    way at most |G - A| + 2 |G|: a step of that share is as long for all pictures.
    """
    difference = own - target
    largest = _norm(difference) + 2 * _norm(own)
    return difference / largest.clamp_min(1e-12)


def _norm(matrices: Tensor) -> Tensor:
    return matrices.square().sum((1, 2), keepdim=True).sqrt()


class Correction(nn.Module):
    """One step: from a draft and the slope in it to a better draft."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.gains = nn.Parameter(torch.tensor(_FIRST_GAINS).log())
        self.enters = nn.Conv2d(6, width, 3, padding=1)
        self.hidden = nn.Conv2d(width, width, 3, padding=1)
        self.leaves = nn.Conv2d(width, 3, 3, padding=1)
        nn.init.zeros_(self.leaves.weight)
        assert self.leaves.bias is not None
        nn.init.zeros_(self.leaves.bias)

    def forward(self, draft: Tensor, sight: Sight, now: Tensor, wanted: Tensor) -> Tensor:
        """Correct a draft (N, 3, H, W), sRGB in 0..1.

        Args:
            draft: sides multiples of 16.
            sight: what the critic made of it.
            now: Gram matrices (N, GRAMS) of the whole picture of which the draft may be a part.
            wanted: those of the style.

        """
        slopes = []
        levels = zip(sight.features, _matrices(now), _matrices(wanted), self.gains, strict=True)
        for features, own, target, gain in levels:
            pull = gain.exp() * _pull(own, target)
            slopes.append((pull.to(features.dtype) @ features.flatten(2)).view_as(features))
        slope = sight.back(slopes).float()
        slope = _LARGEST * torch.tanh(slope / _LARGEST)
        x = F.silu(self.enters(torch.cat((2 * draft - 1, _SLOPE_SCALE * slope), 1)))
        change = _CHANGE_SCALE * self.leaves(F.silu(self.hidden(x))) - slope
        return (draft + change.float()).clamp(0, 1)


class Corrector(nn.Module):
    """A critic and the steps that are taken by what it sees."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.critic = Critic()
        self.steps = nn.ModuleList(Correction() for _ in range(steps))

    def grams(self, picture: Tensor, weight: Tensor) -> Tensor:
        """Gram matrices (N, GRAMS) of sRGB pictures (N, 3, H, W); see `weighted_grams`."""
        return weighted_grams(self.critic(picture).features, weight)

    def whole_grams(self, pictures: Tensor) -> Tensor:
        """Gram matrices (N, GRAMS) of whole sRGB pictures (N, 3, H, W), as in training."""
        padded, weight = _surrounded(pictures)
        return self.grams(padded, weight)

    def forward(self, draft: Tensor, wanted: Tensor, steps: int) -> Tensor:
        """Take the first `steps` steps on whole drafts (N, 3, H, W), as in training."""
        rows, columns = (slice(_BORDER, _BORDER + side) for side in draft.shape[2:])
        for step in self.steps[:steps]:
            padded, weight = _surrounded(draft)
            sight = self.critic(padded)
            now = weighted_grams(sight.features, weight)
            draft = step(padded, sight, now, wanted)[:, :, rows, columns]
        return draft


def _surrounded(pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Mirror `_BORDER` pixels around pictures (N, 3, H, W), and tell what counts (N, 1, h, w).

    At the right and at the bottom it is more where sides would not be multiples of 16.
    """
    last = [_BORDER + -(side + 2 * _BORDER) % CRITIC_STRIDES[-1] for side in pictures.shape[2:]]
    margins = (_BORDER, last[1], _BORDER, last[0])
    weight = F.pad(torch.ones_like(pictures[:, :1]), margins)
    return F.pad(pictures, margins, mode="reflect"), weight
