"""What a historian of photography would look for in each process."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from skimage import data

from heliochrome.image.color import colorfulness, srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.looks import LOOKS
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change, find_look

SINGLE = [look.name for look in LOOKS if look.emulsion.layers == "single"]
RED, BLUE, GRAY = (200, 40, 40), (60, 90, 210), (119, 119, 119)


@cache
def _aged(name: str) -> np.ndarray:
    """Lab of the astronaut in a look, without its border."""
    look = change(find_look(name), {"border.width": 0, "border.corner": 0, "border.rough": 0})
    return srgb_to_lab(vintage(Picture(data.astronaut()), VintageOptions(look)).pixels / 255)


def _patch(name: str, color: tuple[int, int, int], **changes: float) -> np.ndarray:
    """Mean Lab in the middle of a picture that is half `color` and half gray."""
    pixels = np.full((120, 160, 3), GRAY, np.uint8)
    pixels[:, :80] = color
    calm = {"damage.dust": 0, "damage.spots": 0, "border.width": 0, "border.rough": 0}
    look = change(find_look(name), {**calm, **changes})
    aged = vintage(Picture(pixels), VintageOptions(look)).pixels
    return srgb_to_lab(aged[40:80, 20:60] / 255).mean(axis=(0, 1))


@pytest.mark.parametrize("name", ["daguerreotype", "albumen", "tintype"])
def test_plates_that_see_blue_only_turn_red_black_and_skies_white(name: str) -> None:
    red, blue, gray = (
        _patch(name, color, **{"light.metering": 0})[0] for color in (RED, BLUE, GRAY)
    )
    assert red < gray - 15
    assert blue > gray + 15


@pytest.mark.parametrize("name", ["gelatin-silver-1920s", "cyanotype", "platinum"])
def test_orthochromatic_plates_see_red_darker_than_blue(name: str) -> None:
    assert _patch(name, RED)[0] < _patch(name, BLUE)[0] - 15


def test_panchromatic_film_sees_red_too() -> None:
    ortho = _patch("gelatin-silver-1920s", RED, **{"light.metering": 0})[0]
    pan = _patch("gelatin-silver-1950s", RED, **{"light.metering": 0})[0]
    assert pan > ortho + 8


@pytest.mark.parametrize("name", [name for name in SINGLE if name != "hand-tinted"])
def test_black_and_white_processes_have_one_color_per_lightness(name: str) -> None:
    red, blue = (_patch(name, color, **{"light.metering": 0}) for color in (RED, BLUE))
    ramp = [_patch(name, 3 * (level,), **{"light.metering": 0}) for level in range(0, 256, 15)]
    for lab in (red, blue):
        nearest = min(ramp, key=lambda other: abs(other[0] - lab[0]))
        np.testing.assert_allclose(lab[1:], nearest[1:], atol=4)


def test_cyanotypes_are_prussian_blue_with_white_lights() -> None:
    lab = _aged("cyanotype")
    dark, light = lab[lab[..., 0] < 45], lab[lab[..., 0] > 92]
    hue = np.degrees(np.arctan2(dark[:, 2], dark[:, 1])) % 360
    assert 250 < np.median(hue) < 285
    assert np.median(np.hypot(dark[:, 1], dark[:, 2])) > 28
    assert np.abs(light[:, 1:]).mean() < 6


def test_daguerreotypes_are_cool_silver_and_never_white() -> None:
    lab = _aged("daguerreotype")
    middle = lab[(lab[..., 0] > 30) & (lab[..., 0] < 60)]
    assert -6 < np.median(middle[:, 2]) < 0
    assert lab[..., 0].max() < 93


def test_albumen_prints_are_brown_in_cream() -> None:
    lab = _aged("albumen")
    dark, light = lab[lab[..., 0] < 40], lab[lab[..., 0] > 85]
    assert dark[:, 1].mean() > 5
    assert light[:, 2].mean() > 9
    assert lab[..., 2].min() > 0


def test_platinum_is_nearly_neutral_matte_and_long() -> None:
    lab = _aged("platinum")
    assert np.abs(lab[..., 1]).mean() < 2
    assert 2 < lab[..., 2].mean() < 8
    assert lab[..., 0].min() > 15


def test_tintypes_are_dark() -> None:
    assert np.percentile(_aged("tintype")[..., 0], 99) < 82


def test_hand_tinting_keeps_hues_but_pales_them() -> None:
    red, blue = _patch("hand-tinted", RED), _patch("hand-tinted", BLUE)
    assert red[1] > 10
    assert blue[2] < 0
    assert np.hypot(*red[1:]) < 40
    assert abs(_patch("hand-tinted", GRAY)[1]) < 5


def test_autochromes_are_pastel_sums_of_colored_grains() -> None:
    lab = _aged("autochrome")
    before = colorfulness(data.astronaut())
    after = _colorfulness("autochrome")
    assert 0.3 * before < after < 0.8 * before
    gray = Picture(np.full((150, 900, 3), 150, np.uint8))
    look = change(find_look("autochrome"), {"damage.dust": 0, "grain.amount": 0})
    speckle = srgb_to_lab(vintage(gray, VintageOptions(look)).pixels[40:110, 400:500] / 255)
    assert speckle[..., 1].std() > 2
    assert speckle[..., 2].std() > 2
    assert np.percentile(lab[..., 0], 99) < 96


def _colorfulness(name: str) -> float:
    look = change(find_look(name), {"border.width": 0})
    return colorfulness(vintage(Picture(data.astronaut()), VintageOptions(look)).pixels)


def test_technicolor_is_the_most_colorful_and_polaroid_pale() -> None:
    assert _colorfulness("technicolor-1950s") > 1.1 * colorfulness(data.astronaut())
    assert _colorfulness("polaroid") < 0.9 * colorfulness(data.astronaut())


def test_kodachrome_is_contrasty_with_deep_blacks() -> None:
    before, after = srgb_to_lab(data.astronaut() / 255)[..., 0], _aged("kodachrome")[..., 0]
    middle = (before > 30) & (before < 70)
    assert after[middle].std() > 1.1 * before[middle].std()
    assert np.percentile(after, 2) < 6


def test_faded_prints_are_magenta_and_yellow_flat_and_milky() -> None:
    lab = _aged("faded-print-1970s")
    before = srgb_to_lab(data.astronaut() / 255)
    assert np.percentile(lab[..., 0], 1) > 18
    assert lab[..., 0].std() < 0.8 * before[..., 0].std()
    assert _patch("faded-print-1970s", (40, 40, 40))[1] > 8  # a dark gray turns magenta
    assert _patch("faded-print-1970s", (235, 235, 235))[2] > 6  # a light one yellow


def test_cross_processing_splits_the_tones() -> None:
    dark = _patch("cross-processed", (45, 45, 45))
    light = _patch("cross-processed", (220, 220, 220))
    assert dark[2] < -5
    assert light[2] > 10


def test_polaroids_have_a_wide_foot() -> None:
    photo = Picture(data.astronaut())
    aged = vintage(photo, VintageOptions(find_look("polaroid")))
    side = (aged.width - photo.width) // 2
    assert side == round(0.057 * 512)
    assert aged.height - photo.height - side > 3 * side


def test_metering_makes_up_for_colors_that_the_plate_does_not_see() -> None:
    autumn = Picture(np.full((60, 80, 3), (190, 110, 40), np.uint8))
    dark, lighter = (
        vintage(
            autumn,
            VintageOptions(change(find_look("albumen"), {"light.metering": share})),
        ).pixels.mean()
        for share in (0.0, 1.0)
    )
    assert lighter > dark + 40


def test_a_black_and_white_photo_gets_no_washes() -> None:
    photo = Picture(data.camera()[::2, ::2, None].copy())
    look = change(find_look("hand-tinted"), {"border.width": 0})
    bare = change(look, {"wash.amount": 0})
    tinted, plain = (vintage(photo, VintageOptions(each)).pixels for each in (look, bare))
    assert np.abs(tinted.astype(int) - plain).max() <= 1
