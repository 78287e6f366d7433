from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import rgb2lab

from heliochrome.errors import DataError, ReadError
from heliochrome.evaluation.truth import gray_photo, hash_of_files, list_photos, read_true_photo


def save(path: Path, pixels: np.ndarray, **options) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def colors(seed: int = 1, size: tuple[int, int] = (8, 12)) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)


def test_gray_has_the_lightness_of_the_photo() -> None:
    pixels = colors()
    gray = gray_photo(pixels)
    assert gray.pixels.shape == (8, 12, 1)
    expected = rgb2lab(pixels)[..., 0]
    found = rgb2lab(np.repeat(gray.pixels, 3, axis=2))[..., 0]
    # Half an 8-bit level is up to 0.254 L*, where L* is steepest over the levels.
    np.testing.assert_allclose(found, expected, atol=0.255)


def test_gray_of_gray_is_itself() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(
        gray_photo(np.stack([levels] * 3, axis=-1)).pixels[..., 0], levels
    )


def test_gray_of_a_primary_is_its_luminance() -> None:
    # Green: Y = 0.7152, which sRGB encodes as 0.8628 (220 of 255)
    assert gray_photo(np.full((1, 1, 3), (0, 255, 0), np.uint8)).pixels.item() == 220


def test_true_photo_is_what_the_file_holds(tmp_path: Path) -> None:
    photo = read_true_photo(save(tmp_path / "a.png", colors()))
    assert photo.name == "a.png"
    np.testing.assert_array_equal(photo.pixels, colors())
    np.testing.assert_allclose(photo.lab, rgb2lab(colors()), atol=0.02)
    assert photo.gray_pixels.shape == colors().shape
    assert np.ptp(photo.gray_pixels, axis=2).max() == 0


def test_srgb_profile_changes_nothing(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = read_true_photo(save(tmp_path / "a.png", colors(), icc_profile=profile))
    assert np.abs(photo.pixels.astype(int) - colors()).max() <= 1


def test_listing_is_sorted_and_limited(tmp_path: Path) -> None:
    for name in ("c.png", "a.PNG", "b.png"):
        save(tmp_path / name, colors())
    (tmp_path / "notes.txt").write_text("not a photo")
    (tmp_path / "folder.png").mkdir()
    assert [path.name for path in list_photos(tmp_path)] == ["a.PNG", "b.png", "c.png"]
    assert [path.name for path in list_photos(tmp_path, 2)] == ["a.PNG", "b.png"]


def test_missing_or_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no pictures"):
        list_photos(tmp_path)
    with pytest.raises(DataError, match="nowhere"):
        list_photos(tmp_path / "nowhere")


def test_gray_and_deep_truths_are_refused(tmp_path: Path) -> None:
    gray = save(tmp_path / "gray.png", colors()[..., 0])
    deep = save(tmp_path / "deep.png", colors()[..., 0].astype(np.uint16) * 257)
    for path in (gray, deep):
        with pytest.raises(DataError, match=r"must be 8-bit RGB"):
            read_true_photo(path)


def test_broken_photos_are_not_skipped(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ReadError, match=r"broken\.png"):
        read_true_photo(tmp_path / "broken.png")


def test_hash_depends_on_content_alone(tmp_path: Path) -> None:
    one, two = save(tmp_path / "1.png", colors(1)), save(tmp_path / "2.png", colors(2))
    first = hash_of_files([one, two])
    assert hash_of_files([two, one]) == first
    assert hash_of_files([one]) != first
    one.rename(tmp_path / "renamed.png")
    assert hash_of_files([tmp_path / "renamed.png", two]) == first
    save(two, colors(3))
    assert hash_of_files([tmp_path / "renamed.png", two]) != first


def test_hash_of_a_known_set(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.write_bytes(b"")
    # sha256 of the 64 hexadecimal digits of the sha256 of nothing, as sha256sum gives it
    expected = "cd372fb85148700fa88095e3492d3f9f5beb43e555e5ff26d95f5a6adc36f8e6"
    assert hash_of_files([path]) == expected
