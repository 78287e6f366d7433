"""Image API 3 at level 0 (https://iiif.io/api/image/3.0/), file by file."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import pyvips
import tifffile
from PIL import Image, ImageCms

from heliochrome.archive.export.iiif.display import typed_error
from heliochrome.archive.export.iiif.images import LARGEST, TILE, ImageFolder, ServedImage
from heliochrome.errors import ReadError, WriteError
from heliochrome.image.color import srgb_to_linear
from heliochrome.image.icc import gray_profile, rgb_profile
from sample_archive import gradient

SHA256 = "ab" * 32
NAME = "ab" * 16


@pytest.fixture
def folder(tmp_path: Path) -> ImageFolder:
    return ImageFolder(tmp_path / "images", "https://example.org/iiif/images/")


def info_of(tmp_path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((tmp_path / "images" / NAME / "info.json").read_text())
    return document


def picture(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
    return image


def tile_requests(info: dict[str, Any]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Tiles as clients ask for them (5.4 and the implementation notes), with their sizes."""
    (tiles,) = info["tiles"]
    width, height = info["width"], info["height"]
    for factor in tiles["scaleFactors"]:
        span = tiles["width"] * factor
        for top in range(0, height, span):
            for left in range(0, width, span):
                region = (min(span, width - left), min(span, height - top))
                size = (math.ceil(region[0] / factor), math.ceil(region[1] / factor))
                whole = region == (width, height)
                box = "full" if whole else f"{left},{top},{region[0]},{region[1]}"
                # The canonical form of the full size of the full region is "max".
                wanted = "max" if whole and factor == 1 else f"{size[0]},{size[1]}"
                yield f"{box}/{wanted}/0/default.jpg", size


SIZES = [
    (1, 1),
    (500, 300),
    (TILE, TILE),
    (TILE + 1, 300),
    (2 * TILE, TILE),
    (2 * TILE + 1, 2 * TILE + 1),
    (1601, 1203),
    (2501, 40),
]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_tile_that_info_json_promises_is_a_file_of_its_size(
    folder: ImageFolder, tmp_path: Path, size: tuple[int, int]
) -> None:
    source = tmp_path / "scan.png"
    Image.fromarray(gradient(*size)).save(source)
    folder.make(SHA256, source)
    info = info_of(tmp_path)
    assert (info["width"], info["height"]) == size
    home = tmp_path / "images" / NAME
    for address, expected in tile_requests(info):
        assert picture(home / address).size == expected, address
    files = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    assert {name for name in files if not name.endswith("/0/default.jpg")} == {"info.json"}


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_info_json_keeps_the_rules_of_level_0(
    folder: ImageFolder, tmp_path: Path, size: tuple[int, int]
) -> None:
    source = tmp_path / "scan.png"
    Image.fromarray(gradient(*size)).save(source)
    folder.make(SHA256, source)
    info = info_of(tmp_path)
    assert info["@context"] == "http://iiif.io/api/image/3/context.json"
    assert info["id"] == f"https://example.org/iiif/images/{NAME}"
    assert (info["type"], info["profile"]) == ("ImageService3", "level0")
    assert info["protocol"] == "http://iiif.io/api/image"
    home = tmp_path / "images" / NAME
    for entry in info["sizes"]:
        address = f"full/{entry['width']},{entry['height']}/0/default.jpg"
        assert picture(home / address).size == (entry["width"], entry["height"])
    # Level 0 has to answer full/max; it may be limited by maxWidth and maxHeight (5.2, 5.3).
    limits = (info.get("maxWidth", size[0]), info.get("maxHeight", size[1]))
    assert picture(home / "full/max/0/default.jpg").size == limits
    assert max(limits) == min(LARGEST, max(size))
    factors = info["tiles"][0]["scaleFactors"]
    assert factors == [2**level for level in range(len(factors))]


def test_what_is_served_is_found_again_and_not_made_again(
    folder: ImageFolder, tmp_path: Path
) -> None:
    source = tmp_path / "scan.png"
    Image.fromarray(gradient(1000, 700)).save(source)
    assert folder.find(SHA256) is None
    made = folder.make(SHA256, source)
    assert folder.find(SHA256) == made
    assert isinstance(made, ServedImage)
    assert (made.small, made.large, made.scale_factors) == ((500, 350), (1000, 700), (1, 2))
    assert (tmp_path / "images" / made.small_path).is_file()
    assert (tmp_path / "images" / made.large_path).is_file()
    assert folder.made == 1


def test_another_address_changes_the_id_and_no_tile(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.png"
    Image.fromarray(gradient(800, 80)).save(source)
    folder.make(SHA256, source)
    tile = tmp_path / "images" / NAME / "0,0,768,80" / "768,80" / "0" / "default.jpg"
    before = tile.stat().st_mtime_ns
    moved = ImageFolder(tmp_path / "images", "https://example.com/")
    assert moved.find(SHA256) is not None
    assert info_of(tmp_path)["id"] == f"https://example.com/{NAME}"
    assert tile.stat().st_mtime_ns == before


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"tiles": [{"width": 256}]}'])
def test_what_is_damaged_or_of_an_older_form_is_made_again(
    folder: ImageFolder, tmp_path: Path, content: bytes
) -> None:
    source = tmp_path / "scan.png"
    Image.fromarray(gradient(60, 40)).save(source)
    folder.make(SHA256, source)
    (tmp_path / "images" / NAME / "info.json").write_bytes(content)
    assert folder.find(SHA256) is None
    folder.make(SHA256, source)
    assert folder.find(SHA256) is not None


def test_a_file_that_is_no_picture_leaves_nothing(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    source.write_bytes(b"no picture at all")
    with pytest.raises(ReadError):
        folder.make(SHA256, source)
    assert list((tmp_path / "images").iterdir()) == []


def test_a_truncated_picture_is_an_error_that_names_it(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.jpg"
    Image.fromarray(gradient(900, 900)).save(source)
    source.write_bytes(source.read_bytes()[:5000])
    with pytest.raises(ReadError, match=r"scan\.jpg"):
        folder.make(SHA256, source)
    assert list((tmp_path / "images").iterdir()) == []


def test_a_full_disk_is_no_fault_of_the_picture(tmp_path: Path) -> None:
    said = f"wbuffer_write: write failed\nunix error: {os.strerror(errno.ENOSPC)}\n"
    error = typed_error(tmp_path / "scan.tif", pyvips.Error("unable to save", said))
    assert isinstance(error, WriteError)
    assert error.problem == "the disk is full"


def test_images_of_former_items_are_removed(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.png"
    Image.fromarray(gradient(60, 40)).save(source)
    folder.make(SHA256, source)
    folder.make("cd" * 32, source)
    assert folder.keep_only({NAME}) == 1
    assert [path.name for path in (tmp_path / "images").iterdir()] == [NAME]


def shown(folder: ImageFolder, tmp_path: Path, source: Path) -> np.ndarray:
    """The large picture as a browser shows it, of samples that JPEG hardly changes."""
    image = folder.make(SHA256, source)
    return np.asarray(picture(tmp_path / "images" / image.large_path))


def test_16_bit_gray_is_shown_in_8_bits(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    levels = np.full((64, 64), 40_000, np.uint16)
    tifffile.imwrite(source, levels, photometric="minisblack")
    assert np.abs(shown(folder, tmp_path, source).astype(int) - 40_000 / 257).max() <= 1


def test_a_gray_profile_is_brought_to_srgb(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.tif"
    levels = np.full((64, 64), 128, np.uint8)
    tifffile.imwrite(source, levels, photometric="minisblack", iccprofile=gray_profile(1.0))
    pixels = shown(folder, tmp_path, source)
    assert pixels.ndim == 2
    assert np.abs(srgb_to_linear(pixels / 255.0) - 128 / 255).max() < 0.01


def test_a_linear_rgb_profile_is_brought_to_srgb(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.png"
    profile = rgb_profile(1.0)
    Image.fromarray(np.full((64, 64, 3), (200, 100, 50), np.uint8)).save(
        source, icc_profile=profile
    )
    pixels = shown(folder, tmp_path, source)
    linear = srgb_to_linear(pixels.mean(axis=(0, 1)) / 255)
    np.testing.assert_allclose(linear, np.array((200, 100, 50)) / 255, atol=0.02)


def test_cmyk_is_shown_as_rgb(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.jpg"
    Image.new("CMYK", (64, 64), (0, 255, 255, 0)).save(source, quality=95)
    red, green, blue = shown(folder, tmp_path, source).mean(axis=(0, 1))
    assert red > 180
    assert max(green, blue) < 90


def test_orientation_is_applied(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(gradient(120, 80)).save(source, exif=exif)
    image = folder.make(SHA256, source)
    assert (image.width, image.height) == (80, 120)


def test_transparent_parts_are_white(folder: ImageFolder, tmp_path: Path) -> None:
    source = tmp_path / "scan.png"
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(source)
    assert shown(folder, tmp_path, source).min() >= 254


def test_jpeg_2000_and_floating_point_are_read_too(folder: ImageFolder, tmp_path: Path) -> None:
    jpeg2000 = tmp_path / "scan.jp2"
    jpeg2000.write_bytes(imagecodecs.jpeg2k_encode(np.full((64, 64, 3), (20, 120, 220), np.uint8)))
    np.testing.assert_allclose(
        shown(folder, tmp_path, jpeg2000).mean(axis=(0, 1)), (20, 120, 220), atol=3
    )
    floating = tmp_path / "scan.tif"
    tifffile.imwrite(floating, np.full((64, 64), 0.5, np.float32), photometric="minisblack")
    assert abs(shown(folder, tmp_path, floating).mean() - 127.5) <= 1


def test_what_browsers_get_is_untagged_srgb_without_metadata(
    folder: ImageFolder, tmp_path: Path
) -> None:
    source = tmp_path / "scan.jpg"
    exif = Image.Exif()
    exif[0x010E] = "secret"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(gradient(64, 64)).save(source, exif=exif, icc_profile=profile)
    image = folder.make(SHA256, source)
    for path in (tmp_path / "images" / image.name).rglob("*.jpg"):
        assert b"secret" not in path.read_bytes()
        assert "icc_profile" not in picture(path).info
