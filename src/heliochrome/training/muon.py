"""Muon: steps of orthogonal matrices for the kernels inside a network (Jordan et al. 2024).

PyTorch's own takes matrices only; what is to be trained here are kernels of convolutions, which
are matrices of outputs by (inputs, rows, columns).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

# Coefficients of the quintic iteration, and its number of steps, as Jordan et al. chose them:
# singular values of 1e-3 to 1 end between 0.7 and 1.2, and that is orthogonal enough.
_QUINTIC = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
# An orthogonal step of this share has elements as large as a step of Adam's usually has, so that
# both can have rates of one magnitude (Liu et al. 2025, arXiv:2502.16982).
_LIKE_ADAM = 0.2


def orthogonalize(matrix: Tensor) -> Tensor:
    """Give the matrix (m, n), m <= n, with all of its singular values brought near 1."""
    a, b, c = _QUINTIC
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(_ITERATIONS):
        square = x @ x.mT
        x = a * x + (b * square + c * square @ square) @ x
    return x.to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Nesterov momentum whose step is made orthogonal, for parameters of two or more dimensions."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float = 3e-3, momentum: float = 0.95
    ) -> None:
        """Learn at the rate `lr`, comparable with Adam's."""
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take one step; a closure is not supported."""
        if closure is not None:
            raise NotImplementedError("Muon takes no closure")
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group["lr"], group["momentum"])

    def _update(self, parameter: Tensor, rate: float, momentum: float) -> None:
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        average: Tensor = state["momentum"]
        average.lerp_(gradient, 1 - momentum)
        matrix = gradient.lerp(average, momentum).flatten(1)
        wide = matrix.shape[0] <= matrix.shape[1]
        step = orthogonalize(matrix if wide else matrix.mT)
        size = _LIKE_ADAM * math.sqrt(max(matrix.shape))
        parameter.add_((step if wide else step.mT).view(parameter.shape), alpha=-rate * size)
