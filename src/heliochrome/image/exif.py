"""EXIF blocks (CIPA DC-008) and the TIFF directories that they consist of.

Blocks are patched in place: every byte that need not change stays, maker notes with their
internal offsets included. They are taken apart only to move between TIFF, where EXIF lies spread
over the file, and the other containers, which hold it as one block.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

ORIENTATION = 0x0112
EXIF_POINTER = 0x8769
GPS_POINTER = 0x8825

_SHORT, _LONG, _RATIONAL = 3, 4, 5
# Width and height in pixels: of the TIFF directory, and of EXIF's own.
_WIDTHS, _HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)
_RESOLUTIONS = (0x011A, 0x011B)
# Bytes per value by TIFF type, and the unit that byte order applies to.
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    18: 8,
}
_UNITS = {5: 4, 10: 4}
# Of a classic file and of a BigTIFF: bytes of an offset, and how the number of entries and an
# offset are packed.
_CLASSIC, _BIG = (4, "H", "I"), (8, "Q", "Q")
_MAX_ENTRIES = 512
# Larger values are no description but data (previews, raw): they stay behind.
_MAX_VALUE = 1 << 20

Reader = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field of a directory.

    Attributes:
        tag: its number.
        kind: the TIFF type number.
        count: how many values of that type.
        value: the values, little-endian.

    """

    tag: int
    kind: int
    count: int
    value: bytes

    @property
    def integer(self) -> int:
        """The first value of an integer field."""
        return int.from_bytes(self.value[: _SIZES[self.kind]], "little")


def read_orientation(exif: bytes | None) -> int:
    """Give the orientation (1..8) that an EXIF block states; 1 where it states none."""
    position = _orientation_position(exif or b"")
    if exif is None or position is None:
        return 1
    (value,) = struct.unpack_from(_order(exif) + "H", exif, position)
    return value if 1 <= value <= 8 else 1


def upright_exif(exif: bytes | None) -> bytes | None:
    """Give the block with orientation 1 and without its thumbnail, which would no longer fit.

    A block without a TIFF header cannot be EXIF; the answer is then None.
    """
    if not exif or not _order(exif):
        return None
    patched = bytearray(exif)
    position = _orientation_position(exif)
    if position is not None:
        struct.pack_into(_order(exif) + "H", patched, position, 1)
    link = _link_position(exif)
    if link is not None:
        # The thumbnail is the second directory: without the link to it readers see none.
        patched[link : link + 4] = bytes(4)
    return bytes(patched)


def enlarge_exif(exif: bytes, scale: int, height: int, width: int) -> bytes:
    """Give the block of a picture enlarged `scale` times, from `height` by `width` pixels.

    Stated dimensions become those of the result, stated resolutions `scale` times what they were.
    """
    patched = bytearray(exif)
    order = _order(exif)
    sizes = dict.fromkeys(_WIDTHS, width * scale) | dict.fromkeys(_HEIGHTS, height * scale)
    for position, tag, kind, count in _entries_with_parts(exif):
        if tag in sizes and kind in (_SHORT, _LONG) and count == 1:
            # Either type has its value in the entry itself; the larger one always suffices.
            struct.pack_into(order + "HII", patched, position + 2, _LONG, 1, sizes[tag])
        elif tag in _RESOLUTIONS and kind == _RATIONAL and count == 1:
            _multiply_rational(patched, order, position + 8, scale)
    return bytes(patched)


def _entries_with_parts(exif: bytes) -> list[tuple[int, int, int, int]]:
    """Position, tag, type and count of the entries of the first and of the EXIF directory."""
    order = _order(exif)
    entries = _entries(exif, order, _first_directory(exif))
    for position, tag, _, _ in list(entries):
        if tag == EXIF_POINTER:
            (offset,) = struct.unpack_from(order + "I", exif, position + 8)
            entries += _entries(exif, order, _directory_at(exif, order, offset))
    return entries


def _entries(
    exif: bytes, order: str, directory: tuple[int, int] | None
) -> list[tuple[int, int, int, int]]:
    start, count = directory or (0, 0)
    return [
        (position, *struct.unpack_from(order + "HHI", exif, position))
        for position in range(start, start + 12 * count, 12)
    ]


def _multiply_rational(block: bytearray, order: str, link: int, factor: int) -> None:
    """Multiply the fraction whose offset stands at `link`, where it is one and stays one."""
    (offset,) = struct.unpack_from(order + "I", block, link)
    if offset + 8 > len(block):
        return
    numerator, denominator = struct.unpack_from(order + "II", block, offset)
    if denominator:
        product = Fraction(numerator * factor, denominator).limit_denominator(2**31)
        if product.numerator < 2**32:
            struct.pack_into(order + "II", block, offset, *product.as_integer_ratio())


def _order(exif: bytes) -> str:
    return {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4], "")


def _first_directory(exif: bytes) -> tuple[int, int] | None:
    """Position of the first entry, and number of entries, of the first directory."""
    if not _order(exif) or len(exif) < 8:
        return None
    (offset,) = struct.unpack_from(_order(exif) + "I", exif, 4)
    return _directory_at(exif, _order(exif), offset)


def _directory_at(exif: bytes, order: str, offset: int) -> tuple[int, int] | None:
    if offset + 2 > len(exif):
        return None
    (count,) = struct.unpack_from(order + "H", exif, offset)
    return (offset + 2, count) if offset + 2 + 12 * count <= len(exif) else None


def _orientation_position(exif: bytes) -> int | None:
    directory = _first_directory(exif)
    if directory is None:
        return None
    start, count = directory
    for position in range(start, start + 12 * count, 12):
        if struct.unpack_from(_order(exif) + "HH", exif, position) == (ORIENTATION, _SHORT):
            return position + 8
    return None


def _link_position(exif: bytes) -> int | None:
    directory = _first_directory(exif)
    if directory is None:
        return None
    link = directory[0] + 12 * directory[1]
    return link if link + 4 <= len(exif) else None


def read_directory(read: Reader, offset: int, order: str, *, big: bool = False) -> list[Entry]:
    """Read the directory at `offset`; fields that are damaged or huge are left out.

    Args:
        read: gives `length` bytes at an offset, or fewer at the end.
        offset: of the directory.
        order: "<" or ">", the byte order.
        big: whether the file is a BigTIFF, whose counts and offsets have 8 bytes.

    """
    width, count_form, _ = _BIG if big else _CLASSIC
    head = read(offset, struct.calcsize(order + count_form))
    if len(head) < struct.calcsize(order + count_form):
        return []
    (count,) = struct.unpack(order + count_form, head)
    size = 4 + 2 * width
    table = read(offset + len(head), size * min(count, _MAX_ENTRIES))
    entries = []
    for position in range(0, len(table) - size + 1, size):
        entry = _read_entry(read, table[position : position + size], order, width)
        if entry is not None:
            entries.append(entry)
    return entries


def _read_entry(read: Reader, field: bytes, order: str, width: int) -> Entry | None:
    form = "Q" if width == 8 else "I"
    tag, kind, count = struct.unpack(order + "HH" + form, field[: 4 + width])
    length = _SIZES.get(kind, 0) * count
    if not 0 < length <= _MAX_VALUE:
        return None
    value = field[4 + width :][:length]
    if length > width:
        (offset,) = struct.unpack(order + form, field[4 + width :])
        value = read(offset, length)
    if len(value) < length:
        return None
    return Entry(tag, kind, count, value if order == "<" else _swap(value, kind))


def _swap(value: bytes, kind: int) -> bytes:
    unit = _UNITS.get(kind, _SIZES[kind])
    return b"".join(value[i : i + unit][::-1] for i in range(0, len(value), unit))


def build_directory(entries: list[Entry], offset: int, *, big: bool = False) -> bytes:
    """Lay out a little-endian directory that will stand at `offset`, values after the table.

    With `big` it is one of a BigTIFF.
    """
    width, count_form, offset_form = _BIG if big else _CLASSIC
    fields, values = [], b""
    table = struct.calcsize(f"<{count_form}") + (4 + 2 * width) * len(entries)
    values_offset = offset + table + width
    for entry in sorted(entries, key=lambda e: e.tag):
        inline = entry.value.ljust(width, b"\0")
        if len(entry.value) > width:
            inline = struct.pack(f"<{offset_form}", values_offset + len(values))
            values += entry.value + b"\0" * (len(entry.value) % 2)
        fields.append(struct.pack(f"<HH{offset_form}", entry.tag, entry.kind, entry.count) + inline)
    count = struct.pack(f"<{count_form}", len(entries))
    return count + b"".join(fields) + bytes(width) + values


def build_exif(main: list[Entry], exif: list[Entry], gps: list[Entry]) -> bytes:
    """Make a block of the descriptive fields and the EXIF and GPS directories."""
    block = b"II*\0" + struct.pack("<I", 8)
    pointers = [(EXIF_POINTER, exif), (GPS_POINTER, gps)]
    present = [(tag, entries) for tag, entries in pointers if entries]
    # Pointers are inline, so that the first directory's length does not depend on their values.
    placeholders = [Entry(tag, 4, 1, bytes(4)) for tag, _ in present]
    position = 8 + len(build_directory(main + placeholders, 8))
    links, tail = [], b""
    for tag, entries in present:
        links.append(Entry(tag, 4, 1, struct.pack("<I", position + len(tail))))
        tail += build_directory(entries, position + len(tail))
    return block + build_directory(main + links, 8) + tail


def split_exif(exif: bytes) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Take a block apart into the fields of its main, EXIF and GPS directories."""
    directory = _first_directory(exif)
    if directory is None:
        return [], [], []

    def read(offset: int, length: int) -> bytes:
        return exif[offset : offset + length]

    order = _order(exif)
    main = read_directory(read, directory[0] - 2, order)
    parts = {EXIF_POINTER: list[Entry](), GPS_POINTER: list[Entry]()}
    for entry in main:
        if entry.tag in parts:
            parts[entry.tag] = read_directory(read, entry.integer, order)
    described = [entry for entry in main if entry.tag not in parts]
    return described, parts[EXIF_POINTER], parts[GPS_POINTER]
