"""Perceptual hashes: 64 bits that stay nearly the same when a picture is scaled or compressed.

The hash is pHash as in Christoph Zauner, "Implementation and Benchmarking of Perceptual Image Hash
Functions" (2010): signs of the lowest frequencies of the gray picture around their median.
"""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image

BANDS = 4
_BAND_BITS = 16
MOST_DIFFERENCES = 7  # bits of 64 in which near duplicates may differ
SIDE = 32  # pixels of the gray picture that is hashed
# Below this spread of gray levels (0..255) a picture shows nothing: its hash would be noise.
_LEAST_SPREAD = 2.0


def perceptual_hash(gray: Image.Image) -> str | None:
    """Hash a gray picture; any size, of which only the coarse structure counts.

    Returns:
        16 hexadecimal digits; None of a picture without structure.

    """
    import imagehash
    import numpy as np

    small = gray.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    if float(np.asarray(small, np.float32).std()) < _LEAST_SPREAD:
        return None
    return str(imagehash.phash(small))


def distance(one: str, other: str) -> int:
    """Count the bits in which two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def bands(hashed: str) -> tuple[int, ...]:
    """Cut a hash into its quarters."""
    return tuple(int(hashed[start : start + 4], 16) for start in range(0, 16, 4))


def band_probes(hashed: str) -> Iterator[list[int]]:
    """Give, for each quarter, its value and all that differ from it in one bit."""
    for value in bands(hashed):
        yield [value, *(value ^ 1 << bit for bit in range(_BAND_BITS))]
