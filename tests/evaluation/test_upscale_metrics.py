from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from heliochrome.errors import DataError
from heliochrome.evaluation.upscale_metrics import luma, psnr_luma, ssim_luma


@pytest.fixture(scope="module")
def pair() -> tuple[np.ndarray, np.ndarray]:
    truth = astronaut()[:96, 150:278]
    small = Image.fromarray(truth).resize((32, 24), Image.Resampling.BICUBIC)
    return truth, np.asarray(small.resize((128, 96), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ((0, 0, 0), 16),
        ((255, 255, 255), 235),
        ((255, 0, 0), 81.481),
        ((0, 255, 0), 144.553),
        ((0, 0, 255), 40.966),
    ],
)
def test_luma_is_that_of_bt601(color: tuple[int, int, int], expected: float) -> None:
    assert luma(np.array([[color]], np.uint8)).item() == pytest.approx(expected, abs=1e-9)


def test_psnr_by_hand() -> None:
    truth = np.full((20, 24, 3), 100, np.uint8)
    result = truth + np.uint8(10)
    # All channels 10 levels lighter: 219 / 255 of that in luma.
    assert psnr_luma(truth, result, 0) == pytest.approx(20 * np.log10(255 / (10 * 219 / 255)))
    assert psnr_luma(truth, truth, 0) == 100


def test_borders_do_not_count() -> None:
    truth = np.full((24, 24, 3), 100, np.uint8)
    result = truth.copy()
    result[:3] = result[-3:] = result[:, :3] = result[:, -3:] = 0
    assert psnr_luma(truth, result, 3) == 100
    assert psnr_luma(truth, result, 2) < 40
    assert ssim_luma(truth, result, 3) == pytest.approx(1)
    assert ssim_luma(truth, result, 2) < 0.99


@pytest.mark.parametrize("border", [0, 4])
def test_scikit_image_finds_the_same(pair: tuple[np.ndarray, np.ndarray], border: int) -> None:
    inner = np.s_[border : 96 - border, border : 128 - border]
    planes = [luma(pixels[inner]) for pixels in pair]
    expected = peak_signal_noise_ratio(*planes, data_range=255)
    assert psnr_luma(*pair, border) == pytest.approx(expected, abs=1e-9)
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    expected = structural_similarity(*planes, data_range=255, **options)
    assert ssim_luma(*pair, border) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("metric", [psnr_luma, ssim_luma])
def test_what_cannot_be_compared_is_refused(metric, pair: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(DataError, match="shape"):
        metric(pair[0], pair[1][:-1], 4)
    with pytest.raises(DataError, match="or more on each side"):
        metric(pair[0][:8], pair[1][:8], 4)
