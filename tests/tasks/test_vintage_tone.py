from __future__ import annotations

import math

import numpy as np
import pytest

from heliochrome.tasks.vintage.parameters import Tone
from heliochrome.tasks.vintage.tone import MIDDLE, Curve


def _density(tone: Tone, exposure: list[float], layers: int = 1) -> np.ndarray:
    curve = Curve(tone, layers)
    light = np.tile(np.array(exposure, np.float32), (layers, 1, 1))
    return curve.bend(curve.straight(light))[:, 0]


def test_a_straight_curve_of_slope_1_gives_the_light_back() -> None:
    tone = Tone(gamma=1, toe=0.005, shoulder=0.005, dmax=4)
    exposure = [0.01, 0.1, 0.18, 0.5, 0.9]
    np.testing.assert_allclose(10 ** -_density(tone, exposure)[0], exposure, rtol=1e-3)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 1.8])
def test_gamma_is_the_slope_and_turns_about_middle_gray(gamma: float) -> None:
    tone = Tone(gamma=gamma, toe=0.01, shoulder=0.01, dmax=4)
    low, middle, high = _density(tone, [0.17, 0.18, 0.19])[0]
    assert middle == pytest.approx(MIDDLE, abs=1e-3)
    assert (low - high) / math.log10(0.19 / 0.17) == pytest.approx(gamma, rel=0.01)


def test_densities_stay_between_dmin_and_dmax_and_never_turn_back() -> None:
    tone = Tone(gamma=1.4, toe=0.1, shoulder=0.2, dmin=0.08, dmax=1.6)
    density = _density(tone, [0.0, 1e-9, *np.geomspace(1e-4, 40, 200)])[0]
    assert density[-1] == pytest.approx(0.08, abs=0.01)
    assert density[0] == pytest.approx(1.6, abs=0.01)
    assert density.min() >= 0.08 - 1e-5
    assert density.max() <= 1.6 + 1e-5
    assert (np.diff(density[1:]) <= 1e-6).all()


def test_a_wider_toe_flattens_the_lights_and_a_wider_shoulder_the_darks() -> None:
    def contrast(tone: Tone, *exposure: float) -> float:
        return float(-np.diff(_density(tone, list(exposure))[0])[0])

    hard, soft = Tone(toe=0.02, shoulder=0.02, dmax=1.8), Tone(toe=0.2, shoulder=0.4, dmax=1.8)
    assert contrast(soft, 0.85, 1.0) < 0.8 * contrast(hard, 0.85, 1.0)
    assert contrast(soft, 0.03, 0.04) < 0.8 * contrast(hard, 0.03, 0.04)


def test_layers_have_slopes_and_exposures_of_their_own() -> None:
    tone = Tone(toe=0.01, shoulder=0.01, layer_gamma=(1.5, 1, 1), layer_exposure=(0, 0, 1))
    red, green, blue = _density(tone, [0.05], layers=3)[:, 0]
    assert red > green + 0.2  # steeper: darker in the darks
    assert green - blue == pytest.approx(math.log10(2), abs=0.01)  # one stop lighter
