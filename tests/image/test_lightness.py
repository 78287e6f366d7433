"""Lightness of every kind of picture, its reduction, and the profiles behind it."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import gradient, ink_profile, mixing_profile, picture
from PIL import Image
from skimage import color as oracle
from skimage import data

from heliochrome.image import color, icc
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.resize import resize_lightness

ADOBE_RGB = imagecodecs.cms_profile("adobergb")
# Adobe RGB (1998): decoding exponent 563/256, luminance weights of its primaries under D65.
ADOBE_GAMMA = 563 / 256
ADOBE_WEIGHTS = np.array([0.2973769, 0.6273491, 0.0752741])


@pytest.mark.parametrize(("bits", "tolerance"), [(8, 0.003), (16, 0.003)])
def test_srgb_is_that_of_scikit_image(bits: int, tolerance: float) -> None:
    pixels = gradient(bits=bits)
    expected = oracle.rgb2lab(pixels / (2**bits - 1))[..., 0]
    result = lightness(Picture(pixels))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=tolerance + 0.002)


@pytest.mark.parametrize("bits", [8, 16])
def test_gray_is_exact_from_black_to_white(bits: int) -> None:
    levels = np.arange(2**bits, dtype=np.uint8 if bits == 8 else np.uint16)
    expected = color.luminance_to_lightness(color.srgb_to_linear(levels / (2**bits - 1)))
    result = lightness(Picture(levels.reshape(1, -1, 1)))
    np.testing.assert_allclose(result[0], expected, atol=1e-4)
    assert result[0, 0] == 0
    assert result[0, -1] == pytest.approx(100, abs=1e-4)


def test_float_pictures_agree_with_integer_ones() -> None:
    pixels = gradient(bits=16)
    floats = lightness(Picture((pixels / 65535).astype(np.float32)))
    np.testing.assert_allclose(floats, lightness(Picture(pixels)), atol=0.01)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_embedded_adobe_rgb_is_honored(bits: int) -> None:
    pixels = gradient(bits=min(bits, 16))
    encoded = pixels / (2 ** min(bits, 16) - 1)
    samples = encoded.astype(np.float32) if bits == 32 else pixels
    luminance = encoded**ADOBE_GAMMA @ ADOBE_WEIGHTS
    expected = color.luminance_to_lightness(luminance)
    result = lightness(Picture(samples, icc_profile=ADOBE_RGB))
    # LittleCMS stores the matrix in steps of 1/65536 and adapts D65 to D50 and back.
    np.testing.assert_allclose(result, expected, atol=0.05)
    assert np.abs(result - lightness(Picture(samples))).max() > 2


def test_gray_profile_is_honored() -> None:
    gamma = imagecodecs.cms_profile("gray", gamma=1.8)
    pixels = gradient(channels=1)
    expected = color.luminance_to_lightness((pixels[..., 0] / 255) ** 1.8)
    result = lightness(Picture(pixels, icc_profile=gamma))
    # The profile holds its exponent in steps of 1/256.
    np.testing.assert_allclose(result, expected, atol=0.1)


def test_profile_of_tables_is_honored_where_no_sum_can_express_it() -> None:
    profile = mixing_profile()
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    assert icc.luminance_tables(profile, levels, 3) is None
    corners = np.array([[[0, 0, 0], [255, 0, 0], [0, 255, 0], [255, 255, 255]]], np.uint8)
    result = lightness(Picture(corners, icc_profile=profile))
    np.testing.assert_allclose(result[0], [0, 100, 100, 100], atol=0.1)


def test_matrix_profile_is_a_sum_over_channels() -> None:
    tables = icc.luminance_tables(ADOBE_RGB, np.linspace(0, 1, 256, dtype=np.float32), 3)
    assert tables is not None
    np.testing.assert_allclose(tables[:, -1], ADOBE_WEIGHTS, atol=1e-3)


def test_profile_kinds_are_told_apart() -> None:
    assert icc.profile_model(ADOBE_RGB) == "rgb"
    assert icc.profile_model(ink_profile()) == "cmyk"
    assert icc.profile_model(imagecodecs.cms_profile("gray", gamma=2.2)) == "gray"


@pytest.mark.parametrize(
    "profile",
    [b"", b"not a profile", ADOBE_RGB[:200], ADOBE_RGB[:128] + b"\xff" * 400],
    ids=["empty", "text", "cut", "garbled"],
)
def test_unusable_profiles_are_told(profile: bytes) -> None:
    with pytest.raises(icc.ProfileError, match="profile"):
        icc.profile_model(profile)


def test_srgb_profile_never_changes_and_is_srgb() -> None:
    assert icc.srgb_profile()[24:36] == bytes(12)
    tagged = lightness(picture(icc_profile=icc.srgb_profile()))
    np.testing.assert_allclose(tagged, lightness(picture()), atol=0.01)


def test_inks_without_profile_are_ideal() -> None:
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255], [0, 128, 0, 128]]], np.uint8)
    rgb = icc.cmyk_to_srgb(inks, None)
    half = 255 - 128
    assert rgb[0].tolist() == [[255] * 3, [0, 255, 255], [0] * 3, [half, half * half // 255, half]]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_inks_go_through_their_profile(dtype: type) -> None:
    full = np.iinfo(dtype).max
    inks = np.array([[[0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]], dtype) * dtype(full)
    lab_d50 = np.array([[100.0, 0, 0], [90, -5, 80], [5, 0, 0]])
    y = (lab_d50[:, :1] + 16) / 116
    f = np.hstack([y + lab_d50[:, 1:2] / 500, y, y - lab_d50[:, 2:] / 200])
    xyz = np.where(f > 6 / 29, f**3, (f - 16 / 116) * 3 * (6 / 29) ** 2) * color.D50_WHITE
    linear = color.xyz_to_linear(color.adapt(xyz, color.D50_WHITE, color.D65_WHITE))
    expected = color.linear_to_srgb(np.clip(linear, 0, 1))
    result = icc.cmyk_to_srgb(inks, ink_profile())
    assert result.dtype == dtype
    np.testing.assert_allclose(result[0] / full, expected, atol=0.004)


def test_gray_profile_is_taken_out() -> None:
    tagged = picture(channels=1, icc_profile=imagecodecs.cms_profile("gray", gamma=1.8))
    plain = icc.gray_to_srgb(tagged)
    assert plain.icc_profile is None
    np.testing.assert_allclose(lightness(plain), lightness(tagged), atol=0.3)


def test_reduction_is_the_area_mean() -> None:
    values = np.arange(24, dtype=np.float32).reshape(4, 6)
    expected = values.reshape(2, 2, 3, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(resize_lightness(values, (2, 3)), expected)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 50), st.integers(1, 50))
def test_resizing_keeps_constants_range_and_mean(h: int, w: int, to_h: int, to_w: int) -> None:
    flat = resize_lightness(np.full((h, w), 37.5, np.float32), (to_h, to_w))
    assert flat.shape == (to_h, to_w)
    np.testing.assert_allclose(flat, 37.5, rtol=1e-5)
    values = np.random.default_rng(h * w).uniform(0, 100, (h, w)).astype(np.float32)
    result = resize_lightness(values, (to_h, to_w))
    assert values.min() - 1e-3 <= result.min() <= result.max() <= values.max() + 1e-3
    if to_h <= h and to_w <= w:
        assert result.mean() == pytest.approx(values.mean(), rel=1e-4)


def test_reduction_agrees_with_pillows_box_filter() -> None:
    values = lightness(Picture(data.camera()[..., None]))
    expected = np.asarray(Image.fromarray(values).resize((101, 77), Image.Resampling.BOX))
    # Pillow rounds the box to whole pixels; ours weights the pixels it cuts.
    assert np.abs(resize_lightness(values, (77, 101)) - expected).mean() < 1.5
    even = np.asarray(Image.fromarray(values).resize((128, 64), Image.Resampling.BOX))
    np.testing.assert_allclose(resize_lightness(values, (64, 128)), even, atol=1e-3)


@pytest.mark.parametrize("size", [(3, 4), (9, 7)])
def test_last_rows_and_columns_may_be_there_in_part(size: tuple[int, int]) -> None:
    halved = np.random.default_rng(5).uniform(0, 100, (9, 11)).astype(np.float32)
    # Of the last column, only half is there.
    plane = halved.repeat(2, axis=0).repeat(2, axis=1)[:, :21]
    np.testing.assert_allclose(
        resize_lightness(halved, size, (9, 10.5)), resize_lightness(plane, size), atol=1e-3
    )


def test_resizing_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 x 1"):
        resize_lightness(np.zeros((3, 3), np.float32), (0, 3))
