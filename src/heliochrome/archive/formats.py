"""Which format a file has: heliochrome's container, media type and PRONOM identifier.

The identifiers are those of the PRONOM registry of The National Archives (DROID signature file 109
and, for BigTIFF, the registry's entry), and what tells versions apart are its signatures, except
where it takes any TIFF with a certain EXIF block for a format of its own: TIFF is TIFF here. AVIF
and bare JPEG 2000 codestreams have none that we could confirm.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from heliochrome.image.formats.sniff import recognize
from heliochrome.image.formats.source import Source
from heliochrome.image.read import open_file

_MIMES = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "TIFF": ("image/tiff", ".tif"),
    "WEBP": ("image/webp", ".webp"),
    "AVIF": ("image/avif", ".avif"),
    "JPEG2000": ("image/jp2", ".jp2"),
    "DICOM": ("application/dicom", ".dcm"),
}
_JFIF = {0: "fmt/42", 1: "fmt/43", 2: "fmt/44"}  # by the minor number of version 1
_EXIF = {"0200": "x-fmt/398", "0210": "x-fmt/390", "0220": "x-fmt/391", "0221": "fmt/645"}
_EXIF_2_3 = "fmt/1507"
_RAW_JPEG = "fmt/41"
_PNG_1_0, _PNG_1_1, _PNG_1_2, _APNG = "fmt/11", "fmt/12", "fmt/13", "fmt/935"
_PNG_1_1_CHUNKS = frozenset({b"iCCP", b"sPLT", b"sRGB"})
_TIFF, _BIG_TIFF = "fmt/353", "fmt/1917"
_WEBP = {b"VP8 ": "fmt/566", b"VP8L": "fmt/567", b"VP8X": "fmt/568"}
_JP2 = {b"jp2 ": "x-fmt/392", b"jpx ": "fmt/151"}
_DICOM = "fmt/574"
# EXIF's version field as it stands in a block of either byte order (tag 0x9000, 4 bytes).
_EXIF_VERSION = re.compile(
    rb"(?:\x90\x00\x00\x07\x00\x00\x00\x04|\x00\x90\x07\x00\x04\x00\x00\x00)(\d{4})"
)
_HEAD_BYTES = 1 << 17
_NO_LIMIT = 1 << 62  # of pixels: here nothing is decoded


@dataclass(frozen=True, slots=True)
class FileFormat:
    """What kind of file it is.

    Attributes:
        container: by heliochrome's name, such as "JPEG".
        mime: media type.
        puid: PRONOM's persistent unique identifier; None where there is none for it.
        suffix: usual ending of a file name, with its dot.

    """

    container: str
    mime: str
    puid: str | None
    suffix: str


def identify(path: Path) -> FileFormat:
    """Tell the format of a file by its content; its name proves nothing.

    Raises:
        ReadError: it is missing, cannot be read, or is no picture.
        UnsupportedPictureError: it is a picture of a kind that heliochrome does not read.

    """
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        container = str(recognize(Source(path, file, size, _NO_LIMIT)))
        mime, suffix = _MIMES.get(container, ("application/octet-stream", path.suffix.lower()))
        file.seek(0)
        head = file.read(_HEAD_BYTES)
        if container == "JPEG2000" and head.startswith(b"\xff\x4f"):
            return FileFormat(container, "image/j2c", None, ".j2c")
        puid = _png(file) if container == "PNG" else _puid(container, head)
        return FileFormat(container, mime, puid, suffix)


def _puid(container: str, head: bytes) -> str | None:
    if container == "JPEG":
        return _jpeg(head)
    if container == "TIFF":
        return _BIG_TIFF if head[2:4] in (b"+\0", b"\0+") else _TIFF
    if container == "WEBP":
        return _WEBP.get(head[12:16])
    if container == "JPEG2000":
        return _JP2.get(head[20:24])
    return _DICOM if container == "DICOM" else None


def _jpeg(head: bytes) -> str:
    marker, name = head[2:4], head[6:11]
    if marker == b"\xff\xe0" and name == b"JFIF\0" and head[11:12] == b"\x01":
        return _JFIF.get(head[12], _RAW_JPEG)
    if marker == b"\xff\xe1" and head[6:12] == b"Exif\0\0":
        version = _EXIF_VERSION.search(head)
        stated = version[1].decode() if version else ""
        return _EXIF_2_3 if stated.startswith("023") else _EXIF.get(stated, _RAW_JPEG)
    return _RAW_JPEG


def _png(file: BinaryIO) -> str:
    """Tell the version by the youngest kind of chunk in the file."""
    kinds = set(_png_chunks(file))
    if b"acTL" in kinds:
        return _APNG
    if b"iTXt" in kinds:
        return _PNG_1_2
    return _PNG_1_1 if kinds & _PNG_1_1_CHUNKS else _PNG_1_0


def _png_chunks(file: BinaryIO) -> Iterator[bytes]:
    position = 8
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8:
            return
        length, kind = struct.unpack(">I4s", head)
        yield kind
        position += length + 12
