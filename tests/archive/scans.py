"""Scans to be added to archives: small pictures that look like nothing but themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from PIL.Image import Resampling


def picture(seed: int, size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A smooth gray picture; every seed gives a different one. `size` is width, height."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (8, 12), np.uint8))
    return coarse.resize(size, Resampling.BICUBIC)


def write_scan(path: Path, seed: int = 0, size: tuple[int, int] = (96, 64), **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture(seed, size).save(path, **options)
    return path
