"""Tones changed in L*."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import data

from heliochrome.errors import OptionError
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.tasks.adjust_options import ContrastOptions
from heliochrome.tasks.contrast import Tones, adjust_contrast


def dull(low: int = 90, high: int = 170) -> Picture:
    pixels = low + data.coffee().astype(np.uint16) * (high - low) // 255
    return Picture(pixels.astype(np.uint8))


def test_given_black_and_white_are_where_they_should_be() -> None:
    result = adjust_contrast(dull(), ContrastOptions(black=38, white=70))
    expected = np.clip((lightness(dull()) - 38) / 32, 0, 1) * 100
    assert np.abs(lightness(result.picture) - expected).max() <= 0.5
    assert result.tones == Tones(38, 70, 1)


def test_chroma_stays_where_it_fits() -> None:
    before = srgb_to_lab(dull().pixels / 255)[..., 1:]
    result = adjust_contrast(dull(), ContrastOptions(black=30, white=75)).picture
    after = srgb_to_lab(result.pixels / 255)
    inside = (after[..., 0] > 30) & (after[..., 0] < 70)
    assert np.abs(after[..., 1:] - before)[inside].mean() < 0.6


def test_automatic_contrast_uses_the_whole_range_but_for_the_clip() -> None:
    options = ContrastOptions(clip=0.01, most=10)
    light = lightness(adjust_contrast(dull(), options).picture)
    assert (light <= 0.3).mean() == pytest.approx(0.01, abs=0.006)
    assert (light >= 99.7).mean() == pytest.approx(0.01, abs=0.006)


def test_automatic_contrast_has_a_limit() -> None:
    tones = adjust_contrast(dull(), ContrastOptions(most=1.5)).tones
    assert tones.white - tones.black == pytest.approx(100 / 1.5)
    assert 0 < tones.black < lightness(dull()).min()
    assert 100 > tones.white > lightness(dull()).max()


def test_one_end_may_be_given() -> None:
    black = adjust_contrast(dull(), ContrastOptions(black=20)).tones
    assert black.black == 20
    assert black.white - black.black >= 50
    white = adjust_contrast(dull(), ContrastOptions(white=80)).tones
    assert white.white == 80
    assert white.white - white.black >= 50


def test_gamma_lightens_midtones_and_leaves_the_ends() -> None:
    ramp = np.tile(np.arange(256, dtype=np.uint8), (4, 1))[..., None]
    result = adjust_contrast(Picture(ramp), ContrastOptions(black=0, white=100, gamma=1.5)).picture
    assert result.is_gray
    assert (result.pixels[0, [0, -1], 0] == [0, 255]).all()
    assert (result.pixels[0, 20:235, 0] > ramp[0, 20:235, 0]).all()


def test_a_border_does_not_count() -> None:
    pixels = np.full((400, 500, 3), 253, np.uint8)
    pixels[30:-30, 30:-30] = dull().pixels[:340, :440]
    inner = adjust_contrast(Picture(pixels[30:-30, 30:-30].copy())).tones
    assert adjust_contrast(Picture(pixels)).tones == inner


def test_full_contrast_is_left_as_it_is() -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
    picture = Picture(ramp)
    assert adjust_contrast(picture, ContrastOptions(clip=0)).picture is picture


def test_16_bits_and_alpha_are_kept() -> None:
    pixels = dull().pixels.astype(np.uint16) * 257
    alpha = np.full(pixels.shape[:2], 40_000, np.uint16)
    result = adjust_contrast(Picture(pixels, alpha=alpha)).picture
    assert result.pixels.dtype == np.uint16
    assert (result.alpha == 40_000).all()


@pytest.mark.parametrize(
    "wrong", [{"black": 50, "white": 50.5}, {"gamma": 0}, {"clip": 0.2}, {"white": 0}, {"most": 0}]
)
def test_values_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(OptionError):
        ContrastOptions(**wrong)
