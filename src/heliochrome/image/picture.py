"""A picture in memory, as its file encoded it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heliochrome.image.metadata import Metadata

Container = Literal["JPEG", "PNG", "TIFF", "WEBP", "AVIF", "JPEG2000"]

_BIT_DEPTHS = {np.dtype(np.uint8): 8, np.dtype(np.uint16): 16, np.dtype(np.float32): 32}


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels with everything needed to interpret them and to write them back.

    Attributes:
        pixels: (H, W, C) with C = 1 (gray) or 3 (RGB); uint8, uint16, or float32 (nominally in
            [0, 1]); samples as encoded in the space of `icc_profile`, upright (EXIF orientation
            applied).
        alpha: (H, W) opacity of the same dtype (full scale 255, 65535 or 1.0), not
            premultiplied; None when opaque.
        container: what the picture was read from.
        icc_profile: the ICC profile of `pixels`; None means sRGB, or the sRGB curve for gray.
        metadata: EXIF, XMP and resolution.

    Raises:
        ValueError: the arrays do not have these shapes and types.

    """

    pixels: NDArray[Any]
    alpha: NDArray[Any] | None = None
    container: Container = "PNG"
    icc_profile: bytes | None = None
    metadata: Metadata = field(default_factory=Metadata)

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype
        if len(shape) != 3 or shape[2] not in (1, 3) or 0 in shape:
            raise ValueError(f"pixels must be (H, W, 1 or 3), got {shape}")
        if dtype not in _BIT_DEPTHS:
            raise ValueError(f"pixels must be uint8, uint16 or float32, got {dtype}")
        if self.alpha is not None and (self.alpha.shape, self.alpha.dtype) != (shape[:2], dtype):
            raise ValueError(f"alpha {self.alpha.shape} {self.alpha.dtype} does not fit the pixels")

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.pixels.shape[0])

    @property
    def bit_depth(self) -> int:
        """Bits per sample: 8, 16, or 32 for floating point."""
        return _BIT_DEPTHS[self.pixels.dtype]

    @property
    def is_gray(self) -> bool:
        """Whether there is a single gray channel."""
        return bool(self.pixels.shape[2] == 1)
