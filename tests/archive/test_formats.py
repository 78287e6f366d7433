from __future__ import annotations

import struct
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from scans import picture

from heliochrome.archive.formats import identify
from heliochrome.errors import ReadError, UnsupportedPictureError


def _jpeg(segment: bytes) -> bytes:
    return b"\xff\xd8" + segment + b"\xff\xd9"


def _jfif(minor: int) -> bytes:
    return _jpeg(b"\xff\xe0\x00\x10JFIF\0\x01" + bytes([minor]) + bytes(7))


def _exif(version: bytes, order: str) -> bytes:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    field = struct.pack(f"{order}HHI4s", 0x9000, 7, 4, version)
    return _jpeg(b"\xff\xe1\x00\x40Exif\0\0" + mark + bytes(8) + field)


# PRONOM's identifiers, as its registry lists them for these versions.
@pytest.mark.parametrize(
    ("data", "mime", "puid"),
    [
        (_jfif(0), "image/jpeg", "fmt/42"),
        (_jfif(1), "image/jpeg", "fmt/43"),
        (_jfif(2), "image/jpeg", "fmt/44"),
        (_exif(b"0200", "<"), "image/jpeg", "x-fmt/398"),
        (_exif(b"0210", ">"), "image/jpeg", "x-fmt/390"),
        (_exif(b"0220", "<"), "image/jpeg", "x-fmt/391"),
        (_exif(b"0221", ">"), "image/jpeg", "fmt/645"),
        (_exif(b"0230", "<"), "image/jpeg", "fmt/1507"),
        (_exif(b"0232", ">"), "image/jpeg", "fmt/1507"),
        (_jpeg(b"\xff\xdb\x00\x04\0\0"), "image/jpeg", "fmt/41"),
        (b"II*\0" + bytes(60), "image/tiff", "fmt/353"),
        (b"MM\0*" + bytes(60), "image/tiff", "fmt/353"),
        (b"II+\0" + bytes(60), "image/tiff", "fmt/1917"),
        (b"MM\0+" + bytes(60), "image/tiff", "fmt/1917"),
        (b"RIFF\x20\0\0\0WEBPVP8 " + bytes(30), "image/webp", "fmt/566"),
        (b"RIFF\x20\0\0\0WEBPVP8L" + bytes(30), "image/webp", "fmt/567"),
        (b"RIFF\x20\0\0\0WEBPVP8X" + bytes(30), "image/webp", "fmt/568"),
        (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjp2 " + bytes(30), "image/jp2", "x-fmt/392"),
        (b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14ftypjpx " + bytes(30), "image/jp2", "fmt/151"),
        (b"\xff\x4f\xff\x51" + bytes(60), "image/j2c", None),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1" + bytes(30), "image/avif", None),
    ],
)
def test_formats_have_their_pronom_identifiers(
    tmp_path: Path, data: bytes, mime: str, puid: str | None
) -> None:
    path = tmp_path / "misleading.png"
    path.write_bytes(data)
    found = identify(path)
    assert (found.mime, found.puid) == (mime, puid)


@pytest.mark.parametrize(
    ("options", "puid"),
    [
        ({}, "fmt/11"),
        ({"icc_profile": b"x" * 200}, "fmt/12"),
        ({"pnginfo": "itxt"}, "fmt/13"),
        ({"save_all": True, "append_images": [Image.new("L", (8, 8), 9)]}, "fmt/935"),
    ],
)
def test_versions_of_png_are_told_by_their_chunks(tmp_path: Path, options, puid: str) -> None:
    if "pnginfo" in options:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("Title", "Häuser")
        options = {"pnginfo": info}
    picture(0, (8, 8)).save(tmp_path / "a.png", **options)
    assert identify(tmp_path / "a.png").puid == puid


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"GIF89a" + bytes(60))
    with pytest.raises(UnsupportedPictureError, match="GIF"):
        identify(path)
    path.write_bytes(b"words")
    with pytest.raises(ReadError, match="not an image"):
        identify(path)
