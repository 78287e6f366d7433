"""Color spaces against published values and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import color as oracle

from heliochrome.image import color

RNG = np.random.default_rng(1905)
SRGB = RNG.random((64, 3))
UNIT = st.floats(0, 1)

# Table 1 of Sharma, Wu, Dalal 2005: L*, a*, b* of both colors and their difference.
SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


def test_ciede2000_gives_all_34_published_differences() -> None:
    got = color.delta_e_2000(SHARMA[:, :3], SHARMA[:, 3:6])
    np.testing.assert_allclose(got, SHARMA[:, 6], atol=5e-5)


def test_ciede2000_is_symmetric() -> None:
    there = color.delta_e_2000(SHARMA[:, :3], SHARMA[:, 3:6])
    back = color.delta_e_2000(SHARMA[:, 3:6], SHARMA[:, :3])
    np.testing.assert_allclose(there, back, atol=1e-12)


def test_bradford_matrices_are_lindblooms() -> None:
    to_d50 = [
        [1.0478112, 0.0228866, -0.0501270],
        [0.0295424, 0.9904844, -0.0170491],
        [-0.0092345, 0.0150436, 0.7521316],
    ]
    to_d65 = [
        [0.9555766, -0.0230393, 0.0631636],
        [-0.0282895, 1.0099416, 0.0210077],
        [0.0122982, -0.0204830, 1.3299098],
    ]
    got = color.bradford_adaptation(color.D65_WHITE, color.D50_WHITE)
    np.testing.assert_allclose(got, to_d50, atol=1.5e-5)
    got = color.bradford_adaptation(color.D50_WHITE, color.D65_WHITE)
    np.testing.assert_allclose(got, to_d65, atol=1.5e-5)


def test_adaptation_takes_white_to_white() -> None:
    adapted = color.adapt(color.D65_WHITE, color.D65_WHITE, color.D50_WHITE)
    np.testing.assert_allclose(adapted, color.D50_WHITE, atol=1e-12)


@pytest.mark.parametrize(
    ("primary", "chromaticity"),
    [((1, 0, 0), (0.64, 0.33)), ((0, 1, 0), (0.30, 0.60)), ((0, 0, 1), (0.15, 0.06))],
)
def test_primaries_have_the_chromaticities_of_bt_709(
    primary: tuple[int, ...], chromaticity: tuple[float, float]
) -> None:
    xyz = color.linear_to_xyz(np.array(primary, float))
    np.testing.assert_allclose(xyz[:2] / xyz.sum(), chromaticity, atol=1e-4)


@pytest.mark.parametrize(
    ("encoded", "linear"),
    # IEC 61966-2-1: the linear toe, the join, and 8-bit middle gray.
    [(0.0, 0.0), (0.04045, 0.0031308), (128 / 255, 0.2158605), (1.0, 1.0), (-0.5, -0.2140411)],
)
def test_srgb_curve_at_known_points(encoded: float, linear: float) -> None:
    assert float(color.srgb_to_linear(encoded)) == pytest.approx(linear, abs=1e-7)
    assert float(color.linear_to_srgb(linear)) == pytest.approx(encoded, abs=1e-6)


@pytest.mark.parametrize(
    ("srgb", "lab"),
    # Lindbloom's calculator, sRGB, D65.
    [((1, 0, 0), (53.2408, 80.0925, 67.2032)), ((0, 0, 1), (32.2970, 79.1875, -107.8602))],
)
def test_lab_of_primaries(srgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    np.testing.assert_allclose(color.srgb_to_lab(np.array(srgb, float)), lab, atol=2e-3)


def test_conversions_agree_with_scikit_image() -> None:
    np.testing.assert_allclose(color.srgb_to_lab(SRGB), oracle.rgb2lab(SRGB), atol=0.02)
    xyz = color.linear_to_xyz(color.srgb_to_linear(SRGB))
    np.testing.assert_allclose(xyz, oracle.rgb2xyz(SRGB), atol=1e-4)
    np.testing.assert_allclose(color.srgb_to_hsv(SRGB), oracle.rgb2hsv(SRGB), atol=1e-12)
    hsv = RNG.random((64, 3))
    np.testing.assert_allclose(color.hsv_to_srgb(hsv), oracle.hsv2rgb(hsv), atol=1e-12)


def test_differences_agree_with_scikit_image() -> None:
    one, two = oracle.rgb2lab(SRGB), oracle.rgb2lab(SRGB[::-1])
    np.testing.assert_allclose(color.delta_e_76(one, two), oracle.deltaE_cie76(one, two))
    expected = oracle.deltaE_ciede2000(one, two)
    np.testing.assert_allclose(color.delta_e_2000(one, two), expected, atol=1e-9)


@given(UNIT, UNIT, UNIT)
def test_round_trips_return(r: float, g: float, b: float) -> None:
    srgb = np.array([r, g, b])
    np.testing.assert_allclose(color.lab_to_srgb(color.srgb_to_lab(srgb)), srgb, atol=1e-6)
    np.testing.assert_allclose(color.hsv_to_srgb(color.srgb_to_hsv(srgb)), srgb, atol=1e-9)


@settings(max_examples=50)
@given(st.floats(0, 100))
def test_lightness_and_luminance_are_inverse(lightness: float) -> None:
    luminance = color.lightness_to_luminance(lightness)
    assert float(color.luminance_to_lightness(luminance)) == pytest.approx(lightness, abs=1e-9)


def test_float32_stays_float32_and_inputs_are_untouched() -> None:
    srgb = SRGB.astype(np.float32)
    before = srgb.copy()
    for convert in (color.srgb_to_lab, color.lab_to_srgb, color.srgb_to_hsv, color.hsv_to_srgb):
        assert convert(srgb).dtype == np.float32
    np.testing.assert_array_equal(srgb, before)


def test_colorfulness_is_zero_for_gray_and_the_formula_for_two_colors() -> None:
    gray = np.full((4, 4, 3), 90, np.uint8)
    assert color.colorfulness(gray) == 0
    # Half red, half blue: rg = 255, 0; yb = 127.5, -255. Deviations 127.5 and 191.25,
    # means 127.5 and -63.75.
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0, :, 0] = halves[1, :, 2] = 255
    expected = np.hypot(127.5, 191.25) + 0.3 * np.hypot(127.5, 63.75)
    assert color.colorfulness(halves) == pytest.approx(expected)
