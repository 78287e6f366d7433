from __future__ import annotations

import numpy as np
import pytest

from fake_colorizer import AB_PER_LIGHTNESS, fake_card
from heliochrome.errors import CardError, OptionError
from heliochrome.image.color import lab_to_srgb, srgb_to_lab
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.resize import resize_lightness
from heliochrome.model.session import Network
from heliochrome.tasks.colorize import colorize, operating_point, working_size
from heliochrome.tasks.options import ColorizeOptions, Hint


def _gray(level: float, size: tuple[int, int] = (96, 128), dtype: type = np.uint8) -> Picture:
    """A flat gray photo of L* `level`."""
    srgb = lab_to_srgb(np.array([level, 0, 0]))[0]
    scale = 1 if dtype == np.float32 else np.iinfo(dtype).max
    value = srgb * scale if dtype == np.float32 else round(srgb * scale)
    return Picture(np.full((*size, 1), value, dtype))


def _tinted(lab: tuple[float, float, float], size: tuple[int, int] = (96, 128)) -> Picture:
    levels = np.rint(lab_to_srgb(np.array(lab)) * 255).astype(np.uint8)
    return Picture(np.ascontiguousarray(np.broadcast_to(levels, (*size, 3))))


def _lab(picture: Picture) -> np.ndarray:
    return srgb_to_lab(picture.pixels / np.iinfo(picture.pixels.dtype).max)


def test_a_photo_takes_the_networks_colors_and_keeps_its_lightness(fake_network: Network) -> None:
    result = colorize(_gray(70), fake_network)
    lab = _lab(result.picture)
    expected = 20 * np.array(AB_PER_LIGHTNESS)
    np.testing.assert_allclose(lab[..., 1:], np.broadcast_to(expected, (96, 128, 2)), atol=1)
    np.testing.assert_allclose(lab[..., 0], 70, atol=0.7)  # half a level of the input included


def test_sepia_and_color_count_by_their_luminance_only(fake_network: Network) -> None:
    gray, sepia, blue = (
        colorize(_tinted((65, a, b)), fake_network).picture.pixels.astype(int)
        for a, b in ((0, 0), (8, 22), (5, -30))
    )
    assert np.abs(gray - sepia).max() <= 2
    assert np.abs(gray - blue).max() <= 2


@pytest.mark.parametrize(
    ("dtype", "expected"), [(np.uint8, np.uint8), (np.uint16, np.uint16), (np.float32, np.uint16)]
)
def test_depth_alpha_container_and_metadata_are_carried(
    fake_network: Network, dtype: type, expected: type
) -> None:
    metadata = Metadata(exif=b"MM\0*", xmp=b"<x/>", dpi=(300, 300))
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    alpha = np.full((96, 128), full, dtype)
    alpha[:10] = 0
    gray = _gray(60, dtype=dtype)
    picture = Picture(gray.pixels, alpha, "TIFF", None, metadata)
    result = colorize(picture, fake_network).picture
    assert result.pixels.dtype == expected
    assert result.pixels.shape == (96, 128, 3)
    assert result.alpha is not None
    assert result.alpha.dtype == expected
    assert not result.alpha[:10].any()
    assert (result.alpha[10:] == np.iinfo(expected).max).all()
    assert (result.container, result.icc_profile, result.metadata) == ("TIFF", None, metadata)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 2), (65, 127), (300, 200)])
def test_any_size_and_shape_works(fake_network: Network, size: tuple[int, int]) -> None:
    result = colorize(_gray(70, size), fake_network)
    assert result.picture.pixels.shape == (*size, 3)
    assert result.confidence.shape == size
    assert _lab(result.picture)[0, 0, 2] == pytest.approx(16, abs=1)


def test_the_working_size_keeps_the_aspect_ratio() -> None:
    card = fake_card()  # working size 128
    assert working_size(3000, 4000, card) == (96, 128)
    assert working_size(4000, 3000, card) == (128, 96)
    assert working_size(100, 80, card) == (100, 80)  # never enlarged to the working size
    assert working_size(20, 10, card) == (64, 32)  # but to what the network can see
    assert working_size(1, 10000, card) == (4, 128)


def test_vividness_runs_from_gray_over_the_cards_point_to_the_most_vivid(
    fake_network: Network,
) -> None:
    chroma = [
        np.linalg.norm(_lab(colorize(_gray(70), fake_network, options).picture)[..., 1:], axis=-1)
        for options in (ColorizeOptions(vividness=v) for v in (0, 0.5, 1, 1.5, 2))
    ]
    means = [float(values.mean()) for values in chroma]
    assert means[0] < 0.5
    assert means[1] == pytest.approx(means[2] / 2, abs=0.5)
    assert means == sorted(means)
    assert means[4] > 1.2 * means[2]


def test_the_operating_point_is_the_cards_at_vividness_one() -> None:
    facts = fake_card().colorizer
    assert facts is not None
    point = facts.model_copy(update={"temperature": 0.6, "chroma_scale": 1.1})
    assert operating_point(ColorizeOptions(), point) == pytest.approx((0.6, 1.1))
    assert operating_point(ColorizeOptions(vividness=0), point) == pytest.approx((0.6, 0))
    assert operating_point(ColorizeOptions(vividness=2), point) == pytest.approx((0.6, 1.76))
    assert operating_point(ColorizeOptions(temperature=0.3), point) == pytest.approx((0.3, 1.1))


@pytest.mark.parametrize("radius", [None, 0.0, 0.04, 0.15])
def test_a_hinted_point_takes_its_color(fake_network: Network, radius: float | None) -> None:
    hint = Hint(0.25, 0.75, (-30, 25), radius)
    lab = _lab(colorize(_gray(60), fake_network, ColorizeOptions(hints=(hint,))).picture)
    # Within 2 units: quantization to 8 bits is 0.7, the rest is the upsampling from the cells.
    np.testing.assert_allclose(lab[72, 32, 1:], (-30, 25), atol=2)
    plain = _lab(colorize(_gray(60), fake_network).picture)
    np.testing.assert_allclose(lab[5, 120], plain[5, 120], atol=1)


def test_hints_are_certain_and_others_are_not(fake_network: Network) -> None:
    options = ColorizeOptions(hints=(Hint(0.5, 0.5, "#6090d0", 0.1),))
    confidence = colorize(_gray(60), fake_network, options).confidence
    assert confidence.dtype == np.float32
    assert confidence[48, 64] == pytest.approx(1)
    assert confidence[0, 0] < 0.9


def test_vividness_zero_is_gray_at_hints_too(fake_network: Network) -> None:
    options = ColorizeOptions(vividness=0, hints=(Hint(0.5, 0.5, (40, 40)),))
    lab = _lab(colorize(_gray(60), fake_network, options).picture)
    assert np.abs(lab[..., 1:]).max() < 0.5


def test_a_hint_outside_the_photo_is_refused(fake_network: Network) -> None:
    with pytest.raises(OptionError, match="outside the photo of 128 x 96"):
        colorize(
            _gray(60), fake_network, ColorizeOptions(hints=(Hint(128, 3, (0, 0), unit="pixel"),))
        )


def test_a_reference_moves_the_colors_toward_its_palette(fake_network: Network) -> None:
    plain = _lab(colorize(_gray(50), fake_network).picture)[..., 1:].mean((0, 1))
    options = ColorizeOptions(reference=_tinted((60, 40, -20)))
    moved = _lab(colorize(_gray(50), fake_network, options).picture)[..., 1:].mean((0, 1))
    before, after = (np.linalg.norm(mean - (40, -20)) for mean in (plain, moved))
    assert after < 0.5 * before


def test_existing_color_is_kept_where_there_is_some(fake_network: Network) -> None:
    pixels = _tinted((60, 0, 0)).pixels.copy()
    pixels[:, 64:] = _tinted((60, 30, 20)).pixels[:, 64:]
    result = colorize(Picture(pixels), fake_network, ColorizeOptions(keep_existing=True))
    np.testing.assert_array_equal(result.picture.pixels[:, 68:], pixels[:, 68:])
    assert _lab(result.picture)[50, 10, 2] == pytest.approx(8, abs=1.5)
    assert result.confidence[50, 120] == pytest.approx(1)
    plain = colorize(Picture(pixels), fake_network)
    assert _lab(plain.picture)[50, 120, 2] == pytest.approx(8, abs=1.5)


def test_a_fully_colored_photo_is_returned_as_it_is(fake_network: Network) -> None:
    photo = _tinted((55, 25, 30))
    result = colorize(photo, fake_network, ColorizeOptions(keep_existing=True))
    np.testing.assert_array_equal(result.picture.pixels, photo.pixels)
    assert result.mean_confidence == pytest.approx(1)


def test_variants_differ_repeat_and_do_not_depend_on_their_number(fake_network: Network) -> None:
    def variants(count: int, seed: int = 7) -> list[np.ndarray]:
        options = ColorizeOptions(variants=count, seed=seed)
        return [picture.pixels for picture in colorize(_gray(60), fake_network, options).variants()]

    three, two, other = variants(3), variants(2), variants(2, seed=8)
    np.testing.assert_array_equal(three[0], colorize(_gray(60), fake_network).picture.pixels)
    np.testing.assert_array_equal(three[1], two[1])
    for one, another in ((three[0], three[1]), (three[1], three[2]), (two[1], other[1])):
        assert np.abs(one.astype(int) - another).mean() > 2


def test_variants_are_about_as_vivid_as_the_expected_coloring(fake_network: Network) -> None:
    first, *others = colorize(_gray(60), fake_network, ColorizeOptions(variants=5)).variants()
    chroma = [np.sqrt(np.mean(_lab(picture)[..., 1:] ** 2)) for picture in (first, *others)]
    assert max(chroma[1:]) < 1.25 * chroma[0]


def test_variants_keep_the_lightness(fake_network: Network) -> None:
    options = ColorizeOptions(variants=4)
    for picture in colorize(_gray(60), fake_network, options).variants():
        np.testing.assert_allclose(_lab(picture)[..., 0], 60, atol=0.8)


def test_confidence_is_that_of_the_cards_table(fake_network: Network) -> None:
    result = colorize(_gray(50), fake_network)
    # A Gaussian with s = 15 in each of a and b spreads 15 sqrt(2) = 21.2: between (10, 0.8) and
    # (40, 0.1) of the table that is 0.8 - 0.7 * 11.2 / 30.
    assert result.mean_confidence == pytest.approx(0.539, abs=0.01)
    np.testing.assert_allclose(result.confidence, 0.539, atol=0.01)


def test_the_confidence_map_is_made_at_full_size_only_when_asked_for(
    fake_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, ...]] = []

    def resize(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        asked.append(tuple(size))
        return resize_lightness(values, size)

    monkeypatch.setattr("heliochrome.tasks.colorize.resize_lightness", resize)
    options = ColorizeOptions(hints=(Hint(0.3, 0.6, (20, 20), 0.2),))
    result = colorize(_gray(60, (300, 400)), fake_network, options)
    assert 0 < result.mean_confidence < 1
    assert (300, 400) not in asked
    confidence = result.confidence
    assert confidence.shape == (300, 400)
    assert confidence.mean() == pytest.approx(result.mean_confidence, abs=0.01)
    assert result.confidence is confidence


def test_a_network_for_another_task_is_refused(fake_network: Network) -> None:
    card = fake_card().model_copy(update={"task": "restyle", "colorizer": None})
    with pytest.raises(CardError, match="is a network for 'restyle'"):
        colorize(_gray(50), Network(card, "onnxruntime", lambda *_: {}))
