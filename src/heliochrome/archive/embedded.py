"""Metadata inside picture files: EXIF, IPTC-IIM and XMP, as values that a catalog can hold."""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image

from heliochrome.archive.looks import open_header
from heliochrome.archive.texts import clean_text

# Directories below the main one, by their tags.
_PARTS = {0x8769: "Exif", 0x8825: "GPS"}
# How and where the samples lie, and blocks of other kinds: nothing about the picture.
_STRUCTURAL = frozenset(
    {
        254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 297, 301, 317, 320, 322,
        323, 324, 325, 330, 338, 339, 347, 513, 514, 529, 530, 532, 700, 33723, 34377, 34675,
        0x927C, 0xA005,
    }
)  # fmt: skip
_MOST_BYTES = 32
_MOST_VALUES = 64
_MOST_XMP_BYTES = 4 << 20
_CHARACTER_CODES = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16"}
_USER_COMMENT = 0x9286
_WINDOWS_TEXTS = range(0x9C9B, 0x9CA0)  # title, comment, author, keywords, subject: UTF-16

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
    exif: dict[str, Any] = {}
    with contextlib.suppress(Exception):  # Pillow raises whatever a damaged directory leads to
        exif = _read_exif(path, container, blocks.get("exif-data"))
    xmp = blocks.get("xmp-data", b"")[:_MOST_XMP_BYTES]
    return Embedded(exif, read_iptc(blocks.get("iptc-data", b"")), _xmp_text(xmp))


def _blocks(path: Path) -> dict[str, bytes]:
    import pyvips

    try:
        image = open_header(path)
    except pyvips.Error:
        return _blocks_of_picture(path)
    names = ("exif-data", "iptc-data", "xmp-data")
    return {name: bytes(image.get(name)) for name in names if image.get_typeof(name)}


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


def _read_exif(path: Path, container: str, block: bytes | None) -> dict[str, Any]:
    exif = Image.Exif()
    if container == "TIFF":
        with path.open("rb") as file:
            exif.load_from_fp(file)
            return _directories(exif)
    if block is None:
        return {}
    exif.load(block)
    return _directories(exif)


def _directories(exif: Image.Exif) -> dict[str, Any]:
    found = dict(_fields(exif, ExifTags.TAGS))
    for tag, name in _PARTS.items():
        names = ExifTags.GPSTAGS if name == "GPS" else ExifTags.TAGS
        part = dict(_fields(exif.get_ifd(tag), names))
        if part:
            found[name] = part
    return found


def _fields(directory: Any, names: Mapping[int, str]) -> Iterator[tuple[str, Any]]:
    for tag, value in directory.items():
        if tag in _STRUCTURAL or tag in _PARTS:
            continue
        kept = _SPECIAL.get(tag, _json_value)(value)
        if kept not in (None, "", []):
            yield names.get(tag, f"0x{tag:04X}"), kept


def _json_value(value: Any) -> Any:
    """Give a value as JSON can hold it; None for what is no description."""
    if isinstance(value, str):
        return _repaired(value)
    if isinstance(value, bool | int):
        return value
    if isinstance(value, bytes):
        text = value.rstrip(b"\0 ")
        if text.isascii() and text.decode("ascii").isprintable():
            return clean_text(text.decode("ascii"))
        return value.hex() if len(value) <= _MOST_BYTES else None
    if isinstance(value, tuple | list):
        return [_json_value(part) for part in value] if len(value) <= _MOST_VALUES else None
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _repaired(text: str) -> str:
    """Undo the reading of UTF-8, which most programs write, as the Latin-1 that Pillow assumes."""
    with contextlib.suppress(UnicodeError):
        text = text.encode("latin-1").decode("utf-8")
    return clean_text(text)


def _windows_text(value: Any) -> str | None:
    if isinstance(value, tuple):
        value = bytes(value)
    return clean_text(value.decode("utf-16-le", "replace")) if isinstance(value, bytes) else None


def _user_comment(value: Any) -> str | None:
    if not isinstance(value, bytes):
        return clean_text(str(value))
    encoding = _CHARACTER_CODES.get(value[:8])
    return None if encoding is None else clean_text(value[8:].decode(encoding, "replace"))


_SPECIAL: dict[int, Callable[[Any], Any]] = {
    _USER_COMMENT: _user_comment,
    **dict.fromkeys(_WINDOWS_TEXTS, _windows_text),
}


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
