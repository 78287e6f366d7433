"""WebP: libwebp for the samples (always RGB, 8 bits), the RIFF chunks read here."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import imagecodecs
import numpy as np
from PIL import Image

from heliochrome.image.formats.source import Decoded, Source
from heliochrome.image.picture import Picture

MAX_SIDE = 16_383


def decode(source: Source) -> Decoded:
    """Read a still WebP file.

    Raises:
        ReadError: malformed or truncated.
        UnsupportedPictureError: animated.
        PictureTooLargeError: more pixels than allowed.

    """
    data = source.read()
    if int.from_bytes(data[4:8], "little") + 8 > len(data):
        raise source.damaged("the WebP data end too early: the file is truncated")
    chunks: dict[bytes, bytes] = {}
    for kind, payload in _chunks(data):
        chunks.setdefault(kind, payload)
    if b"ANIM" in chunks or b"ANMF" in chunks:
        raise source.unsupported(
            "an animated WebP holds several pictures", "extract the frame you want as a still PNG"
        )
    width, height = _size(source, chunks)
    source.check_size(width, height)
    samples = imagecodecs.webp_decode(data)
    exif = chunks.get(b"EXIF")
    return Decoded(
        np.ascontiguousarray(samples[..., :3]),
        "rgb",
        alpha=samples[..., 3].copy() if samples.shape[2] == 4 else None,
        icc_profile=chunks.get(b"ICCP"),
        exif=exif.removeprefix(b"Exif\0\0") if exif else None,
        xmp=chunks.get(b"XMP "),
    )


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = 12
    while position + 8 <= len(data):
        kind, length = data[position : position + 4], data[position + 4 : position + 8]
        size = int.from_bytes(length, "little")
        yield kind, data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _size(source: Source, chunks: dict[bytes, bytes]) -> tuple[int, int]:
    """Dimensions as the extended, the lossless or the lossy header states them."""
    if len(header := chunks.get(b"VP8X", b"")) >= 10:
        return (
            int.from_bytes(header[4:7], "little") + 1,
            int.from_bytes(header[7:10], "little") + 1,
        )
    if len(header := chunks.get(b"VP8L", b"")) >= 5:
        bits = int.from_bytes(header[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if len(header := chunks.get(b"VP8 ", b"")) >= 10:
        width, height = struct.unpack("<HH", header[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise source.damaged("the WebP file holds no picture")


def encode(picture: Picture, quality: int) -> bytes:
    """Write 8-bit RGB, with alpha; lossy, colors under transparency kept."""
    return save_with_pillow(picture, "WEBP", quality=quality, method=4, exact=True)


def save_with_pillow(picture: Picture, container: str, **options: object) -> bytes:
    """Encode 8-bit pixels and alpha, with metadata, through a Pillow plugin."""
    pixels = picture.pixels
    if picture.is_gray:
        pixels = np.repeat(pixels, 3, axis=2)
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, picture.alpha[..., None]], axis=2)
    metadata = {
        "icc_profile": picture.icc_profile,
        "exif": picture.metadata.exif,
        "xmp": picture.metadata.xmp,
    }
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        buffer, container, **options, **{key: value for key, value in metadata.items() if value}
    )
    return buffer.getvalue()
