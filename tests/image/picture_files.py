"""Files and profiles that the tests of the picture layer make for themselves."""

from __future__ import annotations

import io
import struct
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture

SUFFIXES = (".jpg", ".png", ".tif", ".webp", ".avif", ".jp2")


def gradient(height: int = 40, width: int = 60, channels: int = 3, bits: int = 8) -> NDArray[Any]:
    """Smooth, asymmetric content: a flip or a swap of channels shows."""
    y, x = np.mgrid[:height, :width]
    planes = [x / width, y / height, (x + 2 * y) / (width + 2 * height)][:channels]
    full = 2**bits - 1
    return np.rint(np.stack(planes, -1) * full).astype(np.uint8 if bits == 8 else np.uint16)


def picture(channels: int = 3, bits: int = 8, **fields: Any) -> Picture:
    return Picture(gradient(channels=channels, bits=bits), **fields)


def pillow_file(folder: Path, name: str, image: Image.Image, **options: Any) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def file_bytes(suffix: str, folder: Path) -> bytes:
    """A small sound file of the container."""
    path = folder / f"sound{suffix}"
    write_picture(picture(), path, overwrite=True)
    return path.read_bytes()


def tiff_file(folder: Path, samples: NDArray[Any], **options: Any) -> Path:
    path = folder / "made.tif"
    tifffile.imwrite(path, samples, metadata=None, **options)
    return path


def jpeg_bytes(image: Image.Image, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def table_profile(
    space: bytes, corners: dict[tuple[int, ...], tuple[float, float, float]]
) -> bytes:
    """An ICC profile (v2 lut16Type) that interpolates Lab (D50) between corners of device space."""
    channels = len(next(iter(corners)))
    grid = [corners[corner] for corner in product((0, 1), repeat=channels)]
    clut = b"".join(
        struct.pack(">3H", round(light * 652.8), round(a * 256 + 32768), round(b * 256 + 32768))
        for light, a, b in grid
    )
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    ramp = struct.pack(">2H", 0, 65535)
    table = b"mft2\0\0\0\0" + bytes([channels, 3, 2, 0]) + identity + struct.pack(">2H", 2, 2)
    table += ramp * channels + clut + ramp * 3
    table += b"\0" * (-len(table) % 4)
    tags = struct.pack(">I4sII", 1, b"A2B0", 128 + 4 + 12, len(table))
    header = struct.pack(">I4sI", 128 + len(tags) + len(table), b"lcms", 0x02400000)
    header += b"prtr" + space + b"Lab " + bytes(12) + b"acsp" + bytes(28)
    header += struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1.0, 0.8249)))
    return header.ljust(128, b"\0") + tags + table


def ink_profile() -> bytes:
    """CMYK whose full inks have round Lab values and whose mixtures darken."""
    corners = {}
    for inks in product((0, 1), repeat=4):
        cyan, magenta, yellow, black = inks
        light = (100 - 40 * cyan - 45 * magenta - 10 * yellow) * (1 - black)
        tint = 1 - black
        corners[inks] = (
            max(light, 5.0),
            tint * (-30.0 * cyan + 60 * magenta - 5 * yellow),
            tint * (-40.0 * cyan + 80 * yellow),
        )
    return table_profile(b"CMYK", corners)


def mixing_profile() -> bytes:
    """RGB whose luminance is not a sum over the channels."""
    corners = {corner: (100.0 * max(corner), 0.0, 0.0) for corner in product((0, 1), repeat=3)}
    return table_profile(b"RGB ", corners)
