"""Color balance: casts taken off, temperatures given."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from heliochrome.errors import OptionError
from heliochrome.image.color import linear_to_srgb, srgb_to_lab, srgb_to_linear
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.tasks.adjust_options import BalanceOptions
from heliochrome.tasks.balance import balance_color, estimate_cast, neutralizing_matrix


def tinted(pixels: np.ndarray, cast: tuple[float, float, float]) -> Picture:
    linear = srgb_to_linear(pixels / 255) * np.array(cast) * 0.75
    return Picture(np.rint(255 * linear_to_srgb(np.clip(linear, 0, 1))).astype(np.uint8))


def grays() -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.integers(20, 230, (64, 80, 1)).repeat(3, -1).astype(np.uint8)


@pytest.mark.parametrize("auto", ["gray-world", "gray-edge"])
@pytest.mark.parametrize("cast", [(1.25, 1.0, 0.7), (0.8, 1.0, 1.2)])
def test_a_cast_on_gray_is_taken_off(auto: str, cast: tuple[float, float, float]) -> None:
    result = balance_color(tinted(grays(), cast), BalanceOptions(auto=auto))
    np.testing.assert_allclose(result.cast, np.array(cast) / np.mean(cast), rtol=0.03)
    assert np.abs(srgb_to_lab(result.picture.pixels / 255)[..., 1:]).mean() < 1


def test_the_cast_is_the_formula_s() -> None:
    pixels = np.zeros((2, 2, 3), np.float32)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = 0.3, 0.25, 0.2
    linear = srgb_to_linear(np.array([0.3, 0.25, 0.2]))
    found = estimate_cast(Picture(pixels), edges=False)
    np.testing.assert_allclose(found, (linear + 1e-4) / (linear + 1e-4).mean(), rtol=1e-4)


def test_the_matrix_makes_the_cast_neutral_and_keeps_its_luminance() -> None:
    cast = np.array([1.3, 0.95, 0.75])
    result = neutralizing_matrix(cast) @ cast
    luminance = np.array([0.2126729, 0.7151522, 0.0721750]) @ cast
    np.testing.assert_allclose(result, np.full(3, luminance), rtol=1e-5)


def test_strength_takes_off_a_part() -> None:
    picture = tinted(grays(), (1.25, 1.0, 0.7))
    strengths = (0.0, 0.5, 1.0)
    left = []
    for strength in strengths:
        result = balance_color(picture, BalanceOptions(auto="gray-world", strength=strength))
        left.append(np.abs(srgb_to_lab(result.picture.pixels / 255)[..., 1:]).mean())
    assert left[0] > 1.5 * left[1] > 3 * left[2]


def test_lower_temperature_is_warmer_and_positive_tint_greener() -> None:
    neutral = Picture(np.full((8, 8, 3), 128, np.uint8))

    def lab(**options: float) -> np.ndarray:
        return srgb_to_lab(balance_color(neutral, BalanceOptions(**options)).picture.pixels / 255)

    assert lab(temperature=4500)[..., 2].mean() > 5 > -5 > lab(temperature=9000)[..., 2].mean()
    assert lab(tint=0.02)[..., 1].mean() < -3 < 3 < lab(tint=-0.02)[..., 1].mean()
    assert lab(temperature=4500)[..., 0].mean() == pytest.approx(53.6, abs=0.5)


def test_nothing_asked_for_changes_nothing() -> None:
    picture = Picture(data.coffee())
    assert balance_color(picture).picture is picture
    gray = Picture(data.camera()[..., None])
    assert balance_color(gray, BalanceOptions(auto="gray-world")).picture is gray


def test_a_temperature_colors_a_gray_photo() -> None:
    picture = Picture(data.camera()[..., None])
    result = balance_color(picture, BalanceOptions(temperature=4500)).picture
    assert result.pixels.shape == (512, 512, 3)
    inside = lightness(picture) < 90
    assert np.abs(lightness(result) - lightness(picture))[inside].max() < 0.6


def test_clipped_pixels_and_flat_pictures_are_no_evidence() -> None:
    white = Picture(np.full((20, 20, 3), 255, np.uint8))
    for edges in (False, True):
        np.testing.assert_array_equal(estimate_cast(white, edges=edges), np.ones(3))
    flat = Picture(np.full((20, 20, 3), (90, 60, 30), np.uint8))
    np.testing.assert_allclose(estimate_cast(flat, edges=True), np.ones(3))


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_depth_is_kept_and_alpha_carried(dtype: type) -> None:
    full = 1.0 if dtype == np.float32 else 65535
    pixels = (data.coffee()[:40, :50] / 255 * full).astype(dtype)
    picture = Picture(pixels, alpha=np.full((40, 50), full / 2, dtype))
    result = balance_color(picture, BalanceOptions(temperature=5000)).picture
    assert result.pixels.dtype == np.uint16
    assert result.alpha is not None
    assert abs(int(result.alpha[0, 0]) - 32768) <= 1


@pytest.mark.parametrize("wrong", [{"auto": "magic"}, {"temperature": 900}, {"tint": 1}])
def test_values_out_of_range_are_refused(wrong: dict) -> None:
    with pytest.raises(OptionError):
        BalanceOptions(**wrong)
