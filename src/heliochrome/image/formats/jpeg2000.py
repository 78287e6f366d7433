"""JPEG 2000: OpenJPEG for the samples, the JP2 boxes (ISO/IEC 15444-1, annex I) handled here."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from heliochrome.image.formats.source import ColorModel, Decoded, Source
from heliochrome.image.picture import Picture

MAX_SIDE = 2**32 - 1

_CODESTREAM = b"\xff\x4f\xff\x51"
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF_UUID = b"JpgTiffExif->JP2"
_CMYK, _SRGB, _GRAY = 12, 16, 17
_OPACITY, _PREMULTIPLIED = 1, 2
_UNSIGNED_BITS = frozenset(range(1, 17))


@dataclass(slots=True)
class _Header:
    color_space: int | None = None
    icc_profile: bytes | None = None
    alpha_channel: int | None = None
    unsupported: str | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    codestream: bytes = field(default=b"", repr=False)


def decode(source: Source) -> Decoded:
    """Read a JP2 file or a bare codestream; depths other than 8 and 16 bits are scaled up.

    Raises:
        ReadError: malformed or truncated.
        UnsupportedPictureError: signed or deep samples, or an unknown color space.
        PictureTooLargeError: more pixels than allowed.

    """
    data = source.read()
    header = _Header(codestream=data if data.startswith(_CODESTREAM) else b"")
    if not header.codestream:
        _read_boxes(header, data)
    bits = _read_size(source, header.codestream)
    # The bare codestream: given the whole file, the decoder applies the ICC profile, in integers.
    samples = np.atleast_3d(imagecodecs.jpeg2k_decode(header.codestream))
    model, alpha_channel = _layout(source, header, samples.shape[2])
    samples = _full_scale(source, samples, bits)
    colors = {"gray": 1, "rgb": 3, "cmyk": 4}[model]
    return Decoded(
        np.ascontiguousarray(samples[..., :colors]),
        model,
        alpha=None if alpha_channel is None else samples[..., alpha_channel].copy(),
        icc_profile=header.icc_profile,
        exif=header.exif,
        xmp=header.xmp,
        dpi=header.dpi,
    )


def _boxes(data: bytes, position: int = 0) -> Iterator[tuple[bytes, int, int]]:
    """Yield (type, start, end of content) of boxes one after the other."""
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        start = position + 8
        if length == 1 and position + 16 <= len(data):
            (length,) = struct.unpack_from(">Q", data, position + 8)
            start = position + 16
        end = len(data) if length == 0 else position + length
        if end < start:
            return
        yield kind, start, end
        position = end


def _read_boxes(header: _Header, data: bytes) -> None:
    for kind, start, end in _boxes(data):
        if kind == b"jp2c":
            header.codestream = data[start:end]
        elif kind == b"jp2h":
            _read_header_boxes(header, data[start:end])
        elif kind == b"uuid" and data[start : start + 16] == _XMP_UUID:
            header.xmp = data[start + 16 : end]
        elif kind == b"uuid" and data[start : start + 16] == _EXIF_UUID:
            header.exif = data[start + 16 : end].removeprefix(b"Exif\0\0")


def _read_header_boxes(header: _Header, data: bytes) -> None:
    for kind, start, end in _boxes(data):
        content = data[start:end]
        if kind == b"colr" and len(content) >= 3:
            _read_color(header, content)
        elif kind == b"cdef":
            _read_channels(header, content)
        elif kind == b"pclr":
            header.unsupported = "its colors are in a palette"
        elif kind == b"res ":
            for inner, first, last in _boxes(content):
                if inner in (b"resc", b"resd"):
                    header.dpi = _read_resolution(content[first:last]) or header.dpi


def _read_color(header: _Header, content: bytes) -> None:
    if content[0] == 1 and len(content) >= 7 and header.color_space is None:
        (header.color_space,) = struct.unpack_from(">I", content, 3)
    elif content[0] in (2, 3):
        header.icc_profile = content[3:]


def _read_channels(header: _Header, content: bytes) -> None:
    for position in range(2, len(content) - 5, 6):
        channel, kind, _ = struct.unpack_from(">HHH", content, position)
        if kind == _OPACITY:
            header.alpha_channel = channel
        elif kind == _PREMULTIPLIED:
            header.unsupported = "its transparency is premultiplied"


def _read_resolution(content: bytes) -> tuple[float, float] | None:
    if len(content) < 10:
        return None
    y, y_under, x, x_under, y_power, x_power = struct.unpack_from(">HHHHbb", content)
    if not (x and y and x_under and y_under):
        return None
    # Samples per meter to samples per inch.
    return x / x_under * 10.0**x_power * 0.0254, y / y_under * 10.0**y_power * 0.0254


def _read_size(source: Source, codestream: bytes) -> int:
    """Check the size that the codestream announces; return the bits per sample."""
    if not codestream.startswith(_CODESTREAM) or len(codestream) < 43:
        raise source.damaged("the JPEG 2000 file holds no picture")
    right, bottom, left, top = struct.unpack_from(">IIII", codestream, 8)
    (channels,) = struct.unpack_from(">H", codestream, 40)
    source.check_size(right - left, bottom - top)
    depths = set(codestream[42 : 42 + 3 * channels : 3])
    bits = max(depths) + 1
    if len(depths) != 1 or bits not in _UNSIGNED_BITS:
        raise source.unsupported(
            "its samples are signed, deeper than 16 bits or of mixed depth",
            "convert it to a 16-bit TIFF first",
        )
    if not codestream.rstrip(b"\0").endswith(b"\xff\xd9"):
        raise source.damaged("the JPEG 2000 data end too early: the file is truncated")
    return bits


def _layout(source: Source, header: _Header, channels: int) -> tuple[ColorModel, int | None]:
    """Tell the color model and which channel is alpha.

    A second or fourth channel that nothing describes is taken as alpha, as its writers meant.
    """
    if header.unsupported:
        raise source.unsupported(header.unsupported, "convert it to plain RGB or TIFF first")
    if header.color_space == _CMYK and channels >= 4:
        return "cmyk", header.alpha_channel
    if header.color_space not in (None, _SRGB, _GRAY):
        raise source.unsupported(
            f"JPEG 2000 color space {header.color_space} is not processed",
            "convert it to sRGB or gray first",
        )
    if channels in (1, 2):
        return "gray", 1 if channels == 2 else None
    if channels in (3, 4):
        return "rgb", 3 if channels == 4 else None
    raise source.unsupported(
        f"a JPEG 2000 file of {channels} channels is not processed", "convert it to RGB or gray"
    )


def _full_scale(source: Source, samples: NDArray[Any], bits: int) -> NDArray[Any]:
    wanted: np.dtype[Any] = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    if samples.dtype != wanted:
        raise source.damaged(f"its samples came out as {samples.dtype}")
    if bits in (8, 16):
        return samples
    scale = np.float32(np.iinfo(wanted).max / (2**bits - 1))
    scaled: NDArray[Any] = np.rint(samples * scale).astype(wanted)
    return scaled


def encode(picture: Picture) -> bytes:
    """Write 8 or 16-bit gray or RGB, with alpha, as a JP2 file; reversible, that is lossless."""
    pixels = picture.pixels
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, picture.alpha[..., None]], axis=2)
    stream = imagecodecs.jpeg2k_encode(
        np.ascontiguousarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels),
        codecformat="j2k",
        reversible=True,
    )
    header = _box(b"jp2h", _image_header(pixels) + _color(picture) + _extras(picture))
    parts = [
        _box(b"jP  ", b"\r\n\x87\n"),
        _box(b"ftyp", b"jp2 \0\0\0\0jp2 "),
        header,
    ]
    if picture.metadata.exif:
        parts.append(_box(b"uuid", _EXIF_UUID + picture.metadata.exif))
    if picture.metadata.xmp:
        parts.append(_box(b"uuid", _XMP_UUID + picture.metadata.xmp))
    # The last box may leave its length open, which also covers streams above 4 GB.
    return b"".join(parts) + b"\0\0\0\0jp2c" + bytes(stream)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def _image_header(pixels: NDArray[Any]) -> bytes:
    height, width, channels = pixels.shape
    depth = 8 * pixels.dtype.itemsize - 1
    return _box(b"ihdr", struct.pack(">IIHBBBB", height, width, channels, depth, 7, 0, 0))


def _color(picture: Picture) -> bytes:
    if picture.icc_profile:
        return _box(b"colr", b"\2\0\0" + picture.icc_profile)
    return _box(b"colr", b"\1\0\0" + struct.pack(">I", _GRAY if picture.is_gray else _SRGB))


def _extras(picture: Picture) -> bytes:
    parts = b""
    colors = picture.pixels.shape[2]
    if picture.alpha is not None:
        entries = [struct.pack(">HHH", channel, 0, channel + 1) for channel in range(colors)]
        entries.append(struct.pack(">HHH", colors, _OPACITY, 0))
        parts += _box(b"cdef", struct.pack(">H", len(entries)) + b"".join(entries))
    if picture.metadata.dpi:
        x, y = (min(round(value / 0.0254 * 10), 0xFFFF * 10) for value in picture.metadata.dpi)
        scaled = struct.pack(">HHHHbb", y // 10, 1, x // 10, 1, 0, 0)
        parts += _box(b"res ", _box(b"resc", scaled))
    return parts
