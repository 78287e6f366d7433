"""Inception v3 (Szegedy et al. 2016) under the weight names that PyTorch ports of it share.

Two sets of weights are in use. The one that FID is defined with (`Inception-2015-12-05`, 1008
classes) averages without counting the padding and takes the maximum in the last block's pool;
torchvision's (1000 classes) averages over the padding as well, in every block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

FID_CLASSES = 1008
NUM_FEATURES = 2048


@dataclass(frozen=True, slots=True)
class _Conv:
    """One row of the architecture: a convolution with batch norm and ReLU."""

    name: str
    channels: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1


_ROW, _COLUMN, _SQUARE = (1, 7), (7, 1), (3, 3)
_POOL = _Conv("pool", 0)
_Branch = tuple[_Conv | tuple[_Conv, _Conv], ...]


class _ConvNormRelu(nn.Module):
    def __init__(self, inputs: int, row: _Conv, *, padded: bool) -> None:
        super().__init__()
        padding = (row.kernel[0] // 2, row.kernel[1] // 2) if padded else 0
        self.conv = nn.Conv2d(
            inputs, row.channels, row.kernel, stride=row.stride, padding=padding, bias=False
        )
        self.bn = nn.BatchNorm2d(row.channels, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu()


class _Block(nn.Module):
    """Parallel branches whose outputs are concatenated; a pair of rows in a branch forks it."""

    def __init__(self, inputs: int, branches: Sequence[_Branch], pool: nn.Module) -> None:
        super().__init__()
        self.branches = branches
        self.pool = pool
        self.outputs = 0
        for branch in branches:
            self.outputs += self._add_branch(inputs, branch)

    def _add_branch(self, inputs: int, branch: _Branch) -> int:
        channels = inputs
        for step in branch:
            rows = step if isinstance(step, tuple) else (step,)
            if rows != (_POOL,):
                for row in rows:
                    self.add_module(row.name, _ConvNormRelu(channels, row, padded=row.stride == 1))
                channels = sum(row.channels for row in rows)
        return channels

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self._follow(x, branch) for branch in self.branches], dim=1)

    def _follow(self, x: Tensor, branch: _Branch) -> Tensor:
        for step in branch:
            if isinstance(step, tuple):
                x = torch.cat([self.get_submodule(row.name)(x) for row in step], dim=1)
            else:
                x = self.pool(x) if step is _POOL else self.get_submodule(step.name)(x)
        return x


def _block_a(pooled: int) -> list[_Branch]:
    return [
        (_Conv("branch1x1", 64),),
        (_Conv("branch5x5_1", 48), _Conv("branch5x5_2", 64, (5, 5))),
        (
            _Conv("branch3x3dbl_1", 64),
            _Conv("branch3x3dbl_2", 96, _SQUARE),
            _Conv("branch3x3dbl_3", 96, _SQUARE),
        ),
        (_POOL, _Conv("branch_pool", pooled)),
    ]


def _block_b() -> list[_Branch]:
    return [
        (_Conv("branch3x3", 384, _SQUARE, stride=2),),
        (
            _Conv("branch3x3dbl_1", 64),
            _Conv("branch3x3dbl_2", 96, _SQUARE),
            _Conv("branch3x3dbl_3", 96, _SQUARE, stride=2),
        ),
        (_POOL,),
    ]


def _block_c(width: int) -> list[_Branch]:
    return [
        (_Conv("branch1x1", 192),),
        (
            _Conv("branch7x7_1", width),
            _Conv("branch7x7_2", width, _ROW),
            _Conv("branch7x7_3", 192, _COLUMN),
        ),
        (
            _Conv("branch7x7dbl_1", width),
            _Conv("branch7x7dbl_2", width, _COLUMN),
            _Conv("branch7x7dbl_3", width, _ROW),
            _Conv("branch7x7dbl_4", width, _COLUMN),
            _Conv("branch7x7dbl_5", 192, _ROW),
        ),
        (_POOL, _Conv("branch_pool", 192)),
    ]


def _block_d() -> list[_Branch]:
    return [
        (_Conv("branch3x3_1", 192), _Conv("branch3x3_2", 320, _SQUARE, stride=2)),
        (
            _Conv("branch7x7x3_1", 192),
            _Conv("branch7x7x3_2", 192, _ROW),
            _Conv("branch7x7x3_3", 192, _COLUMN),
            _Conv("branch7x7x3_4", 192, _SQUARE, stride=2),
        ),
        (_POOL,),
    ]


def _block_e() -> list[_Branch]:
    return [
        (_Conv("branch1x1", 320),),
        (
            _Conv("branch3x3_1", 384),
            (_Conv("branch3x3_2a", 384, (1, 3)), _Conv("branch3x3_2b", 384, (3, 1))),
        ),
        (
            _Conv("branch3x3dbl_1", 448),
            _Conv("branch3x3dbl_2", 384, _SQUARE),
            (_Conv("branch3x3dbl_3a", 384, (1, 3)), _Conv("branch3x3dbl_3b", 384, (3, 1))),
        ),
        (_POOL, _Conv("branch_pool", 192)),
    ]


def _stem() -> list[tuple[str, nn.Module]]:
    rows = [
        (3, _Conv("Conv2d_1a_3x3", 32, _SQUARE, stride=2), False),
        (32, _Conv("Conv2d_2a_3x3", 32, _SQUARE), False),
        (32, _Conv("Conv2d_2b_3x3", 64, _SQUARE), True),
        (64, _Conv("Conv2d_3b_1x1", 80), False),
        (80, _Conv("Conv2d_4a_3x3", 192, _SQUARE), False),
    ]
    layers: list[tuple[str, nn.Module]] = [
        (row.name, _ConvNormRelu(inputs, row, padded=padded)) for inputs, row, padded in rows
    ]
    layers.insert(3, ("maxpool1", nn.MaxPool2d(3, 2)))
    return [*layers, ("maxpool2", nn.MaxPool2d(3, 2))]


def _blocks(*, fid: bool) -> list[tuple[str, list[_Branch], nn.Module]]:
    mean = nn.AvgPool2d(3, 1, 1, count_include_pad=not fid)
    last = nn.MaxPool2d(3, 1, 1) if fid else mean
    shrink = nn.MaxPool2d(3, 2)
    return [
        ("Mixed_5b", _block_a(32), mean),
        ("Mixed_5c", _block_a(64), mean),
        ("Mixed_5d", _block_a(64), mean),
        ("Mixed_6a", _block_b(), shrink),
        ("Mixed_6b", _block_c(128), mean),
        ("Mixed_6c", _block_c(160), mean),
        ("Mixed_6d", _block_c(160), mean),
        ("Mixed_6e", _block_c(192), mean),
        ("Mixed_7a", _block_d(), shrink),
        ("Mixed_7b", _block_e(), mean),
        ("Mixed_7c", _block_e(), last),
    ]


class InceptionV3(nn.Module):
    """Inception v3 without its auxiliary classifier.

    Args:
        classes: 1008 for the network that FID is defined with, 1000 for torchvision's.

    """

    def __init__(self, classes: int = FID_CLASSES) -> None:
        super().__init__()
        self.trunk: list[str] = []
        for name, layer in _stem():
            self._append(name, layer)
        channels = 192
        for name, branches, pool in _blocks(fid=classes == FID_CLASSES):
            block = _Block(channels, branches, pool)
            channels = block.outputs
            self._append(name, block)
        self.fc = nn.Linear(NUM_FEATURES, classes)

    def _append(self, name: str, layer: nn.Module) -> None:
        self.add_module(name, layer)
        self.trunk.append(name)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Features of the last pool and class logits.

        Args:
            x: (N, 3, 299, 299) RGB in -1..1.

        Returns:
            (N, 2048) features and (N, classes) logits.

        """
        for name in self.trunk:
            x = self.get_submodule(name)(x)
        features = x.mean(dim=(2, 3))
        return features, self.fc(features)
