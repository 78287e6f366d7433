"""Bad input: always a typed error that names the file and a remedy, never more memory or time."""

from __future__ import annotations

import os
import stat
import struct
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from picture_files import (
    SUFFIXES,
    file_bytes,
    gradient,
    ink_profile,
    jpeg_bytes,
    picture,
    pillow_file,
    tiff_file,
)
from PIL import Image

from heliochrome.errors import (
    HeliochromeError,
    PictureTooLargeError,
    ReadError,
    UnsupportedPictureError,
)
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture

RGB8 = gradient()


def stored(folder: Path, data: bytes, name: str = "input") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def refused(path: Path, kind: type[HeliochromeError] = ReadError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        read_picture(path, **options)
    assert caught.value.subject == str(path)
    assert caught.value.remedy
    return caught.value.problem


def png_header(width: int, height: int, bits: int = 8, kind: int = 2) -> bytes:
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def test_missing_file(tmp_path: Path) -> None:
    assert "does not exist" in refused(tmp_path / "nowhere.png")


def test_directory_and_pipe(tmp_path: Path) -> None:
    assert "is not a file" in refused(tmp_path)
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    assert "is not a file" in refused(pipe)


def test_impossible_names(tmp_path: Path) -> None:
    refused(tmp_path / ("x" * 300))
    refused(tmp_path / "a\0b")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = stored(tmp_path, file_bytes(".png", tmp_path))
    path.chmod(0)
    assert "may not be read" in refused(path)


def test_no_permission_as_told_by_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, file_bytes(".png", tmp_path))

    def deny(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    assert "may not be read" in refused(path)
    assert stat.S_ISREG(path.stat().st_mode)


def test_zero_bytes(tmp_path: Path) -> None:
    assert "empty" in refused(stored(tmp_path, b""))


@pytest.mark.parametrize("data", [b"hello", b"\xff\xd8", b"\0" * 100, b"RIFF\0\0\0\0WAVE"])
def test_not_an_image(data: bytes, tmp_path: Path) -> None:
    assert "not an image" in refused(stored(tmp_path, data))


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"BM" + bytes(60), "bitmap"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "film"),
    ],
)
def test_other_kinds_are_named(data: bytes, name: str, tmp_path: Path) -> None:
    assert name in refused(stored(tmp_path, data), UnsupportedPictureError)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0.3, 0.7, 0.99])
def test_truncated(suffix: str, share: float, tmp_path: Path) -> None:
    data = file_bytes(suffix, tmp_path)
    refused(stored(tmp_path, data[: int(len(data) * share)]))


def test_jpeg_without_its_last_byte(tmp_path: Path) -> None:
    data = jpeg_bytes(Image.fromarray(RGB8), progressive=True)
    assert "truncated" in refused(stored(tmp_path, data[:-1]))


def test_jpeg_with_bytes_after_its_end_is_read(tmp_path: Path) -> None:
    data = jpeg_bytes(Image.fromarray(RGB8)) + b"a film that a phone appended"
    assert read_picture(stored(tmp_path, data)).pixels.shape == RGB8.shape


def test_png_with_a_wrong_checksum(tmp_path: Path) -> None:
    data = bytearray(file_bytes(".png", tmp_path))
    data[data.index(b"IDAT") + 30] ^= 0xFF
    assert "PNG" in refused(stored(tmp_path, bytes(data)))


def bomb_png() -> bytes:
    packed = b"IDAT" + zlib.compress(bytes(100))
    chunk = struct.pack(">I", len(packed) - 4) + packed + struct.pack(">I", zlib.crc32(packed))
    return png_header(30_000, 30_000) + chunk


def bomb_jpeg() -> bytes:
    data = bytearray(jpeg_bytes(Image.fromarray(RGB8)))
    position = data.index(b"\xff\xc0") + 5
    data[position : position + 4] = struct.pack(">HH", 30_000, 30_000)
    return bytes(data)


def bomb_webp() -> bytes:
    header = b"VP8X" + struct.pack("<I", 10) + bytes(4)
    header += (16_000).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", len(header) + 4) + b"WEBP" + header


def bomb_jpeg2000() -> bytes:
    data = bytearray(imagecodecs.jpeg2k_encode(RGB8, codecformat="j2k", reversible=True))
    data[8:16] = struct.pack(">II", 30_000, 30_000)
    return bytes(data)


def bomb_tiff() -> bytes:
    entries = [
        (256, 4, 30_000),
        (257, 4, 30_000),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, 30_000),
        (279, 4, 100),
    ]
    table = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + table + bytes(104)


BOMBS = {
    "PNG": bomb_png,
    "JPEG": bomb_jpeg,
    "WebP": bomb_webp,
    "JPEG 2000": bomb_jpeg2000,
    "TIFF": bomb_tiff,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_header_bombs_are_refused_before_memory_is_taken(bomb: Any, tmp_path: Path) -> None:
    path = stored(tmp_path, bomb())
    # Once beforehand, so that imports do not count.
    refused(path)
    tracemalloc.start()
    try:
        assert "cannot hold" in refused(path)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pixel_limit(suffix: str, tmp_path: Path) -> None:
    path = stored(tmp_path, file_bytes(suffix, tmp_path))
    limit = RGB8.shape[0] * RGB8.shape[1]
    assert read_picture(path, max_pixels=limit).width == RGB8.shape[1]
    assert str(limit - 1) in refused(path, PictureTooLargeError, max_pixels=limit - 1)


def test_large_blank_pages_are_read(tmp_path: Path) -> None:
    """What compresses extremely well is no bomb: each limit follows from its compression."""
    blank = np.full((3000, 2000, 1), 255, np.uint8)
    for suffix in SUFFIXES:
        path = tmp_path / f"blank{suffix}"
        write_picture(Picture(blank), path)
        assert read_picture(path).height == 3000


def test_memory_that_does_not_suffice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(imagecodecs, "png_decode", exhaust)
    path = stored(tmp_path, file_bytes(".png", tmp_path))
    assert "memory" in refused(path, PictureTooLargeError)


@pytest.mark.parametrize("suffix", [".webp", ".png", ".avif", ".gif"])
def test_animations(suffix: str, tmp_path: Path) -> None:
    frames = [Image.fromarray(RGB8), Image.fromarray(255 - RGB8)]
    options = {"save_all": True, "append_images": frames[1:]}
    path = pillow_file(tmp_path, f"moving{suffix}", frames[0], **options)
    refused(path, UnsupportedPictureError)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_floats_that_are_no_numbers(value: float, tmp_path: Path) -> None:
    samples = np.full((8, 8), 0.5, np.float32)
    samples[3, 4] = value
    path = tiff_file(tmp_path, samples)
    assert "not numbers" in refused(path, UnsupportedPictureError)


def test_floats_on_another_scale(tmp_path: Path) -> None:
    path = tiff_file(tmp_path, np.linspace(0, 255, 64, dtype=np.float32).reshape(8, 8))
    assert "0 to 255" in refused(path, UnsupportedPictureError)
    path = tiff_file(tmp_path, np.linspace(-0.1, 1.2, 64, dtype=np.float32).reshape(8, 8))
    assert read_picture(path).bit_depth == 32


@pytest.mark.parametrize(
    ("samples", "options"),
    [
        (np.zeros((8, 8), np.int16), {}),
        (np.zeros((8, 8), np.uint32), {}),
        (np.zeros((8, 8), np.complex64), {}),
        (np.zeros((8, 8, 3), np.uint8), {"photometric": "cielab"}),
        (np.zeros((8, 8, 5), np.uint8), {"photometric": "minisblack", "planarconfig": "contig"}),
    ],
    ids=["signed", "32-bit", "complex", "Lab", "spectral"],
)
def test_tiff_of_kinds_not_processed(samples: Any, options: dict[str, Any], tmp_path: Path) -> None:
    path = tiff_file(tmp_path, samples, **options)
    assert "not processed" in refused(path, UnsupportedPictureError)


def test_tiff_pointing_beyond_its_end(tmp_path: Path) -> None:
    path = tiff_file(tmp_path, RGB8, photometric="rgb")
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        place = tiff.pages[0].tags["StripOffsets"].valueoffset
    data[place : place + 4] = struct.pack("<I", 1 << 30)
    assert "truncated" in refused(stored(tmp_path, bytes(data)))


PROFILES = {
    "garbled": b"\0" * 200,
    "cut": imagecodecs.cms_profile("adobergb")[:300],
    "gray on RGB": imagecodecs.cms_profile("gray", gamma=2.2),
    "inks on RGB": ink_profile(),
}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES.keys())
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_profiles_that_do_not_fit(suffix: str, profile: bytes, tmp_path: Path) -> None:
    path = pillow_file(tmp_path, f"odd{suffix}", Image.fromarray(RGB8), icc_profile=profile)
    assert "ICC profile" in refused(path)


def test_png_profile_that_cannot_be_unpacked(tmp_path: Path) -> None:
    sound = tmp_path / "sound.png"
    write_picture(picture(icc_profile=imagecodecs.cms_profile("adobergb")), sound)
    data = bytearray(sound.read_bytes())
    start = data.index(b"iCCP")
    data[start + 20 : start + 40] = bytes(20)
    assert "cannot be unpacked" in refused(stored(tmp_path, bytes(data)))


def test_compressed_text_bomb_in_png(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(200_000_000), 9)
    body = b"iTXtXML:com.adobe.xmp\0\1\0\0\0" + packed
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    data = file_bytes(".png", tmp_path)
    assert "unreasonably" in refused(stored(tmp_path, data[:33] + chunk + data[33:]))


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(
    max_examples=60, deadline=5000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(edits=st.data())
def test_mutated_files_give_a_picture_or_a_typed_error(
    suffix: str, edits: st.DataObject, tmp_path: Path
) -> None:
    data = bytearray(file_bytes(suffix, tmp_path))
    # Damage near the start hits headers, where decoders break in the most ways.
    place = st.one_of(st.integers(0, min(250, len(data) - 1)), st.integers(0, len(data) - 1))
    for position, value in edits.draw(
        st.lists(st.tuples(place, st.integers(0, 255)), min_size=1, max_size=6)
    ):
        data[position] = value
    if edits.draw(st.booleans()):
        del data[edits.draw(st.integers(1, len(data) - 1)) :]
    path = stored(tmp_path, bytes(data))
    with suppress(HeliochromeError):
        assert read_picture(path, max_pixels=4_000_000).pixels.size
