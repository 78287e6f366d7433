from __future__ import annotations

import numpy as np
import pytest
from picture_files import gradient, picture

from heliochrome.image import icc
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.samples import from_unit, to_lab, to_srgb, to_unit


@pytest.mark.parametrize("bits", [8, 16])
def test_integers_survive_the_unit_scale(bits: int) -> None:
    levels = np.arange(2**bits).astype(np.uint8 if bits == 8 else np.uint16)
    unit = to_unit(levels)
    assert unit.dtype == np.float32
    assert (unit[0], unit[-1]) == (0, pytest.approx(1))
    np.testing.assert_array_equal(from_unit(unit, levels.dtype), levels)


def test_floats_are_not_scaled_and_integers_are_clipped() -> None:
    values = np.array([-0.5, 0.25, 1.5], np.float32)
    np.testing.assert_array_equal(to_unit(values), values)
    np.testing.assert_array_equal(from_unit(values, np.dtype(np.float32)), values)
    np.testing.assert_array_equal(from_unit(values, np.dtype(np.uint8)), [0, 64, 255])


def test_lab_planes_are_those_of_the_color_module() -> None:
    pixels = gradient(70, 90)
    expected = srgb_to_lab(pixels / 255).transpose(2, 0, 1)
    np.testing.assert_allclose(to_lab(pixels, None), expected, atol=2e-3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("profiled", [False, True])
def test_the_lightness_is_the_pictures_own(channels: int, profiled: bool) -> None:
    profiles = {1: icc.gray_profile(1.8), 3: icc.rgb_profile(1.8)}
    made = picture(channels, 16, icc_profile=profiles[channels] if profiled else None)
    lab = to_lab(made.pixels, made.icc_profile)
    np.testing.assert_allclose(lab[0], lightness(made), atol=0.02)
    if channels == 1:
        np.testing.assert_allclose(lab[1:], 0, atol=0.01)


def test_a_profile_is_honored() -> None:
    linear = np.full((2, 2, 3), 0.2140, np.float32)
    np.testing.assert_allclose(to_srgb(linear, icc.linear_profile()), 0.5, atol=1e-3)
    gray = Picture(linear[..., :1], icc_profile=icc.gray_profile(1.0))
    np.testing.assert_allclose(to_srgb(gray.pixels, gray.icc_profile), 0.5, atol=1e-3)
