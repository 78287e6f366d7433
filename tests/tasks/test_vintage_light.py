from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from heliochrome.image.color import D50_WHITE, hsv_to_srgb, linear_to_xyz, srgb_to_hsv
from heliochrome.image.picture import Picture
from heliochrome.tasks.vintage.light import (
    balance_matrix,
    decode,
    encode,
    encoded_rows,
    saturate,
    white_point,
)
from heliochrome.tasks.vintage.parameters import Light


@pytest.mark.parametrize(
    ("temperature", "x", "y"),
    [
        (6504, 0.3127, 0.3290),  # CIE D65
        (5003, 0.3457, 0.3585),  # CIE D50
        (7504, 0.2990, 0.3149),  # CIE D75
        (2856, 0.4476, 0.4074),  # CIE illuminant A, a Planckian radiator
    ],
)
def test_standard_illuminants_have_their_chromaticity(
    temperature: float, x: float, y: float
) -> None:
    assert white_point(temperature) == pytest.approx((x, y), abs=6e-4)


def test_no_temperature_makes_a_step() -> None:
    points = np.array([white_point(kelvin) for kelvin in range(2000, 20001, 10)])
    assert np.hypot(*np.diff(points, axis=0).T).max() < 0.0012
    assert (np.diff(points[:, 0]) < 0).all()  # ever less red


def _white(light: Light) -> np.ndarray:
    return balance_matrix(light) @ np.ones(3)


def test_daylight_changes_nothing() -> None:
    np.testing.assert_allclose(balance_matrix(Light()), np.eye(3), atol=1e-12)


def test_lower_kelvin_is_warmer_and_higher_is_bluer() -> None:
    red, _, blue = _white(Light(temperature=4000))
    assert red > 1.2
    assert blue < 0.7
    red, _, blue = _white(Light(temperature=12000))
    assert red < 0.9
    assert blue > 1.2


def test_white_becomes_the_light_s_color_at_the_same_luminance() -> None:
    xyz = linear_to_xyz(_white(Light(temperature=5003)))
    np.testing.assert_allclose(xyz, D50_WHITE, atol=2e-3)


@pytest.mark.parametrize("temperature", [2500, 5000, 6504, 10000])
def test_positive_tint_is_greener(temperature: float) -> None:
    plain = _white(Light(temperature=temperature))
    for tint, sign in ((0.01, 1), (-0.01, -1)):
        change = _white(Light(temperature=temperature, tint=tint)) / plain
        assert sign * (change[1] - change[[0, 2]].mean()) > 0.01


def test_tint_is_the_distance_from_the_locus() -> None:
    def uv(xy: tuple[float, float]) -> np.ndarray:
        x, y = xy
        return np.array([4 * x, 6 * y]) / (-2 * x + 12 * y + 3)

    shift = uv(white_point(5500, 0.01)) - uv(white_point(5500))
    assert np.hypot(*shift) == pytest.approx(0.01)
    along = uv(white_point(5400)) - uv(white_point(5600))
    assert shift @ along / np.hypot(*along) == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("factor", [0.0, 0.4, 1.0])
def test_desaturation_scales_the_saturation_of_hsv(factor: float) -> None:
    srgb = data.chelsea()[::20, ::20] / np.float32(255)
    hsv = srgb_to_hsv(srgb)
    hsv[..., 1] *= factor
    found = np.moveaxis(saturate(np.moveaxis(srgb, -1, 0), factor), 0, -1)
    np.testing.assert_allclose(found, hsv_to_srgb(hsv), atol=2e-6)


def test_saturation_raises_without_leaving_the_gamut_and_keeps_hue_and_value() -> None:
    srgb = np.random.default_rng(0).random((3, 40, 40), np.float32)
    before = srgb_to_hsv(np.moveaxis(srgb, 0, -1))
    found = saturate(srgb, 1.7)
    after = srgb_to_hsv(np.moveaxis(found, 0, -1))
    assert found.min() >= -1e-6
    np.testing.assert_allclose(after[..., 2], before[..., 2], atol=1e-6)
    np.testing.assert_allclose(after[..., 1], 1 - (1 - before[..., 1]) ** 1.7, atol=1e-4)
    colored = before[..., 1] > 0.2
    np.testing.assert_allclose(after[..., 0][colored], before[..., 0][colored], atol=1e-3)


def test_gray_has_no_saturation_to_raise() -> None:
    gray = np.full((3, 1, 5), 0.4, np.float32)
    gray[:, 0, 0] = 0
    np.testing.assert_allclose(saturate(gray, 2), gray, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_level_survives_decoding_and_encoding(dtype: type) -> None:
    top = np.iinfo(dtype).max
    levels = np.arange(top + 1, dtype=dtype).reshape(1, -1, 1)
    encoded = encoded_rows(Picture(levels), slice(0, 1))
    assert encoded.shape == (3, 1, top + 1)
    back = np.rint(encode(decode(encoded), 8 * levels.itemsize)[0, 0] * top)
    np.testing.assert_array_equal(back, levels[0, :, 0])


def test_floats_outside_0_to_1_are_clipped() -> None:
    pixels = np.array([[[-0.3, 0.5, 1.7]]], np.float32)
    np.testing.assert_allclose(encoded_rows(Picture(pixels), slice(0, 1))[:, 0, 0], [0, 0.5, 1])
