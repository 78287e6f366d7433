"""JPEG: libjpeg-turbo for the samples, the segments read and written here.

imagecodecs decodes straight into an array, three times faster than Pillow, but neither reports a
truncated file nor knows metadata; both are in the segments, which ITU-T T.81 makes simple to walk.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import imagecodecs
import numpy as np

from heliochrome.image.formats.source import ColorModel, Decoded, Source, UnfitError
from heliochrome.image.picture import Picture

MAX_SIDE = 65_535

_SOF_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ARITHMETIC = frozenset({0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_SOS, _EOI = 0xDA, 0xD9
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# In entropy-coded data 0xFF is followed by 0 (stuffing), a restart marker or fill.
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MAX_SEGMENT = 65_533

_EXIF = b"Exif\0\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_ICC = b"ICC_PROFILE\0"

_COLOR_MODELS: dict[int, ColorModel] = {1: "gray", 3: "rgb", 4: "cmyk"}


@dataclass(slots=True)
class _Header:
    width: int = 0
    height: int = 0
    precision: int = 8
    components: int = 0
    arithmetic: bool = False
    adobe: bool = False
    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None
    icc_chunks: dict[int, bytes] = field(default_factory=dict)
    icc_count: int = 0


def decode(source: Source) -> Decoded:
    """Read the first picture of a JPEG file.

    Raises:
        ReadError: malformed or truncated.
        UnsupportedPictureError: a precision other than 8 bits, or an unknown number of channels.
        PictureTooLargeError: more pixels than allowed.

    """
    data = source.read()
    header = _read_header(source, data)
    # Huffman coding spends at least one bit on each 8 x 8 block of the first component.
    source.check_size(header.width, header.height, None if header.arithmetic else 8 * 64)
    model = _COLOR_MODELS.get(header.components)
    if model is None or header.precision != 8:
        raise source.unsupported(
            f"a JPEG of {header.components} channels of {header.precision} bits is not processed",
            "convert it to TIFF or PNG first",
        )
    samples = imagecodecs.jpeg8_decode(data)
    samples = samples.reshape(header.height, header.width, header.components)
    if model == "cmyk" and header.adobe:
        # Adobe writes inks inverted and every reader expects it; the marker tells who wrote.
        samples = 255 - samples
    return Decoded(
        samples,
        model,
        icc_profile=_join_icc(source, header),
        exif=header.exif,
        xmp=header.xmp,
        dpi=header.dpi,
    )


def _read_header(source: Source, data: bytes) -> _Header:
    header = _Header()
    complete = False
    for marker, start, end in _segments(data):
        if marker == _EOI:
            complete = True
            break
        if end > len(data):
            break
        _read_segment(header, marker, data[start:end])
    if not complete:
        raise source.damaged("the JPEG data end too early: the file is truncated")
    if not header.components:
        raise source.damaged("the JPEG file holds no picture")
    return header


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Walk the markers up to the end of the picture, yielding (marker, start, end of payload)."""
    position = 2
    while match := _NEXT_MARKER.search(data, position):
        marker = data[match.start() + 1]
        start = match.end()
        if marker in _STANDALONE:
            position = start
            continue
        if marker == _EOI:
            yield marker, start, start
            return
        length = int.from_bytes(data[start : start + 2], "big")
        yield marker, start + 2, start + max(length, 2)
        position = start + max(length, 2)


def _read_segment(header: _Header, marker: int, payload: bytes) -> None:
    if marker in _SOF_MARKERS and len(payload) >= 6:
        header.precision, header.height, header.width, header.components = struct.unpack(
            ">BHHB", payload[:6]
        )
        header.arithmetic = marker in _ARITHMETIC
    elif marker == 0xE0 and payload.startswith(b"JFIF\0") and len(payload) >= 12:
        header.dpi = _jfif_dpi(payload)
    elif marker == 0xE1 and payload.startswith(_EXIF) and header.exif is None:
        header.exif = payload[len(_EXIF) :]
    elif marker == 0xE1 and payload.startswith(_XMP) and header.xmp is None:
        header.xmp = payload[len(_XMP) :]
    elif marker == 0xE2 and payload.startswith(_ICC) and len(payload) > 14:
        header.icc_chunks[payload[12]] = payload[14:]
        header.icc_count = payload[13]
    elif marker == 0xEE and payload.startswith(b"Adobe"):
        header.adobe = True


def _jfif_dpi(payload: bytes) -> tuple[float, float] | None:
    unit, x, y = struct.unpack(">BHH", payload[7:12])
    scale = {1: 1.0, 2: 2.54}.get(unit)
    if scale is None or not x or not y:
        return None
    return x * scale, y * scale


def _join_icc(source: Source, header: _Header) -> bytes | None:
    if not header.icc_chunks:
        return None
    wanted = range(1, header.icc_count + 1)
    if any(number not in header.icc_chunks for number in wanted):
        raise source.damaged("part of its embedded ICC profile is missing")
    return b"".join(header.icc_chunks[number] for number in wanted)


def encode(picture: Picture, quality: int) -> bytes:
    """Write 8-bit gray or RGB; chroma at full resolution from quality 90.

    Raises:
        UnfitError: EXIF or XMP do not fit in a segment.

    """
    subsampling = "444" if quality >= 90 else "420"
    pixels = picture.pixels[..., 0] if picture.is_gray else picture.pixels
    stream = imagecodecs.jpeg8_encode(
        np.ascontiguousarray(pixels), level=quality, subsampling=subsampling
    )
    # The encoder's own JFIF segment knows no resolution, so it gives way to ours.
    body = stream[20:] if stream[2:4] == b"\xff\xe0" else stream[2:]
    return b"\xff\xd8" + _metadata_segments(picture) + body


def _metadata_segments(picture: Picture) -> bytes:
    x, y = (min(round(v), 65_535) for v in picture.metadata.dpi or (1, 1))
    unit = 1 if picture.metadata.dpi else 0
    parts = [_segment(0xE0, b"JFIF\0\1\1" + struct.pack(">BHHBB", unit, x, y, 0, 0))]
    if picture.metadata.exif:
        parts.append(_segment(0xE1, _EXIF + picture.metadata.exif, "EXIF"))
    if picture.metadata.xmp:
        parts.append(_segment(0xE1, _XMP + picture.metadata.xmp, "XMP"))
    if picture.icc_profile:
        parts += _icc_segments(picture.icc_profile)
    return b"".join(parts)


def _icc_segments(profile: bytes) -> list[bytes]:
    room = _MAX_SEGMENT - 14
    chunks = [profile[i : i + room] for i in range(0, len(profile), room)]
    return [
        _segment(0xE2, _ICC + bytes([number, len(chunks)]) + chunk)
        for number, chunk in enumerate(chunks, 1)
    ]


def _segment(marker: int, payload: bytes, name: str = "") -> bytes:
    if len(payload) > _MAX_SEGMENT:
        raise UnfitError(f"{len(payload)} bytes of {name} do not fit in a JPEG file")
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload
