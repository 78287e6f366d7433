"""Read a picture file: recognize it by content, decode, convert to gray or RGB, turn upright."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import HeliochromeError, PictureTooLargeError, ReadError
from heliochrome.image import icc
from heliochrome.image.exif import read_orientation, upright_exif
from heliochrome.image.formats import avif, jpeg, jpeg2000, png, tiff, webp
from heliochrome.image.formats.sniff import recognize
from heliochrome.image.formats.source import Decoded, Source
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Container, Picture
from heliochrome.image.xmp import drop_orientation

# Interpolation and color conversion overshoot a little; samples on a scale of 255 or 65535, or of
# scene-linear HDR, are far beyond.
_FLOAT_MARGIN = 1.0

_DECODERS: dict[Container, Callable[[Source], Decoded]] = {
    "JPEG": jpeg.decode,
    "PNG": png.decode,
    "TIFF": tiff.decode,
    "WEBP": webp.decode,
    "AVIF": avif.decode,
    "JPEG2000": jpeg2000.decode,
}


def read_picture(path: Path, *, max_pixels: int = 1_000_000_000) -> Picture:
    """Read JPEG, PNG, TIFF, WebP, AVIF or JPEG 2000, whatever the file is called.

    16-bit and float samples stay so; palette, bilevel and CMYK become RGB or gray; the EXIF
    orientation is applied; of several TIFF pages the first is read.

    Args:
        path: the file.
        max_pixels: the largest width x height to accept; checked before memory is allocated.

    Raises:
        ReadError: missing, not permitted, not an image, or damaged.
        UnsupportedPictureError: animated, or samples of a kind that is not processed.
        PictureTooLargeError: more pixels than `max_pixels`, or than fit in memory.

    """
    with open_file(path) as file:
        source = Source(path, file, os.fstat(file.fileno()).st_size, max_pixels)
        container = recognize(source)
        try:
            return _finish(source, container, _DECODERS[container](source))
        except HeliochromeError:
            raise
        except MemoryError as error:
            raise PictureTooLargeError(
                path, "there is not enough memory to decode it", "cut the picture into parts"
            ) from error
        except Exception as error:
            # Decoders raise whatever type a damaged byte leads to: struct.error, IndexError,
            # their own; to the user all of them mean the same.
            raise source.damaged(f"the {container} data cannot be decoded ({error})") from error


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading.

    Raises:
        ReadError: missing, not permitted, or not a file.

    """
    try:
        # Checked first because opening a named pipe would wait for a writer for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ReadError(path, "is not a file", "give the path of a picture file")
        return path.open("rb")
    except FileNotFoundError as error:
        raise ReadError(path, "does not exist", "check the path") from error
    except PermissionError as error:
        raise ReadError(path, "may not be read", "change its permissions") from error
    except (OSError, ValueError) as error:
        raise ReadError(path, f"cannot be opened ({error})", "check the path") from error


def _finish(source: Source, container: Container, decoded: Decoded) -> Picture:
    profile = checked_profile(source, decoded)
    samples = decoded.samples
    check_finite(source, samples)
    if decoded.model == "cmyk":
        samples, profile = icc.cmyk_to_srgb(samples, profile), None
    orientation = decoded.orientation or read_orientation(decoded.exif)
    alpha = decoded.alpha
    return Picture(
        pixels=turn_upright(samples, orientation),
        alpha=None if alpha is None else turn_upright(alpha, orientation),
        container=container,
        icc_profile=None if profile == icc.srgb_profile() else profile,
        metadata=_upright_metadata(decoded, orientation),
    )


def _upright_metadata(decoded: Decoded, orientation: int) -> Metadata:
    """Give the metadata of the picture as it is once its orientation is undone."""
    xmp, dpi = decoded.xmp, decoded.dpi
    if xmp and orientation in _ORIENTATIONS:
        xmp = drop_orientation(xmp)
    if dpi and orientation in _QUARTER_TURNS:
        dpi = dpi[::-1]
    return Metadata(upright_exif(decoded.exif), xmp, dpi)


def checked_profile(source: Source, decoded: Decoded) -> bytes | None:
    """Give the embedded profile.

    Raises:
        ReadError: it is damaged, or is not one of such pixels.

    """
    if decoded.icc_profile is None:
        return None
    try:
        model = icc.profile_model(decoded.icc_profile)
        if model != decoded.model:
            raise icc.ProfileError(
                f"its ICC profile is for {model}, its pixels are {decoded.model}"
            )
    except icc.ProfileError as error:
        raise ReadError(
            source.path,
            str(error),
            "assign the right profile in a picture editor, or remove it to have sRGB assumed",
        ) from error
    return decoded.icc_profile


def check_finite(source: Source, samples: NDArray[Any]) -> None:
    """Refuse floats that are no colors.

    Raises:
        UnsupportedPictureError: there are NaN or infinite ones, or some far beyond 0..1.

    """
    if samples.dtype != np.float32:
        return
    low, high = float(samples.min()), float(samples.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise source.unsupported(
            "it has pixels that are not numbers (NaN or infinite)",
            "replace them in the program that made the file",
        )
    if low < -_FLOAT_MARGIN or high > 1 + _FLOAT_MARGIN:
        raise source.unsupported(
            f"its floating point samples reach from {low:g} to {high:g} instead of 0 to 1",
            "scale them to 0..1, or convert to a 16-bit TIFF",
        )


def turn_upright(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an EXIF orientation (CIPA DC-008, tag 0x0112): flips first, then the transpose."""
    turn = _ORIENTATIONS.get(orientation)
    return np.ascontiguousarray(array if turn is None else turn(array))


_ORIENTATIONS: dict[int, Callable[[NDArray[Any]], NDArray[Any]]] = {
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[:, ::-1],
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: a.swapaxes(0, 1)[::-1],
}
_QUARTER_TURNS = (5, 6, 7, 8)  # rows become columns
