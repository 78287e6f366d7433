from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from heliochrome.image import icc, strips
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.looks import FADED_PRINT_1970S, KODACHROME, LOOKS, POLAROID
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change
from heliochrome.tasks.vintage.parameters import Border, Look, Tone

PLAIN = Look("plain", tone=Tone(toe=0.005, shoulder=0.005, dmax=4))


def _photo(size: tuple[int, int] = (90, 120)) -> Picture:
    return Picture(np.ascontiguousarray(data.astronaut()[: size[0], 150 : 150 + size[1]]))


def _age(picture: Picture, look: Look, **options: float) -> np.ndarray:
    return vintage(picture, VintageOptions(look, **options)).pixels


def _settings(**values: object) -> Look:
    return change(PLAIN, {key.replace("__", "."): value for key, value in values.items()})


def test_a_look_that_does_nothing_leaves_the_photo_as_it_is() -> None:
    photo = _photo()
    difference = _age(photo, PLAIN).astype(int) - photo.pixels
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_strength_0_is_the_photo_itself(dtype: type) -> None:
    photo = Picture((_photo().pixels / 255).astype(dtype), icc_profile=icc.linear_profile())
    assert vintage(photo, VintageOptions(FADED_PRINT_1970S, strength=0)) is photo


def test_strength_goes_from_the_photo_to_the_look() -> None:
    photo = _photo()
    look = change(KODACHROME, {"tone.gamma": 1.6})
    full = _age(photo, look).astype(float)
    half = _age(photo, look, strength=0.5)
    np.testing.assert_allclose(half, (photo.pixels + full) / 2, atol=1)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_the_same_seed_gives_the_same_pixels_and_another_gives_others(look: Look) -> None:
    photo = _photo()
    first, again, other = (_age(photo, look, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.05


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_strips_are_equal_to_the_whole(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = _photo()
    whole = _age(photo, look)
    monkeypatch.setattr(strips, "STRIP_PIXELS", 700)
    cut = _age(photo, look)
    # Sums in another order may round a level the other way here and there.
    assert np.abs(whole.astype(int) - cut).max() <= 1
    assert (whole != cut).mean() < 1e-3


@pytest.mark.parametrize(
    ("dtype", "expected"), [(np.uint8, np.uint8), (np.uint16, np.uint16), (np.float32, np.uint16)]
)
def test_depth_alpha_container_and_metadata_are_carried(dtype: type, expected: type) -> None:
    metadata = Metadata(exif=b"MM\0*", xmp=b"<x/>", dpi=(300, 300))
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (_photo().pixels / 255 * top).astype(dtype)
    alpha = np.full(pixels.shape[:2], top, dtype)
    alpha[:20] = 0
    result = vintage(Picture(pixels, alpha, "TIFF", None, metadata), VintageOptions(POLAROID))
    assert result.pixels.dtype == expected
    assert (result.container, result.icc_profile, result.metadata) == ("TIFF", None, metadata)
    assert result.alpha is not None
    assert result.alpha.shape == result.pixels.shape[:2]
    side = round(0.057 * 90)
    assert not result.alpha[side : side + 20, side:-side].any()
    assert (result.alpha[:side] == np.iinfo(expected).max).all()
    assert (result.alpha[side + 20 :] == np.iinfo(expected).max).all()


def test_16_bits_are_not_cut_to_8() -> None:
    ramp = np.linspace(20_000, 20_500, 4096).astype(np.uint16).reshape(16, 256, 1)
    aged = _age(Picture(ramp), PLAIN)
    assert len(np.unique(aged[..., 0])) > 400
    np.testing.assert_allclose(aged[..., :1], ramp, atol=30)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 2), (65, 127)])
def test_any_size_and_shape_works(size: tuple[int, int]) -> None:
    photo = Picture(np.full((*size, 3), 120, np.uint8))
    for look in LOOKS:
        aged = _age(photo, look)
        assert aged.ndim == 3
        assert aged.shape[0] >= size[0]
        assert aged.shape[1] >= size[1]
        assert 10 < aged.mean() < 250


def test_gray_photos_are_aged_as_if_they_were_color() -> None:
    gray = np.ascontiguousarray(data.camera()[:90, :120, None])
    color = np.repeat(gray, 3, axis=2)
    for look in LOOKS:
        np.testing.assert_array_equal(_age(Picture(gray), look), _age(Picture(color), look))


def test_profiles_are_honored() -> None:
    photo = _photo()
    encoded = photo.pixels / np.float32(255)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    tagged = Picture(linear.astype(np.float32), icc_profile=icc.linear_profile())
    np.testing.assert_allclose(_age(tagged, KODACHROME) / 257, _age(photo, KODACHROME), atol=1.0)


def test_a_border_is_added_around_the_picture_and_covers_none_of_it() -> None:
    photo = _photo()
    look = replace(PLAIN, border=Border(width=0.1, bottom=3, density=(1, 1, 1)))
    aged = _age(photo, look)
    assert aged.shape == (90 + 9 + 27, 120 + 18, 3)
    assert np.abs(aged[9:99, 9:129].astype(int) - photo.pixels).max() <= 1
    margin = np.delete(aged.reshape(-1, 3), _inner(aged.shape), axis=0)
    assert (margin == margin[0]).all()
    assert margin[0, 0] == pytest.approx(89, abs=2)  # sRGB of a tenth of the light


def _inner(shape: tuple[int, ...]) -> np.ndarray:
    rows, columns = np.mgrid[9:99, 9:129]
    return (rows * shape[1] + columns).ravel()


def test_corners_are_round_and_edges_rough_only_when_asked() -> None:
    photo = Picture(np.full((100, 100, 3), 40, np.uint8))
    square = _age(photo, replace(PLAIN, border=Border(width=0.1)))[10:110, 10:110, 0]
    round_ = _age(photo, replace(PLAIN, border=Border(width=0.1, corner=0.2)))[10:110, 10:110, 0]
    rough = _age(photo, replace(PLAIN, border=Border(width=0.1, rough=0.02)))[10:110, 10:110, 0]
    assert np.ptp(square) == 0
    assert round_[0, 0] > 240
    assert round_[0, 50] == square[0, 50]
    edge = (rough > 150).argmin(axis=0)[10:90]  # how deep the paper comes in, per column
    assert edge.std() > 0.5
    assert edge.max() < 12


def test_a_small_preview_resembles_the_full_picture() -> None:
    full = np.repeat(np.repeat(data.astronaut(), 2, 0), 2, 1)
    small = full.reshape(256, 4, 256, 4, 3).mean(axis=(1, 3)).round().astype(np.uint8)
    for look in LOOKS:
        calm = change(look, {"border.width": 0})
        aged = _age(Picture(full), calm).reshape(256, 4, 256, 4, 3).mean(axis=(1, 3))
        preview = _age(Picture(small), calm)
        assert np.abs(aged - preview).mean() < 6, look.name
        assert np.abs(aged.mean() - preview.mean()) < 2, look.name


@pytest.mark.parametrize("key", ["lens.blur", "paper.texture", "grain.amount", "damage.dust"])
def test_effects_of_the_plate_do_not_depend_on_the_number_of_pixels(key: str) -> None:
    value = {"lens.blur": 900, "paper.texture": 0.2, "grain.amount": 0.6, "damage.dust": 300}[key]
    look = change(
        PLAIN, {key: value, "grain.size": 150, "paper.fiber": 600, "damage.dust_size": 400}
    )
    photo = data.astronaut()[100:356, 100:356]
    enlarged = np.repeat(np.repeat(photo, 3, 0), 3, 1)
    small = _age(Picture(np.ascontiguousarray(photo)), look)
    large = _age(Picture(enlarged), look).reshape(256, 3, 256, 3, 3).mean(axis=(1, 3))
    for channel in range(3):
        strengths = [
            np.abs(aged[..., channel] - photo[..., channel].astype(float)).mean()
            for aged in (small, large)
        ]
        assert strengths[0] == pytest.approx(strengths[1], rel=0.25)


def test_halation_glows_red_around_a_light_and_nowhere_else() -> None:
    night = np.full((200, 200, 3), 8, np.uint8)
    night[95:105, 95:105] = 255
    aged = _age(Picture(night), _settings(halation__amount=0.5, halation__base=300))
    glow = aged[93, 100].astype(int)
    assert glow[0] > 60
    assert glow[0] > 1.4 * glow[2]
    np.testing.assert_allclose(aged[5, 5], night[5, 5], atol=2)


def test_the_lens_falls_off_with_the_fourth_power_of_the_cosine() -> None:
    flat = Picture(np.full((300, 400, 3), 200, np.uint8))
    aged = _age(flat, _settings(lens__field=80)) / 255

    def linear(value: float) -> float:
        return float(((value + 0.055) / 1.055) ** 2.4)

    corner = linear(aged[0, 0, 0]) / linear(aged[150, 200, 0])
    assert corner == pytest.approx(np.cos(np.radians(40)) ** 4, rel=0.02)


def test_blur_has_the_width_that_is_asked_for() -> None:
    edge = np.zeros((20, 360, 3), np.uint8)
    edge[:, 180:] = 255
    aged = _age(Picture(edge), _settings(lens__blur=2000))[10, :, 0] / 255  # 20 pixels of 0.1 mm
    linear = np.where(aged <= 0.04045, aged / 12.92, ((aged + 0.055) / 1.055) ** 2.4)
    spread = np.diff(linear)
    assert (spread > spread.max() / 2).sum() == pytest.approx(20, abs=3)
