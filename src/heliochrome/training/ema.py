"""Exponential moving average of a network's weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class WeightAverage:
    """A copy of a network that follows it slowly; the copy is what ships.

    The decay rises from 0 with the number of updates (capped at `decay`), so that the random
    start is soon forgotten. Buffers (batch norm's statistics) are copied and not averaged: they
    are averages already.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, network: nn.Module, updates: int) -> None:
        """Move the average toward `network` after its `updates`-th update."""
        share = 1 - min(self.decay, (1 + updates) / (10 + updates))
        averages: list[torch.Tensor] = list(self.network.parameters())
        torch._foreach_lerp_(averages, list(network.parameters()), share)
        for average, current in zip(self.network.buffers(), network.buffers(), strict=True):
            average.copy_(current)
