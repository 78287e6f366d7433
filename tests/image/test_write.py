"""Writing: whole or not at all, nothing lost that the container can hold, no original touched."""

from __future__ import annotations

import errno
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from picture_files import SUFFIXES, gradient, jpeg_bytes, picture
from PIL import Image

from heliochrome.errors import OptionError, OutputConflictError, WriteError
from heliochrome.image import icc
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture

LOSSLESS = [".png", ".tif", ".jp2"]


def only(folder: Path, *names: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("with_alpha", [False, True])
@pytest.mark.parametrize("suffix", LOSSLESS)
def test_lossless_containers_return_every_bit(
    suffix: str, bits: int, channels: int, with_alpha: bool, tmp_path: Path
) -> None:
    alpha = gradient(channels=1, bits=bits)[..., 0] if with_alpha else None
    before = picture(channels=channels, bits=bits, alpha=alpha)
    path = tmp_path / f"out{suffix}"
    write_picture(before, path)
    after = read_picture(path)
    np.testing.assert_array_equal(after.pixels, before.pixels)
    assert after.pixels.dtype == before.pixels.dtype
    assert after.icc_profile is None
    if alpha is None:
        assert after.alpha is None
    else:
        np.testing.assert_array_equal(after.alpha, alpha)
    only(tmp_path, path.name)


def test_tiff_keeps_floats(tmp_path: Path) -> None:
    before = Picture((gradient() / 255).astype(np.float32))
    write_picture(before, tmp_path / "out.tif")
    np.testing.assert_array_equal(read_picture(tmp_path / "out.tif").pixels, before.pixels)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lossy_containers_stay_close(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    write_picture(picture(), path)
    difference = np.abs(read_picture(path).pixels.astype(int) - gradient())
    assert difference.mean() < 1.5


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_lower_quality_is_smaller(suffix: str, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    for quality in (30, 95):
        write_picture(Picture(noise), tmp_path / f"{quality}{suffix}", quality=quality)
    sizes = [(tmp_path / f"{quality}{suffix}").stat().st_size for quality in (30, 95)]
    assert sizes[0] < 0.7 * sizes[1]


def test_deep_samples_are_rounded_to_the_nearest_of_8_bits(tmp_path: Path) -> None:
    levels = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    # A gray JPEG of a single value is exact, so that the rounding itself can be seen.
    for value in (0, 128, 129, 32767, 65406, 65407, 65535):
        flat = Picture(np.full((8, 8, 1), levels.flat[value], np.uint16))
        path = tmp_path / f"{value}.jpg"
        write_picture(flat, path, quality=100)
        assert read_picture(path).pixels[0, 0, 0] == round(value / 257)


@pytest.mark.parametrize(("suffix", "bits"), [(".png", 16), (".jp2", 16), (".jpg", 8)])
def test_floats_are_clipped_and_rounded(suffix: str, bits: int, tmp_path: Path) -> None:
    samples = np.full((8, 8, 1), 0.25, np.float32)
    samples[:, 4:] = 1.4
    path = tmp_path / f"out{suffix}"
    write_picture(Picture(samples), path)
    result = read_picture(path)
    assert result.bit_depth == bits
    full = 2**bits - 1
    np.testing.assert_allclose(result.pixels[0, [0, -1], 0], [full / 4, full], atol=2)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_color_is_tagged_for_others(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    write_picture(picture(), path)
    data = path.read_bytes()
    assert b"sRGB" in data or icc.srgb_profile()[36:200] in data
    assert read_picture(path).icc_profile is None


@pytest.mark.parametrize("suffix", [".webp", ".avif"])
def test_gray_profile_is_converted_where_gray_becomes_rgb(suffix: str, tmp_path: Path) -> None:
    gamma = imagecodecs.cms_profile("gray", gamma=1.8)
    path = tmp_path / f"out{suffix}"
    write_picture(picture(channels=1, icc_profile=gamma), path)
    expected = 1.055 * (gradient(channels=1) / 255) ** (1.8 / 2.4) - 0.055
    result = read_picture(path)
    assert result.icc_profile is None
    np.testing.assert_allclose(result.pixels[5:, 5:, :1] / 255, expected[5:, 5:], atol=0.05)


def test_pillow_agrees_with_what_is_written(tmp_path: Path) -> None:
    for suffix in (".png", ".tif", ".jp2"):
        path = tmp_path / f"out{suffix}"
        write_picture(picture(), path)
        with Image.open(path) as image:
            np.testing.assert_array_equal(np.asarray(image), gradient())


def test_transparency_is_not_lost_in_silence(tmp_path: Path) -> None:
    alpha = np.full((40, 60), 255, np.uint8)
    write_picture(picture(alpha=alpha), tmp_path / "opaque.jpg")
    alpha[3, 3] = 254
    with pytest.raises(WriteError, match=r"transparency.*\.png"):
        write_picture(picture(alpha=alpha), tmp_path / "clear.jpg")
    only(tmp_path, "opaque.jpg")


@pytest.mark.parametrize(
    ("suffix", "shape"),
    [(".jpg", (1, 65_536)), (".webp", (16_384, 1)), (".avif", (1, 16_385))],
)
def test_sides_beyond_the_container(suffix: str, shape: tuple[int, int], tmp_path: Path) -> None:
    large = Picture(np.zeros((*shape, 1), np.uint8))
    with pytest.raises(WriteError, match=r"write a \.png"):
        write_picture(large, tmp_path / f"out{suffix}")
    only(tmp_path)


def test_exif_too_large_for_jpeg(tmp_path: Path) -> None:
    large = picture(metadata=Metadata(exif=b"II*\0" + bytes(70_000)))
    with pytest.raises(WriteError, match=r"EXIF.*do not fit.*\.tif"):
        write_picture(large, tmp_path / "out.jpg")
    only(tmp_path)


@pytest.mark.parametrize("name", ["out", "out.gif", "out.png.bak"])
def test_unknown_suffix(name: str, tmp_path: Path) -> None:
    with pytest.raises(WriteError, match=r"use \.png"):
        write_picture(picture(), tmp_path / name)


@pytest.mark.parametrize("quality", [0, 101, -3])
def test_quality_out_of_range(quality: int, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="1 to 100"):
        write_picture(picture(), tmp_path / "out.jpg", quality=quality)


def test_existing_file_is_kept_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"precious")
    with pytest.raises(OutputConflictError, match="exists"):
        write_picture(picture(), path)
    assert path.read_bytes() == b"precious"
    write_picture(picture(), path, overwrite=True)
    assert read_picture(path).width == 60


@pytest.mark.parametrize("link", ["none", "symbolic", "hard", "through a folder"])
def test_original_is_never_overwritten(link: str, tmp_path: Path) -> None:
    original = tmp_path / "original.jpg"
    original.write_bytes(jpeg_bytes(Image.fromarray(gradient())))
    before = original.read_bytes()
    output = original
    if link == "symbolic":
        output = tmp_path / "out.jpg"
        output.symlink_to(original)
    elif link == "hard":
        output = tmp_path / "out.jpg"
        output.hardlink_to(original)
    elif link == "through a folder":
        (tmp_path / "alias").symlink_to(tmp_path)
        output = tmp_path / "alias" / "original.jpg"
    with pytest.raises(OutputConflictError, match="original"):
        write_picture(picture(), output, original=original, overwrite=True)
    assert original.read_bytes() == before


def test_folder_that_does_not_exist_or_is_a_file(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="folder does not exist"):
        write_picture(picture(), tmp_path / "nowhere" / "out.png")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WriteError, match="folder does not exist"):
        write_picture(picture(), tmp_path / "file" / "out.png")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(WriteError, match="is a directory"):
        write_picture(picture(), tmp_path / "folder.png", overwrite=True)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "may not be written"),
        (errno.EIO, "cannot be written"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failing_disk_leaves_nothing(
    step: str, code: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out.png"
    path.write_bytes(b"before")

    def fail(*_: Any, **__: Any) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail)
    with pytest.raises(WriteError, match=message) as caught:
        write_picture(picture(), path, overwrite=True)
    assert caught.value.subject == str(path)
    assert path.read_bytes() == b"before"
    only(tmp_path, "out.png")


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """/dev/full takes no byte: the temporary file is a link to it."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    target = tmp_path / "out.png"
    part = tmp_path / ".out.png.fixed.part"
    original_open = Path.open

    def open_full(self: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        return (
            original_open(Path("/dev/full"), "wb")
            if self == part
            else original_open(self, mode, *args, **options)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_hex", lambda _: "fixed")
        patch.setattr(Path, "open", open_full)
        with pytest.raises(WriteError, match="disk is full"):
            write_picture(picture(), target)
    only(tmp_path)


def test_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_picture(picture(), tmp_path / "out.png")
    only(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_no_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(WriteError, match="may not be written"):
            write_picture(picture(), tmp_path / "out.png")
    finally:
        tmp_path.chmod(0o700)


def test_encoder_failure_is_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("codec trouble")

    monkeypatch.setattr(imagecodecs, "png_encode", fail)
    with pytest.raises(WriteError, match="codec trouble"):
        write_picture(picture(), tmp_path / "out.png")
    only(tmp_path)


def test_file_gets_the_usual_permissions(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_picture(picture(), tmp_path / "out.png")
    assert (tmp_path / "out.png").stat().st_mode == usual.stat().st_mode


def test_same_picture_gives_the_same_bytes(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
        write_picture(picture(), one)
        write_picture(picture(), two)
        assert one.read_bytes() == two.read_bytes()


def test_picture_is_checked() -> None:
    with pytest.raises(ValueError, match="pixels must be"):
        Picture(np.zeros((4, 4, 2), np.uint8))
    with pytest.raises(ValueError, match="uint8, uint16 or float32"):
        Picture(np.zeros((4, 4, 3), np.int32))
    with pytest.raises(ValueError, match="does not fit"):
        replace(picture(), alpha=np.zeros((4, 4), np.uint8))
