from __future__ import annotations

import imagecodecs
import numpy as np
import pytest

from heliochrome.image.color import lab_to_srgb, srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.tasks.existing import blend_existing, existing_share, small_chroma


def _picture(rgb: np.ndarray, dtype: type = np.uint8, profile: bytes | None = None) -> Picture:
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (np.clip(rgb, 0, 1) * scale).astype(np.float64)
    kept = pixels if dtype == np.float32 else np.rint(pixels)
    return Picture(kept.astype(dtype), icc_profile=profile)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_chroma_is_measured_in_cielab(dtype: type) -> None:
    rgb = np.broadcast_to(lab_to_srgb(np.array([60.0, 25, -15])), (20, 30, 3))
    chroma = small_chroma(_picture(rgb, dtype), (4, 6))
    np.testing.assert_allclose(chroma, np.broadcast_to((25, -15), (4, 6, 2)), atol=0.5)


def test_a_gray_picture_has_none() -> None:
    chroma = small_chroma(Picture(np.full((9, 9, 1), 77, np.uint8)), (3, 3))
    assert chroma.shape == (3, 3, 2)
    assert not chroma.any()


def test_the_embedded_profile_decides_what_the_numbers_mean() -> None:
    # The green primary of Adobe RGB (1998) has xy = (0.21, 0.71): far outside sRGB's green.
    profile = imagecodecs.cms_profile("adobergb")
    rgb = np.broadcast_to(np.array([0.4, 0.6, 0.4]), (8, 8, 3))
    plain, wide = (small_chroma(_picture(rgb, np.uint16, icc), (2, 2)) for icc in (None, profile))
    assert np.linalg.norm(wide[0, 0]) > 1.2 * np.linalg.norm(plain[0, 0])


def test_grain_is_gray_and_a_clear_tint_is_color() -> None:
    chroma = np.array([[[2, 1], [6, 0], [0, 9], [-30, 40]]], np.float32)
    np.testing.assert_allclose(existing_share(chroma), [[0, 0.5, 1, 1]])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_where_the_share_is_one_the_photo_stays_bit_for_bit(dtype: type) -> None:
    rng = np.random.default_rng(0)
    photo = _picture(rng.random((16, 24, 3)), dtype)
    colorized = _picture(rng.random((16, 24, 3)), dtype).pixels
    share = np.zeros((16, 24), np.float32)
    share[:, 12:] = 1
    blended = blend_existing(colorized, photo, share)
    np.testing.assert_array_equal(blended[:, :12], colorized[:, :12])
    np.testing.assert_array_equal(blended[:, 12:], photo.pixels[:, 12:])


def test_a_blend_of_two_chromas_keeps_the_lightness() -> None:
    lab = np.broadcast_to([55.0, 12, 8], (4, 4, 3))
    other = np.broadcast_to([55.0, -6, -10], (4, 4, 3))
    colorized = _picture(lab_to_srgb(other), np.uint16).pixels
    half = np.full((4, 4), 0.5, np.float32)
    blended = blend_existing(colorized, _picture(lab_to_srgb(lab), np.uint16), half)
    assert srgb_to_lab(blended / 65535)[..., 0] == pytest.approx(55, abs=0.5)
