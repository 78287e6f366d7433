"""sRGB <-> CIELAB on torch tensors, differentiable, for losses and data.

Same constants as :mod:`heliochrome.image.color` (IEC 61966-2-1, D65, 2-degree observer); a test
holds the two together. Channels are dimension 1: (N, 3, H, W).
"""

from __future__ import annotations

import torch
from torch import Tensor

RGB_TO_XYZ = (
    (0.4123907992659595, 0.357584339383878, 0.1804807884018343),
    (0.2126390058715104, 0.715168678767756, 0.0721923153607337),
    (0.0193308187155918, 0.119194779794626, 0.9505321522496607),
)
WHITE_D65 = (0.9504559270516718, 1.0, 1.0890577507598784)
EPSILON = 216.0 / 24389.0
KAPPA = 24389.0 / 27.0


def srgb_to_linear(rgb: Tensor) -> Tensor:
    """Decode sRGB values in [0, 1] to linear light in [0, 1], any shape."""
    return torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb.clamp_min(0) + 0.055) / 1.055) ** 2.4)


def linear_to_srgb(linear: Tensor) -> Tensor:
    """Encode linear light to sRGB, any shape; values outside [0, 1] are clipped."""
    linear = linear.clamp(0, 1)
    # The power's slope is infinite at 0: keep its argument away from there, or gradients are NaN.
    curved = 1.055 * linear.clamp_min(0.0031308) ** (1 / 2.4) - 0.055
    return torch.where(linear <= 0.0031308, linear * 12.92, curved)


def _mix(planes: Tensor, matrix: Tensor) -> Tensor:
    return torch.einsum("ij,njhw->nihw", matrix.to(planes), planes)


def linear_to_lab(linear: Tensor) -> Tensor:
    """Convert linear sRGB (N, 3, H, W) in [0, 1] to L* in [0, 100], a* and b* in [-110, 110]."""
    white = torch.tensor(WHITE_D65).to(linear).view(1, 3, 1, 1)
    ratio = _mix(linear, torch.tensor(RGB_TO_XYZ)) / white
    curved = torch.where(
        ratio > EPSILON, ratio.clamp_min(EPSILON) ** (1 / 3), (KAPPA * ratio + 16) / 116
    )
    x, y, z = curved.unbind(1)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), 1)


def srgb_to_lab(rgb: Tensor) -> Tensor:
    """Convert sRGB (N, 3, H, W) in [0, 1] to CIELAB (N, 3, H, W)."""
    return linear_to_lab(srgb_to_linear(rgb))


def lab_to_srgb(lab: Tensor) -> Tensor:
    """Convert CIELAB (N, 3, H, W) to sRGB in [0, 1]; out of gamut, channels are clipped."""
    lightness, a, b = lab.unbind(1)
    y = (lightness + 16) / 116
    curved = torch.stack((y + a / 500, y, y - b / 200), 1)
    ratio = torch.where(curved**3 > EPSILON, curved**3, (116 * curved - 16) / KAPPA)
    white = torch.tensor(WHITE_D65).to(lab).view(1, 3, 1, 1)
    inverse = torch.linalg.inv(torch.tensor(RGB_TO_XYZ, dtype=torch.float64))
    return linear_to_srgb(_mix(ratio * white, inverse))
