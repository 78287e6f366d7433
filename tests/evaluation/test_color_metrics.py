from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio

from heliochrome.errors import DataError
from heliochrome.evaluation.color_metrics import (
    PSNR_OF_IDENTICAL,
    colorfulness_absolute,
    colorfulness_of,
    lab_of,
    mean_delta_e_2000,
    psnr_rgb,
)


def flat(*levels: int) -> np.ndarray:
    return np.full((4, 6, 3), levels, np.uint8)


def two_halves(left: tuple[int, ...], right: tuple[int, ...]) -> np.ndarray:
    return np.concatenate([flat(*left), flat(*right)], axis=1)


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (12, 9, 3), np.uint8)


def test_psnr_of_an_even_error() -> None:
    # 20 log10(255 / 5)
    assert psnr_rgb(flat(100, 100, 100), flat(105, 95, 105)) == pytest.approx(34.1514, abs=1e-4)


def test_psnr_of_the_greatest_error_is_zero() -> None:
    assert psnr_rgb(flat(0, 0, 0), flat(255, 255, 255)) == 0.0


def test_psnr_agrees_with_scikit_image() -> None:
    truth, result = noise(1), noise(2)
    expected = peak_signal_noise_ratio(truth, result, data_range=255)
    assert psnr_rgb(truth, result) == pytest.approx(expected, abs=1e-9)


def test_psnr_of_identical_pictures_is_finite() -> None:
    assert psnr_rgb(noise(1), noise(1)) == PSNR_OF_IDENTICAL


def test_lab_of_white_and_of_a_primary() -> None:
    np.testing.assert_allclose(lab_of(flat(255, 255, 255))[0, 0], [100, 0, 0], atol=0.02)
    # sRGB red: Lab 53.24, 80.09, 67.20 (Lindbloom's calculator)
    np.testing.assert_allclose(lab_of(flat(255, 0, 0))[0, 0], [53.24, 80.09, 67.20], atol=0.02)


def test_delta_e_of_black_and_white_is_100() -> None:
    assert mean_delta_e_2000(flat(0, 0, 0), flat(255, 255, 255)) == pytest.approx(100, abs=0.02)


def test_delta_e_is_the_mean_over_pixels() -> None:
    truth = two_halves((0, 0, 0), (200, 30, 90))
    result = two_halves((255, 255, 255), (200, 30, 90))
    assert mean_delta_e_2000(truth, result) == pytest.approx(50, abs=0.02)


def test_delta_e_uses_a_known_truth_lab() -> None:
    truth, result = noise(1), noise(2)
    known = mean_delta_e_2000(truth, result, lab_of(truth))
    assert known == pytest.approx(mean_delta_e_2000(truth, result), abs=1e-12)


@pytest.mark.parametrize("measure", [colorfulness_of, colorfulness_absolute])
def test_gray_has_no_colorfulness(measure) -> None:
    assert measure(np.repeat(noise(3)[..., :1], 3, axis=-1)) == 0.0


def test_colorfulness_of_one_flat_color() -> None:
    # No deviation; means rg = 255, yb = 127.5: 0.3 sqrt(255² + 127.5²)
    expected = 0.3 * np.hypot(255, 127.5)
    assert colorfulness_of(flat(255, 0, 0)) == pytest.approx(expected)
    assert colorfulness_absolute(flat(255, 0, 0)) == pytest.approx(expected)


def test_complementary_halves_tell_the_variants_apart() -> None:
    picture = two_halves((255, 0, 0), (0, 255, 0))
    # Signed: rg is ±255 (deviation 255, mean 0), yb is 127.5 throughout.
    assert colorfulness_of(picture) == pytest.approx(255 + 0.3 * 127.5)
    # Folded: rg is 255 throughout as well, so nothing deviates.
    assert colorfulness_absolute(picture) == pytest.approx(0.3 * np.hypot(255, 127.5))


@pytest.mark.parametrize("measure", [psnr_rgb, mean_delta_e_2000])
def test_sizes_must_agree(measure) -> None:
    with pytest.raises(DataError, match="same size"):
        measure(flat(0, 0, 0), noise(1))


@pytest.mark.parametrize("bad", [noise(1)[..., 0], noise(1) / 255])
def test_pictures_must_be_8_bit_rgb(bad) -> None:
    with pytest.raises(DataError, match="not 8-bit RGB"):
        psnr_rgb(bad, bad)
