"""The file being read, its limits, and the typed errors about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal

from numpy.typing import NDArray

from heliochrome.errors import PictureTooLargeError, ReadError, UnsupportedPictureError

DAMAGED_REMEDY = "get an undamaged copy of the file, or open and save it again in a picture editor"

# No decoder needs more than this for a real photograph, whatever the container: even a blank
# page has noise or, without noise, is far below the size from which the rule applies.
_IMPLAUSIBLE_ABOVE = 50_000_000
_PIXELS_PER_BYTE = 16_384


class UnfitError(ValueError):
    """A container cannot hold part of a picture; the message says what, without a period."""


@dataclass(frozen=True, slots=True)
class Source:
    """An open picture file.

    Attributes:
        path: as the user gave it, for messages.
        file: opened for binary reading.
        size: its length in bytes.
        max_pixels: the largest width x height to accept.

    """

    path: Path
    file: BinaryIO
    size: int
    max_pixels: int

    def read(self) -> bytes:
        """Give the whole content."""
        self.file.seek(0)
        return self.file.read()

    def damaged(self, problem: str) -> ReadError:
        """Make the error for a file that breaks its own format."""
        return ReadError(self.path, problem, DAMAGED_REMEDY)

    def unsupported(self, problem: str, remedy: str) -> UnsupportedPictureError:
        """Make the error for a sound file of a kind that is not processed."""
        return UnsupportedPictureError(self.path, problem, remedy)

    def check_size(self, width: int, height: int, pixels_per_byte: float | None = None) -> None:
        """Refuse announced dimensions before anything is allocated for them.

        Args:
            width: columns announced by the header.
            height: rows announced by the header.
            pixels_per_byte: the most pixels that the compression can put in a byte, where that
                is known; a file shorter than that cannot be complete.

        Raises:
            PictureTooLargeError: more than `max_pixels`.
            ReadError: empty, or not possible in a file of this length.

        """
        if width < 1 or height < 1:
            raise self.damaged(f"its header announces {width} x {height} pixels")
        pixels = width * height
        if pixels > self.max_pixels:
            raise PictureTooLargeError(
                self.path,
                f"its header announces {width} x {height} pixels, more than {self.max_pixels}",
                "raise the pixel limit if the file is trusted, or cut the picture into parts",
            )
        if pixels_per_byte is None and pixels > _IMPLAUSIBLE_ABOVE:
            pixels_per_byte = _PIXELS_PER_BYTE
        if pixels_per_byte is not None and pixels > self.size * pixels_per_byte:
            raise self.damaged(
                f"its header announces {width} x {height} pixels, "
                f"which its {self.size} bytes cannot hold"
            )


ColorModel = Literal["gray", "rgb", "cmyk"]


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a container holds, before color conversion and orientation.

    Attributes:
        samples: (H, W, C), C = 1 (gray), 3 (rgb) or 4 (cmyk; full scale is full ink); uint8,
            uint16 or float32.
        model: how to read the channels.
        alpha: (H, W) opacity of the same dtype, or None.
        icc_profile: as embedded.
        exif: bare EXIF block.
        xmp: XMP packet.
        dpi: pixels per inch.
        orientation: where the container has its own (TIFF), 1..8; None to take that of `exif`.

    """

    samples: NDArray[Any]
    model: ColorModel
    alpha: NDArray[Any] | None = None
    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    orientation: int | None = None
