"""What befalls pictures on their way into an archive, for networks that are to undo it.

Twice, in random order: blur, reduction, noise, grain, JPEG, a halftone screen (after the
second-order degradation of Wang et al. 2021, Real-ESRGAN). Every step changes 8-bit pixels, as
every step of a real picture's way does.

The noise that is added goes through blurs and reductions by itself, too. How much of it arrives is
what the network is told, so that later a user can say how much of it is to go.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from PIL import Image

from heliochrome.training.upscale.config import UpscaleDegradeConfig

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

STRONGEST_NOISE = 40.0
"""Deviation, of 0..255, that the network is told as 1."""

_FILTERS = (
    Image.Resampling.BOX,
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)


@dataclass(frozen=True)
class Scan:
    """A square picture on its way.

    pixels: (n, n, 3).
    noise: what noise there is in the green channel, levels of 0..255 (n, n).
    pitch: pixels of `pixels` to one of the small picture that it will be.
    """

    pixels: Pixels
    noise: Plane
    pitch: float


Step = Callable[[Scan, np.random.Generator], Scan]


def _quantized(values: NDArray[np.floating]) -> Pixels:
    return np.rint(np.clip(values, 0, 255)).astype(np.uint8)


def blur_kernel(radius: int, rng: np.random.Generator, strongest: float) -> Plane:
    """Draw a kernel (2 radius + 1, the same) of sum 1: a Gaussian of any shape and direction.

    Half of them are round; in a third the exponent is not the Gaussian's, so that the blur has a
    harder or a softer edge (Wang et al. 2021, section 3.2).
    """
    first = rng.uniform(0.15, strongest)
    second = first if rng.random() < 0.5 else rng.uniform(0.15, strongest)
    angle = rng.uniform(0, math.pi)
    shape = np.exp(rng.uniform(math.log(0.5), math.log(3))) if rng.random() < 1 / 3 else 1.0
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    along = (math.cos(angle) * x + math.sin(angle) * y) / first
    across = (math.cos(angle) * y - math.sin(angle) * x) / second
    kernel = np.exp(-0.5 * (along**2 + across**2) ** shape)
    return (kernel / kernel.sum()).astype(np.float32)


def convolve(planes: NDArray[np.floating], kernel: Plane) -> Plane:
    """Convolve planes (n, m, C) with a kernel of odd sides, mirrored at the borders."""
    radius = kernel.shape[0] // 2
    wide = np.pad(planes, ((radius, radius), (radius, radius), (0, 0)), mode="symmetric")
    shape = [scipy.fft.next_fast_len(side, real=True) for side in wide.shape[:2]]
    spectrum = scipy.fft.rfft2(wide.astype(np.float32), shape, axes=(0, 1))
    transfer = scipy.fft.rfft2(kernel, shape)[..., None]
    full = scipy.fft.irfft2(spectrum * transfer, shape, axes=(0, 1))
    height, width = planes.shape[:2]
    return full[2 * radius : 2 * radius + height, 2 * radius : 2 * radius + width]


def blur(scan: Scan, rng: np.random.Generator) -> Scan:
    """Soften as a lens, a print or a scanner does: up to three quarters of a small pixel."""
    strongest = 0.3 + 0.6 * scan.pitch
    kernel = blur_kernel(math.ceil(2.5 * strongest), rng, strongest)
    planes = convolve(np.dstack((scan.pixels, scan.noise)), kernel)
    return Scan(_quantized(planes[..., :3]), planes[..., 3], scan.pitch)


def resize(scan: Scan, side: int, resampling: Image.Resampling) -> Scan:
    """Bring the picture, and the noise in it, to `side` pixels."""
    size = (side, side)
    pixels = Image.fromarray(scan.pixels).resize(size, resampling)
    noise = Image.fromarray(scan.noise).resize(size, resampling)
    pitch = scan.pitch * side / len(scan.pixels)
    return Scan(np.asarray(pixels), np.asarray(noise), pitch)


def _add(scan: Scan, noise: NDArray[np.floating]) -> Scan:
    """Add noise (n, n, 3), or (n, n, 1) that is the same in all channels."""
    green = noise[..., noise.shape[2] // 2]
    return Scan(_quantized(scan.pixels + noise), scan.noise + green, scan.pitch)


def add_noise(scan: Scan, rng: np.random.Generator) -> Scan:
    """Add a sensor's noise: as strong everywhere, or growing with the light (Poisson)."""
    channels = 1 if rng.random() < 0.4 or _is_gray(scan.pixels) else 3
    drawn = rng.standard_normal((*scan.pixels.shape[:2], channels), np.float32)
    deviation = np.float32(np.exp(rng.uniform(math.log(1), math.log(30))))
    if rng.random() < 0.5:
        # Many photons: Poisson's distribution is a Gaussian whose variance follows the light.
        light = scan.pixels.mean(2, keepdims=True, dtype=np.float32) / 255
        return _add(scan, drawn * deviation * np.sqrt(light))
    return _add(scan, drawn * deviation)


def add_grain(scan: Scan, rng: np.random.Generator) -> Scan:
    """Add film grain: clumps of half to one and a half small pixels, strongest in the midtones."""
    side = len(scan.pixels)
    clump = max(1.0, scan.pitch * rng.uniform(0.5, 1.5))
    coarse = max(2, round(side / clump))
    drawn = Image.fromarray(rng.standard_normal((coarse, coarse), np.float32))
    clumps = np.asarray(drawn.resize((side, side), Image.Resampling.BICUBIC))[..., None]
    tone = scan.pixels.mean(2, keepdims=True, dtype=np.float32) / 255
    strength = np.float32(rng.uniform(2, 22)) * (0.3 + 2.8 * tone * (1 - tone))
    return _add(scan, strength * clumps)


def compress(scan: Scan, rng: np.random.Generator) -> Scan:
    """Store as JPEG of quality 30 to 95, with chroma in full or halved."""
    buffer = io.BytesIO()
    quality, subsampling = int(rng.integers(30, 96)), int(rng.choice((0, 2)))
    Image.fromarray(scan.pixels).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
    with Image.open(buffer) as image:
        return Scan(np.asarray(image), scan.noise, scan.pitch)


def _is_gray(pixels: Pixels) -> bool:
    return bool(
        (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 1] == pixels[..., 2]).all()
    )


def _cell(x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.cos(2 * math.pi * x) + np.cos(2 * math.pi * y)


@cache
def _cell_values() -> NDArray[np.float64]:
    """Values of a screen's cell in ascending order."""
    y, x = np.mgrid[:64, :64] / 64
    return np.sort(_cell(x, y), axis=None)


def screen_thresholds(side: int, period: float, angle: float, phase: tuple[float, float]) -> Plane:
    """Thresholds in 0..1 (side, side) of a screen whose dots are `period` pixels apart.

    Every threshold is as frequent as any other, so that tones keep their mean.
    """
    y, x = np.mgrid[:side, :side] / period
    along = math.cos(angle) * x + math.sin(angle) * y + phase[0]
    across = math.cos(angle) * y - math.sin(angle) * x + phase[1]
    values = _cell_values()
    ranks = np.linspace(0, 1, len(values))
    return np.interp(_cell(along, across), values, ranks).astype(np.float32)


def add_screen(scan: Scan, rng: np.random.Generator) -> Scan:
    """Print through an amplitude-modulated screen, dots 2 to 5 small pixels apart, and scan that.

    Black-and-white pictures have one screen, the colors of others are 30° apart.
    """
    side, period = len(scan.pixels), scan.pitch * rng.uniform(2, 5)
    angle, phase = rng.uniform(0, math.pi / 2), (rng.random(), rng.random())
    turns = np.zeros(3) if _is_gray(scan.pixels) else np.deg2rad((0, 30, 60))
    thresholds = np.dstack([screen_thresholds(side, period, angle + turn, phase) for turn in turns])
    # Dots have edges about a small pixel wide, as a scanner sees them.
    slope = 0.6 * period / scan.pitch
    dots = 255 * np.clip(0.5 + slope * (scan.pixels / np.float32(255) - thresholds), 0, 1)
    return Scan(_quantized(dots), scan.noise, scan.pitch)


def _round(scan: Scan, side: int, config: UpscaleDegradeConfig, rng: np.random.Generator) -> Scan:
    """Let everything befall a picture by its chance, in random order, and bring it to `side`."""
    steps: list[tuple[float, Step]] = [
        (1.0, lambda scan, rng: resize(scan, side, _FILTERS[rng.integers(len(_FILTERS))])),
        (config.blur, blur),
        (config.noise, add_noise),
        (config.grain, add_grain),
        (config.jpeg, compress),
        (config.screen, add_screen),
    ]
    for place in rng.permutation(len(steps)):
        chance, step = steps[place]
        if rng.random() < chance:
            scan = step(scan, rng)
    return scan


def degrade(
    picture: Pixels, scale: int, config: UpscaleDegradeConfig, rng: np.random.Generator
) -> tuple[Pixels, float]:
    """Reduce a square picture (n, n, 3) `scale` times and degrade it on the way.

    Returns:
        The small picture (n / scale, n / scale, 3), and how strong the noise in it is, 0..1.

    """
    side = len(picture)
    small = side // scale
    scan = Scan(picture, np.zeros((side, side), np.float32), float(scale))
    if rng.random() < config.clean:
        return resize(scan, small, Image.Resampling.BICUBIC).pixels, 0.0
    if rng.random() < config.again:
        scan = _round(scan, int(rng.integers(small, side + 1)), config, rng)
    scan = _round(scan, small, config, rng)
    deviation = float(scan.noise.std())
    return scan.pixels, min(1.0, deviation / STRONGEST_NOISE)
