from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from heliochrome.image.color import srgb_to_linear
from heliochrome.image.picture import Picture
from heliochrome.tasks.vintage.camera import Camera, Survey, exposure_gain, sensitivity_matrix
from heliochrome.tasks.vintage.looks import LOOKS
from heliochrome.tasks.vintage.parameters import Emulsion, Halation, Lens, Light, Look

PLAIN = Look("plain")


def _ramp(height: int, width: int) -> Picture:
    rows = np.linspace(0, 255, height).astype(np.uint8)[:, None, None]
    return Picture(np.ascontiguousarray(np.broadcast_to(rows, (height, width, 3))))


@pytest.mark.parametrize("size", [(5, 7), (600, 3), (1100, 20), (4101, 9), (3, 9001)])
def test_a_survey_is_the_picture_in_small(size: tuple[int, int]) -> None:
    picture = _ramp(*size)
    survey = Survey(picture, PLAIN)
    assert max(survey.light.shape) <= 512
    assert np.isfinite(survey.light).all()
    true = srgb_to_linear(picture.pixels / 255).mean()
    assert survey.light.mean() == pytest.approx(true, abs=0.02)
    assert (np.diff(survey.light.mean(axis=(0, 2))) >= 0).all()


def test_a_survey_sees_highlights_before_they_are_averaged() -> None:
    pixels = np.zeros((2048, 64, 3), np.uint8)
    pixels[1001, 13] = 255
    survey = Survey(Picture(pixels), PLAIN)
    assert survey.glare.max() > 0.1
    assert np.count_nonzero(survey.glare) == 1


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_white_exposes_every_layer_fully(look: Look) -> None:
    daylight = replace(look, light=Light())
    np.testing.assert_allclose(sensitivity_matrix(daylight) @ np.ones(3), 1, atol=1e-9)


def test_lamp_light_is_dark_to_a_plate_that_sees_blue() -> None:
    plate = Emulsion(layers="single", sensitivity=(0.02, 0.13, 0.85))
    day, lamp = (
        sensitivity_matrix(Look("plate", emulsion=plate, light=Light(temperature=kelvin))).sum()
        for kelvin in (6504, 2856)
    )
    assert lamp < 0.4 * day


def test_exposure_is_in_stops_and_metering_makes_up_for_blindness() -> None:
    survey = Survey(Picture(np.full((20, 20, 3), (200, 120, 30), np.uint8)), PLAIN)
    assert exposure_gain(replace(PLAIN, light=Light(exposure=1)), survey) == pytest.approx(2)
    assert exposure_gain(PLAIN, survey) == 1
    blue = replace(PLAIN, emulsion=Emulsion(layers="single", sensitivity=(0, 0, 1)))
    metered = replace(blue, light=Light(metering=1))
    gain = exposure_gain(metered, survey)
    luminance = srgb_to_linear(np.array([200, 120, 30]) / 255) @ [0.2126, 0.7152, 0.0722]
    assert gain * srgb_to_linear(np.array(30 / 255)) == pytest.approx(luminance, rel=0.01)


@pytest.mark.parametrize("base", [300, 900])
def test_halation_reaches_as_far_as_the_base_is_thick(base: float) -> None:
    pixels = np.zeros((401, 401, 3), np.uint8)
    pixels[199:202, 199:202] = 255
    look = replace(PLAIN, halation=Halation(amount=1, base=base, color=(1, 0, 0)))
    picture = Picture(pixels)
    with_halation, without = (
        Camera(picture, each, Survey(picture, each)).expose(slice(0, 401))[0]
        for each in (look, PLAIN)
    )
    glow = with_halation - without
    away = (np.arange(401) - 200) * 36_000 / 401
    squared = (glow * (away[:, None] ** 2 + away**2)).sum() / glow.sum()
    assert np.sqrt(squared) == pytest.approx(2 * base * 0.894, rel=0.1)


def test_blur_keeps_the_light_and_the_borders() -> None:
    picture = _ramp(90, 70)
    for blur in (400.0, 4000.0):
        look = replace(PLAIN, lens=Lens(blur=min(blur, 3000)))
        exposure = Camera(picture, look, Survey(picture, look)).expose(slice(0, 90))
        assert exposure.shape == (3, 90, 70)
        true = srgb_to_linear(picture.pixels / 255).mean()
        assert exposure.mean() == pytest.approx(true, rel=0.02)
        np.testing.assert_allclose(exposure[:, :, 0], exposure[:, :, 35], atol=1e-4)
