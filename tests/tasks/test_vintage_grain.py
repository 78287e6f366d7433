from __future__ import annotations

import math

import numpy as np
import pytest

from heliochrome.tasks.vintage.grain import GrainField, pixel_average, rms_granularity
from heliochrome.tasks.vintage.parameters import Grain
from heliochrome.tasks.vintage.tone import MIDDLE

SIZE = 512


def _noise(
    grain: Grain, pixel: float, layers: int = 1, level: float = MIDDLE, seed: int = 1
) -> np.ndarray:
    field = GrainField(grain, layers=layers, width=SIZE, pixel=pixel, seed=seed)
    density = np.full((layers, SIZE, SIZE), level, np.float32)
    field.add(density, slice(0, SIZE))
    return density - np.float32(level)


@pytest.mark.parametrize("pixel", [1.5, 6.0, 20.0, 100.0])
def test_the_deviation_is_that_of_clumps_averaged_over_a_pixel(pixel: float) -> None:
    noise = _noise(Grain(amount=0.1, size=12), pixel)
    expected = 0.1 * pixel_average(12, pixel)
    assert noise.std() == pytest.approx(expected, rel=0.08)
    assert abs(noise.mean()) < 0.1 * expected


def test_coarse_pixels_follow_selwyn_s_law() -> None:
    assert pixel_average(10, 400) / pixel_average(10, 800) == pytest.approx(2, rel=0.03)
    assert pixel_average(10, 0.5) == pytest.approx(1, abs=0.01)


def test_averaging_a_fine_picture_gives_the_grain_of_a_coarse_one() -> None:
    grain = Grain(amount=0.2, size=16)
    fine = _noise(grain, 4.0)[0]
    averaged = fine.reshape(SIZE // 8, 8, SIZE // 8, 8).mean(axis=(1, 3))
    assert averaged.std() == pytest.approx(_noise(grain, 32.0).std(), rel=0.1)


def test_the_spectrum_ends_where_clumps_are_too_large_for_it() -> None:
    """Power falls as a Gaussian of the clumps' width: exp(-(2 pi f sigma)^2)."""
    pixel, size = 1.0, 9.42  # sigma is 4 pixels
    grain = Grain(amount=0.1, size=size)
    power = sum(np.abs(np.fft.fft2(_noise(grain, pixel, seed=seed)[0])) ** 2 for seed in range(6))
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.fftfreq(SIZE))

    def mean_power(f: float) -> float:
        return float(power[np.abs(frequency - f) < 0.004].mean())

    low = mean_power(0.02)
    for f in (0.03, 0.05, 0.07):
        expected = math.exp(-((2 * math.pi * 4) ** 2) * (f**2 - 0.02**2))
        assert mean_power(f) / low == pytest.approx(expected, rel=0.15)
    assert mean_power(0.2) / low < 1e-3


def test_fine_grain_is_white_at_the_scale_of_pixels() -> None:
    noise = _noise(Grain(amount=0.1, size=5), 40.0)[0]
    neighbors = np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]
    assert abs(neighbors) < 0.02


def test_rms_granularity_is_what_a_48_micrometer_aperture_sees() -> None:
    amount, size, pixel = 0.1, 10.0, 4.0
    noise = _noise(Grain(amount=amount, size=size, origin="positive"), pixel, level=1.0)[0]
    offsets = (np.arange(13) - 6) * pixel
    disc = np.hypot(offsets[:, None], offsets) <= 24
    windows = np.lib.stride_tricks.sliding_window_view(noise, disc.shape)[::7, ::7]
    seen = windows[..., disc].mean(axis=-1)
    assert 1000 * seen.std() == pytest.approx(rms_granularity(amount, size), rel=0.12)


def test_grain_of_a_positive_is_in_the_darks_and_of_a_negative_in_the_lights() -> None:
    for origin, denser in (("positive", 1.2), ("negative", 0.3)):
        grain = Grain(amount=0.1, size=10, origin=origin)
        deviations = {level: _noise(grain, 10, level=level).std() for level in (0.3, 1.2)}
        assert max(deviations, key=deviations.__getitem__) == denser


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_color_is_the_share_of_each_layer_s_own_grain(share: float) -> None:
    noise = _noise(Grain(amount=0.1, size=10, color=share), 10, layers=3)
    assert np.corrcoef(noise[0].ravel(), noise[2].ravel())[0, 1] == pytest.approx(
        1 - share, abs=0.03
    )
    assert noise[1].std() == pytest.approx(0.1 * pixel_average(10, 10), rel=0.05)
