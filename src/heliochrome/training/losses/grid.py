"""Patterns that a network draws with the period of its own cells."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from heliochrome.training.box import box_kernel


def grid_energy(pictures: Tensor, period: int) -> Tensor:
    """Mean square of what repeats every `period` pixels, by rows and columns.

    Pictures are cut into squares of `period` pixels, and these averaged: what pictures show is
    somewhere else in every square and averages away, a checkerboard is in the same place in all.
    Slopes are taken out before by a box filter as wide as the period.

    Args:
        pictures: (N, C, H, W), H and W at least twice the period.
        period: in pixels, even.

    Returns:
        A number in the squared unit of the pictures; of white noise, its variance by the number of
        squares.

    """
    count = pictures.shape[1]
    kernel = box_kernel(period).to(pictures).expand(count, 1, -1, -1)
    half = period // 2
    rest = pictures[:, :, half:-half, half:-half] - F.conv2d(pictures, kernel, groups=count)
    rows, columns = (side // period for side in rest.shape[2:])
    squares = rest[:, :, : rows * period, : columns * period].unflatten(3, (columns, period))
    return squares.unflatten(2, (rows, period)).mean((2, 4)).square().mean()
