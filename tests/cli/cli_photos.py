"""Photos for the tests of the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture


def write_photo(path: Path, size: tuple[int, int] = (48, 64), seed: int = 0) -> Path:
    """Write a smooth gray photo with a little grain."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(60, 200, size[1])[None, :] + rng.normal(0, 3, size)
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.rint(np.clip(ramp, 0, 255)).astype(np.uint8)
    write_picture(Picture(pixels[..., None]), path)
    return path


def write_style(
    path: Path, color: tuple[int, int, int] = (190, 120, 50), size: tuple[int, int] = (48, 40)
) -> Path:
    """Write a style picture: patches around one color."""
    rng = np.random.default_rng(sum(color))
    patches = rng.normal(0, 15, (-(-size[0] // 4), -(-size[1] // 4), 3)) + color
    pixels = np.rint(np.clip(patches, 0, 255)).astype(np.uint8)
    pixels = pixels.repeat(4, axis=0).repeat(4, axis=1)[: size[0], : size[1]]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(Picture(pixels), path)
    return path
