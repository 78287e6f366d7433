"""What cameras, emulsions and a century do to lightness, so that old scans are in distribution.

Every function takes and returns a lightness plane (H, W) float32, L* in [0, 100], except
`emulsion_lightness`, which makes one from a color picture.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.training.config import DegradeConfig

Plane = NDArray[np.float32]
# CIE luminance of linear sRGB primaries (IEC 61966-2-1).
EYE = np.array([0.2126, 0.7152, 0.0722], np.float32)
LINEAR = ((np.arange(256) / 255) / 12.92).astype(np.float32)
LINEAR[11:] = (((np.arange(11, 256) / 255 + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_lightness(luminance: Plane) -> Plane:
    """Relative luminance in [0, 1] to CIE L* in [0, 100]."""
    luminance = luminance.astype(np.float32)
    return np.where(
        luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * (24389 / 27)
    ).astype(np.float32)


def emulsion_lightness(rgb: NDArray[np.uint8], rng: np.random.Generator, chance: float) -> Plane:
    """Lightness (H, W) of an sRGB picture (H, W, 3), as the eye or another emulsion sees it.

    Until about 1925 plates were blind to red (orthochromatic) or to all but blue: skies came out
    white and lips black. The weights are drawn between the eye's and such an emulsion's.
    """
    weights = EYE
    if rng.random() < chance:
        other = rng.dirichlet((0.7, 1.6, 1.6)).astype(np.float32)
        weights = EYE + np.float32(rng.random()) * (other - EYE)
    return to_lightness(LINEAR[rgb] @ weights)


def _tone(plane: Plane, rng: np.random.Generator) -> Plane:
    gamma = np.exp(rng.normal(0, 0.25))
    black = rng.uniform(0, 0.22) * (rng.random() < 0.6)
    white = 1 - rng.uniform(0, 0.2) * (rng.random() < 0.6)
    curve = np.clip(plane / 100, 0, 1) ** gamma
    if rng.random() < 0.4:
        amount = rng.uniform(-0.5, 0.8)
        curve = curve + amount * (curve * curve * (3 - 2 * curve) - curve)
    return np.asarray(100 * (black + (white - black) * curve), np.float32)


def _grain(plane: Plane, rng: np.random.Generator) -> Plane:
    coarse = rng.choice((1.0, 1.0, 1.5, 2.0))
    size = tuple(int(np.ceil(side / coarse)) for side in plane.shape)
    noise = rng.standard_normal(size, np.float32)
    if coarse > 1:
        grain = Image.fromarray(noise).resize(plane.shape[::-1], Image.Resampling.BILINEAR)
        noise = np.asarray(grain)
    # The lights of a print hold hardly any silver, and its shadows hide the grain.
    strength = rng.uniform(0.5, 6) * (0.4 + 2.4 * (plane / 100) * (1 - plane / 100))
    return np.asarray(plane + strength * noise, np.float32)


def _blur(plane: Plane, rng: np.random.Generator) -> Plane:
    factor = rng.uniform(1.2, 2.6)
    height, width = plane.shape
    small = (max(4, round(width / factor)), max(4, round(height / factor)))
    image = Image.fromarray(plane).resize(small, Image.Resampling.BOX)
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


def _jpeg(plane: Plane, rng: np.random.Generator) -> Plane:
    buffer = io.BytesIO()
    levels = np.clip(plane * 2.55, 0, 255).astype(np.uint8)
    Image.fromarray(levels).save(buffer, "JPEG", quality=int(rng.integers(25, 90)))
    with Image.open(buffer) as image:
        return np.asarray(image, np.float32) / np.float32(2.55)


def degrade(plane: Plane, config: DegradeConfig, rng: np.random.Generator) -> Plane:
    """Apply each degradation with its chance, in the order light meets them."""
    steps = (
        (config.blur, _blur),
        (config.grain, _grain),
        (config.tone, _tone),
        (config.jpeg, _jpeg),
    )
    for chance, step in steps:
        if rng.random() < chance:
            plane = step(plane, rng)
    return np.clip(plane, 0, 100).astype(np.float32)
