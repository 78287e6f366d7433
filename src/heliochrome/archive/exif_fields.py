"""EXIF (CIPA DC-008) and the descriptive fields of TIFF, as values that a catalog can hold."""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from PIL import ExifTags

from heliochrome.archive.texts import clean_text
from heliochrome.image.exif import EXIF_POINTER, GPS_POINTER, Entry, Reader, read_directory

# How and where the samples lie, pointers, and blocks of other kinds: nothing about the picture.
_STRUCTURAL = frozenset(
    {
        254, 255, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 297, 301, 317, 320, 322,
        323, 324, 325, 330, 338, 339, 347, 513, 514, 529, 530, 532, 700, 33723, 34377, 34675,
        EXIF_POINTER, GPS_POINTER, 0x927C, 0xA005,
    }
)  # fmt: skip
_TEXT = 2
_BYTES = frozenset({1, 6, 7})
_RATIONALS = {5: "II", 10: "ii"}
_NUMBERS = {3: "H", 4: "I", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 18: "Q"}
_MOST_BYTES = 32
_MOST_VALUES = 64
_USER_COMMENT = 0x9286
_CHARACTER_CODE_BYTES = 8
_WINDOWS_TEXTS = range(0x9C9B, 0x9CA0)  # title, comment, author, keywords, subject
_ORDERS = {b"II": "<", b"MM": ">"}
_BIG_TIFF = 43


def read_exif(block: bytes) -> dict[str, Any]:
    """Read an EXIF block; what is damaged is left out.

    Returns:
        Fields by name; those of the EXIF and GPS directories in "Exif" and "GPS".

    """
    bare = block.removeprefix(b"Exif\0\0")
    return _read(lambda offset, length: bare[offset : offset + length])


def read_tiff_fields(path: Path) -> dict[str, Any]:
    """Read what a TIFF file says about its first picture; as `read_exif`."""
    with contextlib.suppress(OSError), path.open("rb") as file:

        def read(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        return _read(read)
    return {}


def _read(read: Reader) -> dict[str, Any]:
    head = read(0, 16)
    order = _ORDERS.get(head[:2])
    if order is None or len(head) < 16:
        return {}
    big = struct.unpack(f"{order}H", head[2:4])[0] == _BIG_TIFF
    (offset,) = struct.unpack_from(f"{order}Q" if big else f"{order}I", head, 8 if big else 4)
    main = read_directory(read, offset, order, big=big)
    found = dict(_fields(main, ExifTags.TAGS, order))
    for name, pointer, names in (
        ("Exif", EXIF_POINTER, ExifTags.TAGS),
        ("GPS", GPS_POINTER, ExifTags.GPSTAGS),
    ):
        link = next((entry for entry in main if entry.tag == pointer), None)
        part = {} if link is None else _part(read, link, names, order, big=big)
        if part:
            found[name] = part
    return found


def _part(
    read: Reader, link: Entry, names: Mapping[int, str], order: str, *, big: bool
) -> dict[str, Any]:
    entries = read_directory(read, link.integer, order, big=big)
    return dict(_fields(entries, names, order))


def _fields(
    entries: list[Entry], names: Mapping[int, str], order: str
) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        if entry.tag in _STRUCTURAL and names is ExifTags.TAGS:
            continue
        value = _value(entry, order)
        if value not in (None, "", []):
            yield names.get(entry.tag, f"0x{entry.tag:04X}"), value


def _value(entry: Entry, order: str) -> Any:
    """Give a field's value as JSON can hold it; None for what is no description."""
    if entry.tag == _USER_COMMENT:
        return _user_comment(entry.value, order)
    if entry.tag in _WINDOWS_TEXTS:
        return clean_text(entry.value.decode("utf-16-le", "replace"))
    if entry.kind == _TEXT:
        return _text(entry.value)
    if entry.kind in _BYTES:
        return _bytes(entry.value)
    if entry.count > _MOST_VALUES:
        return None
    values = [_finite(number) for number in _numbers(entry)]
    return values[0] if len(values) == 1 else values


def _numbers(entry: Entry) -> list[float]:
    pair = _RATIONALS.get(entry.kind)
    if pair is None:
        return list(struct.unpack(f"<{entry.count}{_NUMBERS[entry.kind]}", entry.value))
    halves = struct.iter_unpack(f"<{pair}", entry.value)
    return [top / bottom if bottom else math.nan for top, bottom in halves]


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _text(value: bytes) -> str:
    """Read text, which should be ASCII and mostly is UTF-8 where it is not."""
    try:
        return clean_text(value.decode("utf-8"))
    except UnicodeDecodeError:
        return clean_text(value.decode("latin-1"))


def _bytes(value: bytes) -> Any:
    """Give short bytes: text where they are (as versions), a number, or hexadecimal."""
    text = value.rstrip(b"\0 ")
    if text.isascii() and text.decode("ascii").isprintable():
        return clean_text(text.decode("ascii"))
    if len(value) == 1:
        return value[0]
    return value.hex() if len(value) <= _MOST_BYTES else None


def _user_comment(value: bytes, order: str) -> str | None:
    code, text = value[:_CHARACTER_CODE_BYTES], value[_CHARACTER_CODE_BYTES:]
    if code == b"UNICODE\0":
        return clean_text(text.decode("utf-16-le" if order == "<" else "utf-16-be", "replace"))
    return _text(text) if code in (b"ASCII\0\0\0", bytes(_CHARACTER_CODE_BYTES)) else None
