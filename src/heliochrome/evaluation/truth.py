"""The true color photos that a protocol compares with, and the gray photos made of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import DataError
from heliochrome.evaluation.color_metrics import lab_of
from heliochrome.image.color import lightness_to_luminance, linear_to_srgb
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".avif", ".jp2"})
_RELATIVE_COLORIMETRIC = 1


@dataclass(frozen=True, slots=True)
class TruePhoto:
    """A color photo and the gray photo that a colorizer is given instead.

    Attributes:
        name: file name.
        pixels: (H, W, 3) uint8 sRGB.
        lab: (H, W, 3) their CIE Lab, D65.
        gray: (H, W, 1) uint8 picture of the same lightness L*, and nothing else of the photo.

    """

    name: str
    pixels: NDArray[np.uint8]
    lab: NDArray[np.floating]
    gray: Picture

    @property
    def gray_pixels(self) -> NDArray[np.uint8]:
        """The gray photo as (H, W, 3) uint8 sRGB: what leaving it uncolored gives."""
        return np.repeat(self.gray.pixels, 3, axis=2)


def list_photos(folder: Path, limit: int | None = None) -> list[Path]:
    """Give the picture files directly in `folder` by name, the first `limit` of them.

    Raises:
        DataError: the folder is missing or unreadable, or has no pictures.

    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise DataError(
            folder, f"cannot be listed ({error.strerror})", "give a folder of color photos"
        ) from error
    photos = [path for path in entries if path.suffix.lower() in _SUFFIXES and path.is_file()]
    if not photos:
        raise DataError(folder, "has no pictures", "give a folder of color photos")
    return photos[:limit]


def read_true_photo(path: Path) -> TruePhoto:
    """Read a photo to compare with; an embedded profile is converted to sRGB, alpha ignored.

    Raises:
        ReadError: it cannot be read.
        DataError: it is not an 8-bit RGB picture.

    """
    picture = read_picture(path)
    if picture.is_gray or picture.bit_depth != 8:
        kind = "gray" if picture.is_gray else f"{picture.bit_depth}-bit"
        raise DataError(path, f"is {kind}", "the truth must be 8-bit RGB: take it out or convert")
    pixels = picture.pixels
    if picture.icc_profile is not None:
        pixels = _to_srgb(path, pixels, picture.icc_profile)
    return TruePhoto(path.name, pixels, lab_of(pixels), gray_photo(pixels))


def gray_photo(pixels: NDArray[np.uint8]) -> Picture:
    """Give the 8-bit gray picture (H, W, 1) with the lightness L* of (H, W, 3) uint8 sRGB."""
    luminance = lightness_to_luminance(lightness(Picture(pixels)).astype(np.float64))
    gray = np.rint(255 * np.clip(linear_to_srgb(luminance), 0, 1)).astype(np.uint8)
    return Picture(gray[..., None])


def hash_of_files(paths: Iterable[Path]) -> str:
    """SHA-256 of the files' own sorted SHA-256 in hexadecimal, one per line.

    It changes with any file's content, and neither with names nor with places.

    Raises:
        DataError: a file cannot be read.

    """
    try:
        hashes = sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in paths)
    except OSError as error:
        raise DataError(
            str(error.filename), f"cannot be read ({error.strerror})", "check its permissions"
        ) from error
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _to_srgb(path: Path, pixels: NDArray[np.uint8], profile: bytes) -> NDArray[np.uint8]:
    from PIL import Image, ImageCms

    try:
        converted = ImageCms.profileToProfile(
            Image.fromarray(pixels),
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent(_RELATIVE_COLORIMETRIC),
        )
    except (OSError, ImageCms.PyCMSError) as error:
        raise DataError(
            path, f"has an ICC profile that cannot be used ({error})", "convert it to sRGB"
        ) from error
    return np.asarray(converted)
