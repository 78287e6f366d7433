"""Metadata inside picture files: EXIF, IPTC-IIM and XMP, as values that a catalog can hold."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heliochrome.archive.exif_fields import read_exif, read_tiff_fields
from heliochrome.archive.looks import open_header
from heliochrome.archive.texts import clean_text

_BLOCKS = ("exif-data", "iptc-data", "xmp-data")
_MOST_XMP_BYTES = 4 << 20

# Datasets of the application record, "2:NN", by the names of the IIM specification (4.2, ch. 6).
_IIM = {
    5: "ObjectName",
    10: "Urgency",
    15: "Category",
    20: "SupplementalCategory",
    25: "Keywords",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption-Abstract",
    122: "Writer-Editor",
}
_UTF8_ANNOUNCED = b"\x1b%G"  # ISO 2022 escape in dataset 1:90


@dataclass(frozen=True, slots=True)
class Embedded:
    """What a file says about its picture.

    Attributes:
        exif: fields by name; those of the EXIF and GPS directories in "Exif" and "GPS".
        iptc: lists of texts by the name of the dataset.
        xmp: the packet's text; None where there is none.

    """

    exif: Mapping[str, Any] = field(default_factory=dict)
    iptc: Mapping[str, list[str]] = field(default_factory=dict)
    xmp: str | None = None


def read_embedded(path: Path, container: str) -> Embedded:
    """Read the metadata of a picture; what is damaged is left out, for it must not stop anything.

    Args:
        path: of the file.
        container: as `formats.identify` names it.

    """
    blocks = _blocks(path)
    if container == "TIFF":
        exif = read_tiff_fields(path)
    else:
        exif = read_exif(blocks.get("exif-data", b""))
    xmp = blocks.get("xmp-data", b"")[:_MOST_XMP_BYTES]
    return Embedded(exif, read_iptc(blocks.get("iptc-data", b"")), _xmp_text(xmp))


def _blocks(path: Path) -> dict[str, bytes]:
    """Give the blocks of metadata by libvips' names for them."""
    import pyvips

    try:
        image = open_header(path)
    except pyvips.Error:
        return _blocks_of_picture(path)
    return {name: bytes(image.get(name)) for name in _BLOCKS if image.get_typeof(name)}


def _blocks_of_picture(path: Path) -> dict[str, bytes]:
    """Read what libvips cannot, which for containers that heliochrome reads is JPEG 2000."""
    from heliochrome.errors import HeliochromeError
    from heliochrome.image.read import read_picture

    try:
        metadata = read_picture(path).metadata
    except HeliochromeError:
        return {}
    found = {"exif-data": metadata.exif, "xmp-data": metadata.xmp}
    return {name: data for name, data in found.items() if data}


def read_iptc(block: bytes) -> dict[str, list[str]]:
    """Read the application record of an IPTC-IIM block (IIM 4.2), wherever in `block` it starts.

    JPEG wraps it into Photoshop's resources, of which it is number 0x0404.
    """
    start = block.find(b"8BIM\x04\x04")
    if start >= 0:
        name_length = block[start + 6] if len(block) > start + 6 else 0
        start += 6 + (name_length + 2) // 2 * 2 + 4
    position = max(start, 0)
    found: dict[str, list[str]] = {}
    encoding = "latin-1"
    while block[position : position + 1] == b"\x1c" and position + 5 <= len(block):
        record, dataset, length = struct.unpack_from(">BBH", block, position + 1)
        if length & 0x8000:
            break  # an extended dataset, which holds no text
        value = block[position + 5 : position + 5 + length]
        position += 5 + length
        if (record, dataset) == (1, 90) and value == _UTF8_ANNOUNCED:
            encoding = "utf-8"
        elif record == 2 and dataset in _IIM:
            text = clean_text(value.decode(encoding, "replace"))
            if text:
                found.setdefault(_IIM[dataset], []).append(text)
    return found


def _xmp_text(packet: bytes) -> str | None:
    if not packet:
        return None
    encoding = "utf-16" if packet[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return clean_text(packet.decode(encoding, "replace"), most=_MOST_XMP_BYTES) or None
