"""A photo-like picture of any size that needs no data: soft light, objects with edges, grain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_BASE = (960, 640)
_OBJECTS = 60
_GRAIN = 4.0


def write_photo(path: Path, megapixels: float) -> tuple[int, int]:
    """Write a JPEG of 3:2 and about so many megapixels; returns its width and height.

    It is an RGB JPEG, like a scan in color of an old print, so that encoding the result costs
    what encoding the input does.
    """
    photo = render(round((megapixels * 1e6 / 1.5) ** 0.5))
    photo.save(path, quality=92, subsampling=0)
    return photo.size


def render(height: int) -> Image.Image:
    """Make a photo of 3:2 in RGB, `height` px high."""
    rng = np.random.default_rng(0)
    photo = _drawn(rng).resize((round(1.5 * height), height), Image.Resampling.BICUBIC)
    return _grained(photo, rng)


def _drawn(rng: np.random.Generator) -> Image.Image:
    photo = Image.fromarray(_clouds(rng))
    draw = ImageDraw.Draw(photo)
    for _ in range(_OBJECTS):
        x, y = rng.integers(0, _BASE)
        width, height = rng.integers(8, 160, 2)
        color = tuple(int(level) for level in rng.integers(20, 236, 3))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + width, y + height), fill=color)
    return photo


def _clouds(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Noise whose power falls with frequency as that of photographs does (1 / f)."""
    width, height = _BASE
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))
    frequency[0, 0] = 1
    planes = []
    for noise in rng.standard_normal((3, height, width)):
        smooth = np.fft.irfft2(np.fft.rfft2(noise) / frequency, (height, width))
        planes.append(128 + 45 * smooth / smooth.std())
    return np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)


def _grained(photo: Image.Image, rng: np.random.Generator) -> Image.Image:
    pixels = np.asarray(photo)
    tile = rng.normal(0, _GRAIN, (256, 256)).astype(np.float32)
    repeats = [-(-side // 256) for side in pixels.shape[:2]]
    grain = np.tile(tile, repeats)[: pixels.shape[0], : pixels.shape[1], None]
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
