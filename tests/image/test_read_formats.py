"""What each container holds comes out whole: depth, color model, orientation, profile, alpha."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from picture_files import (
    SUFFIXES,
    gradient,
    ink_profile,
    jpeg_bytes,
    picture,
    pillow_file,
    tiff_file,
)
from PIL import Image, ImageOps

from heliochrome.errors import UnsupportedPictureError
from heliochrome.image import icc
from heliochrome.image.color import LUMINANCE_WEIGHTS, luminance_to_lightness
from heliochrome.image.lightness import lightness
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture

ADOBE_RGB = imagecodecs.cms_profile("adobergb")
RGB8 = gradient()
GRAY8 = RGB8[..., 0]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".jp2"])
def test_pillow_files_of_every_container(suffix: str, tmp_path: Path) -> None:
    options: dict[str, Any] = {".jp2": {"irreversible": False}}.get(suffix, {"quality": 98})
    path = pillow_file(tmp_path, "made" + suffix, Image.fromarray(RGB8), **options)
    result = read_picture(path)
    assert result.pixels.shape == RGB8.shape
    assert result.bit_depth == 8
    assert result.alpha is None
    assert np.abs(result.pixels.astype(int) - RGB8).mean() < 3


def test_content_decides_and_not_the_suffix(tmp_path: Path) -> None:
    path = tmp_path / "really.png"
    path.write_bytes(jpeg_bytes(Image.fromarray(GRAY8)))
    result = read_picture(path)
    assert result.container == "JPEG"
    assert result.is_gray


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_orientation_is_applied_as_pillow_does(
    orientation: int, suffix: str, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Maker"
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    path = pillow_file(tmp_path, "turned" + suffix, Image.fromarray(RGB8), exif=exif, **options)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    result = read_picture(path)
    assert result.pixels.shape == expected.shape
    # Two JPEG decoders may round differently.
    np.testing.assert_allclose(result.pixels.astype(int), expected, atol=4)
    assert result.metadata.exif is not None
    stated = Image.Exif()
    stated.load(result.metadata.exif)
    assert stated.get(0x0112, 1) == 1


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2"])
def test_sixteen_bits_stay(suffix: str, channels: int, tmp_path: Path) -> None:
    path = tmp_path / f"deep{suffix}"
    deep = picture(channels=channels, bits=16)
    write_picture(deep, path)
    result = read_picture(path)
    assert result.bit_depth == 16
    np.testing.assert_array_equal(result.pixels, deep.pixels)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "LA", "RGBA", "I;16"])
def test_png_of_every_color_type(mode: str, tmp_path: Path) -> None:
    source = Image.fromarray(RGB8).convert("RGB" if mode in ("RGB", "P") else "L")
    image = Image.fromarray(GRAY8.astype(np.uint16) * 257) if mode == "I;16" else source
    if mode != "I;16":
        image = source.convert(mode)
    path = pillow_file(tmp_path, "made.png", image)
    result = read_picture(path)
    target = {"1": "L", "P": "RGB", "LA": "L", "RGBA": "RGB"}.get(mode, mode)
    expected = np.asarray(image.convert(target) if target != mode else image)
    np.testing.assert_array_equal(np.squeeze(result.pixels), expected)
    assert (result.alpha is not None) == (mode in ("LA", "RGBA"))


def test_png_palette_with_transparency(tmp_path: Path) -> None:
    image = Image.fromarray(RGB8).quantize(16)
    path = pillow_file(tmp_path, "made.png", image, bits=4, transparency=3)
    result = read_picture(path)
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(result.pixels, expected)
    assert result.alpha is not None
    np.testing.assert_array_equal(result.alpha == 0, np.asarray(image) == 3)


TIFF_OPTIONS: dict[str, dict[str, Any]] = {
    "strips": {},
    "lzw": {"compression": "lzw"},
    "lzw with predictor": {"compression": "lzw", "predictor": True},
    "deflate": {"compression": "zlib"},
    "packbits": {"compression": "packbits"},
    "small strips": {"rowsperstrip": 7, "compression": "zlib"},
    "tiles": {"tile": (16, 32), "compression": "lzw"},
    "big-endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
}


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("options", TIFF_OPTIONS.values(), ids=TIFF_OPTIONS.keys())
def test_tiff_layouts(options: dict[str, Any], bits: int, tmp_path: Path) -> None:
    samples = gradient(bits=bits)
    path = tiff_file(tmp_path, samples, photometric="rgb", **options)
    result = read_picture(path)
    assert result.bit_depth == bits
    np.testing.assert_array_equal(result.pixels, samples)


def test_tiff_planes(tmp_path: Path) -> None:
    planes = np.moveaxis(gradient(bits=16), -1, 0)
    path = tiff_file(tmp_path, planes, photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_picture(path).pixels, gradient(bits=16))


def test_tiff_jpeg_compression(tmp_path: Path) -> None:
    path = tiff_file(tmp_path, RGB8, photometric="rgb", compression="jpeg")
    assert np.abs(read_picture(path).pixels.astype(int) - RGB8).mean() < 4


def test_tiff_floats(tmp_path: Path) -> None:
    samples = (RGB8 / 255).astype(np.float32)
    for dtype in (np.float16, np.float32, np.float64):
        path = tiff_file(tmp_path, samples.astype(dtype), photometric="rgb")
        result = read_picture(path)
        assert result.bit_depth == 32
        np.testing.assert_allclose(result.pixels, samples, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tiff_white_is_zero(dtype: type, tmp_path: Path) -> None:
    full = 1.0 if dtype == np.float32 else float(np.iinfo(dtype).max)
    samples = (GRAY8 / 255 * full).astype(dtype)
    path = tiff_file(tmp_path, samples, photometric="miniswhite")
    result = read_picture(path)
    np.testing.assert_allclose(result.pixels[..., 0], full - samples, rtol=1e-6)


@pytest.mark.parametrize("compression", [None, "group4"])
def test_tiff_bilevel(compression: str | None, tmp_path: Path) -> None:
    image = Image.fromarray(GRAY8).convert("1")
    path = pillow_file(tmp_path, "fax.tif", image, compression=compression)
    result = read_picture(path)
    np.testing.assert_array_equal(result.pixels[..., 0], np.asarray(image.convert("L")))


def test_tiff_twelve_bits_fill_sixteen(tmp_path: Path) -> None:
    samples = np.array([[0, 1, 2048, 4095]], np.uint16)
    path = tiff_file(tmp_path, samples, bitspersample=12, photometric="minisblack")
    expected = np.rint(samples * (65535 / 4095))
    np.testing.assert_array_equal(read_picture(path).pixels[..., 0], expected)


def test_tiff_palettes_of_8_and_16_bits(tmp_path: Path) -> None:
    indices = np.arange(256, dtype=np.uint8).reshape(16, 16)
    ramp = np.arange(256, dtype=np.uint16)
    colors = np.stack([ramp, ramp[::-1], ramp // 2])
    for scale in (1, 256, 257):
        path = tiff_file(
            tmp_path, indices, photometric="palette", colormap=(colors * scale).astype(np.uint16)
        )
        np.testing.assert_array_equal(read_picture(path).pixels, colors.T[indices].astype(np.uint8))
    fine = (colors * 257 - colors // 3).astype(np.uint16)
    path = tiff_file(tmp_path, indices, photometric="palette", colormap=fine)
    np.testing.assert_array_equal(read_picture(path).pixels, fine.T[indices])


def test_tiff_alpha_straight_and_premultiplied(tmp_path: Path) -> None:
    alpha = np.full(RGB8.shape[:2], 128, np.uint8)
    straight = np.dstack([RGB8, alpha])
    path = tiff_file(tmp_path, straight, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(read_picture(path).pixels, RGB8)
    premultiplied = np.dstack([np.rint(RGB8 * (128 / 255)).astype(np.uint8), alpha])
    path = tiff_file(tmp_path, premultiplied, photometric="rgb", extrasamples=["assocalpha"])
    result = read_picture(path)
    np.testing.assert_allclose(result.pixels.astype(int), RGB8, atol=1)
    np.testing.assert_array_equal(result.alpha, alpha)


def test_tiff_channels_that_are_not_alpha_are_left_out(tmp_path: Path) -> None:
    samples = np.dstack([RGB8, GRAY8])
    path = tiff_file(tmp_path, samples, photometric="rgb", extrasamples=["unspecified"])
    result = read_picture(path)
    assert result.alpha is None
    np.testing.assert_array_equal(result.pixels, RGB8)


def test_first_of_several_pages_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(GRAY8, photometric="minisblack")
        writer.write(255 - GRAY8, photometric="minisblack")
    np.testing.assert_array_equal(read_picture(path).pixels[..., 0], GRAY8)


def cmyk_of(samples: NDArray[np.uint8], folder: Path, kind: str, profile: bytes | None) -> Path:
    image = Image.fromarray(samples, "CMYK")
    options: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if kind == "tif":
        return pillow_file(folder, "inks.tif", image, **options)
    return pillow_file(folder, "inks.jpg", image, quality=100, subsampling=0, **options)


@pytest.mark.parametrize("kind", ["tif", "jpg"])
@pytest.mark.parametrize("with_profile", [False, True])
def test_cmyk_becomes_srgb(kind: str, with_profile: bool, tmp_path: Path) -> None:
    patches = np.array([[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 255, 0], [0, 0, 0, 255]], np.uint8)
    inks = patches.repeat(16, 0)[None].repeat(16, 0)
    profile = ink_profile() if with_profile else None
    path = cmyk_of(inks, tmp_path, kind, profile)
    result = read_picture(path)
    assert result.icc_profile is None
    # Pillow writes CMYK JPEG as Adobe does, inverted; both containers must give the same colors.
    expected = icc.cmyk_to_srgb(inks, profile)
    np.testing.assert_allclose(result.pixels.astype(int), expected, atol=6)


def test_cmyk_jpeg_without_adobe_marker_is_not_inverted(tmp_path: Path) -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[..., 0] = 255
    # Pillow inverts and marks; with the marker gone the same numbers mean the opposite.
    data = jpeg_bytes(Image.fromarray(255 - inks, "CMYK"), quality=100)
    start = data.index(b"\xff\xee")
    length = int.from_bytes(data[start + 2 : start + 4], "big")
    path = tmp_path / "plain.jpg"
    path.write_bytes(data[:start] + data[start + 2 + length :])
    np.testing.assert_allclose(read_picture(path).pixels[0, 0], (0, 255, 255), atol=3)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_profile_survives(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"tagged{suffix}"
    write_picture(picture(icc_profile=ADOBE_RGB), path)
    assert read_picture(path).icc_profile == ADOBE_RGB


def test_profile_of_several_jpeg_segments(tmp_path: Path) -> None:
    large = ink_profile() + bytes(150_000)
    large = len(large).to_bytes(4, "big") + large[4:]
    path = tmp_path / "large.jpg"
    image = Image.fromarray(np.zeros((8, 8, 4), np.uint8), "CMYK")
    path.write_bytes(jpeg_bytes(image, icc_profile=large))
    np.testing.assert_allclose(read_picture(path).pixels, 255, atol=2)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp", ".avif", ".jp2"])
def test_alpha_is_carried(suffix: str, tmp_path: Path) -> None:
    alpha = gradient(channels=1)[..., 0]
    path = tmp_path / f"clear{suffix}"
    write_picture(picture(alpha=alpha), path)
    result = read_picture(path)
    assert result.alpha is not None
    np.testing.assert_allclose(result.alpha.astype(int), alpha, atol=3)


def test_ten_bit_avif_becomes_sixteen(tmp_path: Path) -> None:
    samples = (gradient(bits=16) >> 6).astype(np.uint16)
    path = tmp_path / "deep.avif"
    path.write_bytes(imagecodecs.avif_encode(samples, 100, bitspersample=10))
    result = read_picture(path)
    assert result.bit_depth == 16
    assert np.abs(result.pixels.astype(int) - samples * (65535 / 1023)).mean() < 700


def test_bare_and_twelve_bit_jpeg_2000(tmp_path: Path) -> None:
    samples = (gradient(channels=1, bits=16)[..., 0] >> 4).astype(np.uint16)
    path = tmp_path / "deep.j2k"
    path.write_bytes(
        imagecodecs.jpeg2k_encode(samples, codecformat="j2k", bitspersample=12, reversible=True)
    )
    expected = np.rint(samples * (65535 / 4095))
    np.testing.assert_allclose(read_picture(path).pixels[..., 0], expected, atol=1)


@pytest.mark.parametrize(
    ("suffix", "tolerance"), [(".png", 0.01), (".jpg", 0.5), (".tif", 0), (".jp2", 0.03)]
)
def test_resolution_survives(suffix: str, tolerance: float, tmp_path: Path) -> None:
    path = tmp_path / f"scan{suffix}"
    write_picture(picture(metadata=Metadata(dpi=(300.0, 600.0))), path)
    dpi = read_picture(path).metadata.dpi
    assert dpi == pytest.approx((300, 600), abs=tolerance + 1e-9)


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_extreme_shapes(suffix: str, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / f"odd{suffix}"
    pixels = np.full((*size, 3), 77, np.uint8)
    write_picture(Picture(pixels), path)
    result = read_picture(path)
    assert result.pixels.shape == pixels.shape
    np.testing.assert_allclose(result.pixels.astype(int), 77, atol=3)


def test_reading_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    """Pillow warns and tifffile logs about oddities; neither may reach the terminal."""
    image = Image.fromarray(RGB8).quantize(16)
    read_picture(pillow_file(tmp_path, "a.png", image, transparency=b"\0\1\2"))
    exif = Image.Exif()
    exif[0x9003] = "garbled"
    read_picture(pillow_file(tmp_path, "b.jpg", Image.fromarray(RGB8), exif=exif.tobytes()[:30]))
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, GRAY8, extratags=[(270, 2, 4, b"a\xff\xfe\0", True)], metadata=None)
    odd = tmp_path / "c.tif"
    odd.write_bytes(buffer.getvalue())
    read_picture(odd)
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")


def with_chunk(path: Path, kind: bytes, payload: bytes) -> Path:
    data = path.read_bytes()
    checksum = struct.pack(">I", zlib.crc32(kind + payload))
    chunk = struct.pack(">I", len(payload)) + kind + payload + checksum
    path.write_bytes(data[:33] + chunk + data[33:])
    return path


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_png_gamma_is_honored(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(RGB8).convert(mode)
    path = with_chunk(pillow_file(tmp_path, "a.png", image), b"gAMA", struct.pack(">I", 100_000))
    linear = np.asarray(image)[20, 30].reshape(-1) / 255
    weights = [1.0] if mode == "L" else LUMINANCE_WEIGHTS
    expected = luminance_to_lightness(float(np.dot(linear, weights)))
    assert lightness(read_picture(path))[20, 30] == pytest.approx(expected, abs=0.05)


def test_png_gamma_of_srgb_needs_no_profile(tmp_path: Path) -> None:
    path = pillow_file(tmp_path, "a.png", Image.fromarray(RGB8))
    assert read_picture(with_chunk(path, b"gAMA", struct.pack(">I", 45_455))).icc_profile is None


def test_png_primaries_are_honored(tmp_path: Path) -> None:
    path = pillow_file(tmp_path, "a.png", Image.fromarray(RGB8))
    adobe = (31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000)
    with_chunk(path, b"cHRM", struct.pack(">8I", *adobe))
    with_chunk(path, b"gAMA", struct.pack(">I", round(100_000 * 256 / 563)))
    expected = lightness(Picture(RGB8, icc_profile=ADOBE_RGB))
    np.testing.assert_allclose(lightness(read_picture(path)), expected, atol=0.1)


def test_png_of_hdr_is_refused(tmp_path: Path) -> None:
    path = pillow_file(tmp_path, "a.png", Image.fromarray(RGB8))
    with pytest.raises(UnsupportedPictureError, match="HDR"):
        read_picture(with_chunk(path, b"cICP", bytes([9, 16, 0, 1])))
