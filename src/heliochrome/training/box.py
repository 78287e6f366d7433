"""The box filter that leaves nothing of what repeats with its width."""

from __future__ import annotations

import torch
from torch import Tensor


def box_kernel(width: int) -> Tensor:
    """Make the kernel (width + 1, width + 1) of a mean over `width` pixels a side; `width` even.

    Half of either end counts, so that the filter has a middle (Sugawara et al. 2018). Its sum is 1.
    """
    line = torch.ones(width + 1)
    line[0] = line[-1] = 0.5
    return torch.outer(line, line) / width**2
