"""AVIF: libavif through Pillow for 8 bits and metadata, through imagecodecs above 8 bits."""

from __future__ import annotations

import struct

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import AvifImagePlugin

from heliochrome.image.formats.source import ColorModel, Decoded, Source
from heliochrome.image.formats.webp import save_with_pillow
from heliochrome.image.picture import Picture

# libavif refuses to read larger ones by default.
MAX_SIDE = 16_384

# Code points of ITU-T H.273 under which samples can be taken as sRGB: primaries of BT.709 and
# the transfer curves that cameras and software label such pictures with, or nothing stated.
_SRGB_PRIMARIES = frozenset({1, 2})
_SRGB_TRANSFERS = frozenset({1, 2, 6, 13, 14, 15})
_HIGH_DEPTH, _TWELVE_BITS = 0x40, 0x20


def decode(source: Source) -> Decoded:
    """Read a still AVIF file; 10 and 12 bits become 16.

    Raises:
        ReadError: malformed or truncated.
        UnsupportedPictureError: a sequence, or HDR or wide gamut without an ICC profile.
        PictureTooLargeError: more pixels than allowed.

    """
    source.file.seek(0)
    # The plugin's class directly: Image.open would apply Pillow's own, process-wide limits.
    with AvifImagePlugin.AvifImageFile(source.file) as image:
        source.check_size(*image.size)
        if getattr(image, "n_frames", 1) > 1:
            raise source.unsupported(
                "an animated AVIF holds several pictures",
                "extract the frame you want as a still PNG",
            )
        info = dict(image.info)
        data = source.read()
        _check_color(source, data, bool(info.get("icc_profile")))
        bits = _bit_depth(data)
        samples = np.asarray(image) if bits == 8 else _deep_samples(data, bits)
    samples = np.atleast_3d(samples)
    model: ColorModel = "gray" if samples.shape[2] < 3 else "rgb"
    colors = 1 if model == "gray" else 3
    exif = info.get("exif")
    return Decoded(
        np.ascontiguousarray(samples[..., :colors]),
        model,
        alpha=samples[..., colors].copy() if samples.shape[2] > colors else None,
        icc_profile=info.get("icc_profile"),
        exif=exif.removeprefix(b"Exif\0\0") if exif else None,
        xmp=info.get("xmp"),
    )


def _check_color(source: Source, data: bytes, has_profile: bool) -> None:
    position = data.find(b"colrnclx")
    if has_profile or position < 0 or position + 12 > len(data):
        return
    primaries, transfer = struct.unpack_from(">HH", data, position + 8)
    if primaries not in _SRGB_PRIMARIES or transfer not in _SRGB_TRANSFERS:
        raise source.unsupported(
            f"its colors are HDR or wide gamut (primaries {primaries}, transfer {transfer})",
            "convert it to sRGB, or to a TIFF with an ICC profile",
        )


def _bit_depth(data: bytes) -> int:
    position = data.find(b"av1C")
    flags = data[position + 6] if 0 <= position < len(data) - 6 else 0
    if not flags & _HIGH_DEPTH:
        return 8
    return 12 if flags & _TWELVE_BITS else 10


def _deep_samples(data: bytes, bits: int) -> NDArray[np.uint16]:
    samples = imagecodecs.avif_decode(data)
    scale = np.float32(65_535 / (2**bits - 1))
    scaled: NDArray[np.uint16] = np.rint(samples * scale).astype(np.uint16)
    return scaled


def encode(picture: Picture, quality: int) -> bytes:
    """Write 8-bit RGB, with alpha; lossy, chroma at full resolution from quality 90."""
    subsampling = "4:4:4" if quality >= 90 else "4:2:0"
    return save_with_pillow(picture, "AVIF", quality=quality, subsampling=subsampling, speed=7)
