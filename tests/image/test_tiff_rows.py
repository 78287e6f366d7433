"""Parts of TIFF files are what they are in the whole, and are written back the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from picture_files import gradient, tiff_file
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from heliochrome.errors import (
    HeliochromeError,
    OutputConflictError,
    ReadError,
    UnsupportedPictureError,
    WriteError,
)
from heliochrome.image import icc, tiff_rows
from heliochrome.image.formats import tiff
from heliochrome.image.metadata import Metadata, Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.rows import Rows
from heliochrome.image.tiff_rows import open_tiff_rows
from heliochrome.image.write import write_picture, write_rows
from heliochrome.image.xmp import read_records

LAYOUTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "strips": {"rowsperstrip": 7},
    "deflate strips": {"rowsperstrip": 7, "compression": "zlib", "predictor": True},
    "lzw tiles": {"tile": (32, 16), "compression": "lzw"},
    "plain tiles": {"tile": (16, 48)},
    "big endian": {"byteorder": ">", "rowsperstrip": 16},
    "bigtiff": {"bigtiff": True, "compression": "packbits", "rowsperstrip": 3},
    "planar": {"planarconfig": "separate", "rowsperstrip": 9},
    "planar tiles": {"planarconfig": "separate", "tile": (32, 32), "compression": "zlib"},
}


def _same_rows(path: Path) -> tiff.Page:
    whole = read_picture(path)
    with open_tiff_rows(path) as rows:
        assert (rows.height, rows.width) == whole.pixels.shape[:2]
        assert (rows.channels, rows.dtype) == (whole.pixels.shape[2], whole.pixels.dtype)
        assert rows.has_alpha == (whole.alpha is not None)
        for start, stop in ((0, rows.height), (0, 1), (5, 23), (rows.height - 1, rows.height)):
            part = rows.read(start, stop)
            np.testing.assert_array_equal(part.pixels, whole.pixels[start:stop])
            if whole.alpha is not None:
                np.testing.assert_array_equal(part.alpha, whole.alpha[start:stop])
        assert rows.page.icc_profile == whole.icc_profile
        assert rows.page.metadata == whole.metadata
        return rows.page


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_rows_are_those_of_the_whole(tmp_path: Path, layout: str, bits: int) -> None:
    options = LAYOUTS[layout]
    samples = gradient(61, 83, bits=bits)
    if options.get("planarconfig"):
        samples = np.moveaxis(samples, -1, 0)
    _same_rows(tiff_file(tmp_path, samples, photometric="rgb", **options))


@pytest.mark.parametrize("tile", [None, (32, 32)])
def test_all_kinds_of_samples_are_read(tmp_path: Path, tile: tuple[int, int] | None) -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (40, 50, 4)).astype(np.uint8)
    files: list[tuple[np.ndarray, dict[str, Any]]] = [
        (noise[..., 0], {"photometric": "miniswhite"}),
        (noise[..., :2], {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
        (noise, {"photometric": "rgb", "extrasamples": ["assocalpha"]}),
        (noise, {"photometric": "separated"}),
        (noise[..., 0], {"colormap": rng.integers(0, 65536, (3, 256)).astype(np.uint16)}),
        (noise[..., :3] / np.float32(255), {"photometric": "rgb"}),
        ((noise[..., 0] / 255).astype(np.float16), {"photometric": "minisblack"}),
    ]
    if tile is None:
        files.append((noise[..., 0] > 99, {"photometric": "minisblack"}))
    for samples, options in files:
        planar = {"planarconfig": "contig"} if samples.ndim == 3 else {}
        _same_rows(tiff_file(tmp_path, samples, tile=tile, **planar, **options))


def test_jpeg_inside_is_read(tmp_path: Path) -> None:
    path = tmp_path / "jpeg.tif"
    Image.fromarray(gradient(64, 80)).save(path, compression="jpeg", strip_size=16 * 80 * 3)
    _same_rows(path)


def test_what_the_file_says_is_known(tmp_path: Path) -> None:
    photo = Picture(
        gradient(40, 50),
        container="TIFF",
        icc_profile=icc.rgb_profile(1.8),
        metadata=Metadata(dpi=(300, 300), xmp=b"<x/>"),
    )
    write_picture(photo, tmp_path / "a.tif")
    page = _same_rows(tmp_path / "a.tif")
    assert page.icc_profile == photo.icc_profile
    assert page.metadata.dpi == (300, 300)


def test_the_orientation_is_named_and_not_applied(tmp_path: Path) -> None:
    path = tiff_file(
        tmp_path, gradient(20, 30), photometric="rgb", extratags=[(274, 3, 1, 6, True)]
    )
    with open_tiff_rows(path) as rows:
        assert (rows.height, rows.width, rows.page.orientation) == (20, 30, 6)
    assert read_picture(path).pixels.shape == (30, 20, 3)


def test_pieces_too_large_to_be_decoded_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff_rows, "_LARGEST_SEGMENT", 1000)
    path = tiff_file(tmp_path, gradient(), compression="zlib", rowsperstrip=40, photometric="rgb")
    with (
        pytest.raises(UnsupportedPictureError, match="in tiles or in strips"),
        open_tiff_rows(path),
    ):
        pass
    _same_rows(tiff_file(tmp_path, gradient(), photometric="rgb"))  # nothing to decode there


def test_broken_files_are_typed_errors(tmp_path: Path) -> None:
    sound = tiff_file(tmp_path, gradient(), compression="zlib", rowsperstrip=8, photometric="rgb")
    data = bytearray(sound.read_bytes())
    bad = tmp_path / "bad.tif"
    for broken in (b"", b"II*\0", bytes(data[: len(data) // 2]), b"\x89PNG\r\n\x1a\n"):
        bad.write_bytes(broken)
        with pytest.raises(ReadError), open_tiff_rows(bad):
            pass
    with pytest.raises(ReadError, match="does not exist"), open_tiff_rows(tmp_path / "none.tif"):
        pass
    with open_tiff_rows(sound) as rows:
        page = rows._tiff.pages[0]
        offset, count = page.dataoffsets[2], page.databytecounts[2]
    data[offset : offset + count] = bytes(count)
    bad.write_bytes(data)
    with open_tiff_rows(bad) as rows:
        rows.read(0, 16)
        with pytest.raises(ReadError, match="cannot be decoded"):
            rows.read(0, 24)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    samples = np.zeros((40, 40), np.float32)
    samples[30, 3] = np.nan
    path = tiff_file(tmp_path, samples, photometric="minisblack")
    with open_tiff_rows(path) as rows:
        rows.read(0, 30)
        with pytest.raises(UnsupportedPictureError, match="not numbers"):
            rows.read(20, 40)


def _blocks(photo: Picture, size: int) -> list[Rows]:
    whole = Rows(photo.pixels, photo.alpha)
    return [whole.part(top, top + size) for top in range(0, photo.height, size)]


def _page(photo: Picture, **changes: Any) -> tiff.Page:
    page = tiff.Page(
        height=photo.height,
        width=photo.width,
        channels=photo.pixels.shape[2],
        dtype=photo.pixels.dtype,
        has_alpha=photo.alpha is not None,
        icc_profile=photo.icc_profile,
        metadata=photo.metadata,
    )
    return replace(page, **changes)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("alpha", [False, True])
def test_rows_are_written_as_the_whole_is(
    tmp_path: Path, dtype: type, channels: int, alpha: bool
) -> None:
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    samples = (np.random.default_rng(0).random((700, 530, 4)) * full).astype(dtype)
    photo = Picture(
        samples[..., :channels],
        samples[..., 3] if alpha else None,
        metadata=Metadata(dpi=(240, 240)),
    )
    path = tmp_path / "rows.tif"
    write_rows(_blocks(photo, 333), _page(photo), path)
    write_picture(photo, tmp_path / "whole.tif")
    found, expected = read_picture(path), read_picture(tmp_path / "whole.tif")
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    if alpha:
        np.testing.assert_array_equal(found.alpha, expected.alpha)
    assert found.metadata == expected.metadata
    assert found.icc_profile == expected.icc_profile
    _same_rows(path)


def test_metadata_and_provenance_are_written(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Voigt"
    exif.get_ifd(0x8769)[0x9003] = "1998:05:04 12:00:00"
    exif.get_ifd(0x8825)[1] = "N"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    photo = Picture(gradient(), metadata=Metadata(exif=block))
    path = tmp_path / "rows.tif"
    record = Provenance("algorithmicallyEnhanced", {"task": "upscale"})
    write_rows(_blocks(photo, 10), _page(photo, orientation=3), path, provenance=record)
    with Image.open(path) as image:
        found = image.getexif()
        assert found[0x010F] == "Voigt"
        assert found[274] == 3
        assert found.get_ifd(0x8769)[0x9003] == "1998:05:04 12:00:00"
        assert found.get_ifd(0x8825)[1] == "N"
    assert read_records(read_picture(path).metadata.xmp) == [{"task": "upscale"}]


def test_files_above_the_classic_limit_are_big(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff, "_BIG_TIFF_BYTES", 1000)
    photo = Picture(gradient())
    write_rows(_blocks(photo, 10), _page(photo), tmp_path / "big.tif")
    with tifffile.TiffFile(tmp_path / "big.tif") as opened:
        assert opened.is_bigtiff
    np.testing.assert_array_equal(read_picture(tmp_path / "big.tif").pixels, photo.pixels)


def test_big_files_keep_the_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As small ones do, for three readers: this one, tifffile and Pillow."""
    monkeypatch.setattr(tiff, "_BIG_TIFF_BYTES", 1000)
    exif = Image.Exif()
    exif[0x010F] = "Voigt"
    details = exif.get_ifd(0x8769)
    details[0x9003], details[0xA434] = "1998:05:04 12:00:00", "f/4"
    details[0x829A] = IFDRational(1, 250)
    exif.get_ifd(0x8825)[1] = "N"
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    metadata = Metadata(exif=block, xmp=b"<x/>", dpi=(600, 600))
    photo = Picture(gradient(), icc_profile=icc.rgb_profile(1.8), metadata=metadata)
    path = tmp_path / "big.tif"
    write_rows(_blocks(photo, 10), _page(photo), path)
    monkeypatch.undo()
    write_rows(_blocks(photo, 10), _page(photo), tmp_path / "small.tif")
    found, expected = read_picture(path), read_picture(tmp_path / "small.tif")
    assert found.metadata == expected.metadata
    assert found.icc_profile == photo.icc_profile
    np.testing.assert_array_equal(found.pixels, photo.pixels)
    with tifffile.TiffFile(path) as opened:
        assert opened.is_bigtiff
        tags = opened.pages[0].tags
        assert tags["ExifTag"].value["DateTimeOriginal"] == "1998:05:04 12:00:00"
        assert tags["GPSTag"].value["GPSLatitudeRef"] == "N"
    with Image.open(path) as image:
        seen = image.getexif()
        assert seen[0x010F] == "Voigt"
        assert seen.get_ifd(0x8769)[0xA434] == "f/4"
        assert seen.get_ifd(0x8769)[0x829A] == IFDRational(1, 250)


def test_nothing_is_left_of_rows_that_end_in_an_error(tmp_path: Path) -> None:
    photo = Picture(gradient(1200, 20))

    def failing() -> Any:
        yield from _blocks(photo, 600)[:1]
        raise ReadError("photo", "is damaged", "get another")

    with pytest.raises(HeliochromeError, match="is damaged"):
        write_rows(failing(), _page(photo), tmp_path / "out.tif")
    with pytest.raises(ValueError, match="600 rows"):
        write_rows(_blocks(photo, 600)[:1], _page(photo), tmp_path / "out.tif")
    assert list(tmp_path.iterdir()) == []


def test_originals_and_other_files_are_not_overwritten(tmp_path: Path) -> None:
    photo = Picture(gradient())
    path = tmp_path / "photo.tif"
    write_picture(photo, path)
    for options in ({}, {"overwrite": True, "original": path}):
        with pytest.raises(OutputConflictError):
            write_rows(_blocks(photo, 10), _page(photo), path, **options)
    write_rows(_blocks(photo, 10), _page(photo), path, overwrite=True)
    with pytest.raises(WriteError, match=r"\.tif"):
        write_rows(_blocks(photo, 10), _page(photo), tmp_path / "photo.png")
