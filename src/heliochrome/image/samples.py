"""Samples of any encoding as sRGB or Lab, for parts of a picture."""

from __future__ import annotations

from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from heliochrome.image import icc
from heliochrome.image.color import linear_to_srgb, srgb_to_lab
from heliochrome.image.strips import map_strips


def full_scale(samples: NDArray[Any]) -> np.float32:
    """Give the value that stands for 1: 255, 65535, or 1 for floating point."""
    floating = np.issubdtype(samples.dtype, np.floating)
    return np.float32(1 if floating else np.iinfo(samples.dtype).max)


def to_unit(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Give samples (any shape) as float32 with full scale 1."""
    unit: NDArray[np.float32] = np.multiply(
        samples, 1 / full_scale(samples), dtype=np.float32, order="C"
    )
    return unit


def from_unit(samples: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Give samples of full scale 1 as `dtype`: integers are rounded, and clipped to their range."""
    if np.issubdtype(dtype, np.floating):
        return samples.astype(dtype)
    levels = np.clip(samples, 0, 1) * np.float32(np.iinfo(dtype).max)
    rounded: NDArray[Any] = np.rint(levels).astype(dtype)
    return rounded


def to_srgb(samples: NDArray[np.float32], profile: bytes | None) -> NDArray[np.float32]:
    """Give samples (H, W, 1 or 3) of full scale 1, encoded as `profile` says, as sRGB (H, W, 3).

    Without a profile they are sRGB already; values beyond 0..1 are clipped.
    """
    shape = (*samples.shape[:2], 3)
    if profile is None:
        return np.broadcast_to(np.clip(samples, 0, 1), shape)
    if samples.shape[2] == 1:
        linear = icc.luminance(samples, profile)[..., None]
    else:
        linear = imagecodecs.cms_transform(
            np.ascontiguousarray(samples, np.float32),
            profile,
            icc.linear_profile(),
            colorspace="rgb",
            outcolorspace="rgb",
            outdtype="float32",
            intent=1,  # relative colorimetric, as everywhere
        )
    return np.broadcast_to(linear_to_srgb(np.clip(linear, 0, 1)), shape)


def to_lab(samples: NDArray[Any], profile: bytes | None) -> NDArray[np.float32]:
    """Give L*, a*, b* as planes (3, H, W) of samples (H, W, 1 or 3) of any depth."""
    height, width = samples.shape[:2]
    planes = np.empty((3, height, width), np.float32)

    def process(rows: slice) -> None:
        lab = srgb_to_lab(to_srgb(to_unit(samples[rows]), profile))
        planes[:, rows] = lab.transpose(2, 0, 1)

    map_strips(process, height, width)
    return planes
