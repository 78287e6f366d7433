"""Restoring faded prints: what is lost comes back, what is not lost stays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from heliochrome.errors import OptionError
from heliochrome.evaluation.color_metrics import mean_delta_e_2000
from heliochrome.image import icc
from heliochrome.image.color import linear_to_srgb, srgb_to_linear
from heliochrome.image.density import density, light
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.tasks.adjust_options import UnfadeOptions
from heliochrome.tasks.fading import Fading, shipped_model, statistics_of
from heliochrome.tasks.unfade import is_monochrome, small_densities, unfade

GOOD = ("astronaut", "coffee", "chelsea")


def fade(
    pixels: NDArray[np.uint8], kept: tuple[float, ...], stain: tuple[float, ...]
) -> NDArray[np.uint8]:
    """Fade channel by channel; that is simpler than what the estimator was fitted to."""
    lost = density(srgb_to_linear(pixels / 255)) * np.array(kept) + np.array(stain)
    return np.rint(255 * linear_to_srgb(np.clip(light(lost), 0, 1))).astype(np.uint8)


KEPT, STAIN = (0.5, 0.75, 0.65), (0.01, 0.05, 0.14)


@pytest.mark.parametrize("name", GOOD)
def test_most_of_a_fading_is_undone(name: str) -> None:
    truth = getattr(data, name)()
    faded = fade(truth, KEPT, STAIN)
    result = unfade(Picture(faded))
    assert result.fading.probability > 0.75
    before, after = (mean_delta_e_2000(truth, p) for p in (faded, result.picture.pixels))
    assert after < 0.6 * before


@pytest.mark.parametrize("name", GOOD)
def test_good_photos_stay_almost_as_they_are(name: str) -> None:
    truth = getattr(data, name)()
    assert mean_delta_e_2000(truth, unfade(Picture(truth)).picture.pixels) < 1


@pytest.mark.parametrize("kept", [(1.0, 1.0, 1.0), (0.6, 0.6, 0.6)])
def test_black_and_white_stays_neutral(kept: tuple[float, ...]) -> None:
    gray = data.camera()[..., None].repeat(3, -1)
    result = unfade(Picture(fade(gray, kept, (0.05, 0.05, 0.05))))
    assert result.monochrome
    assert np.ptp(result.picture.pixels.astype(int), axis=-1).max() == 0


def test_a_gray_picture_stays_gray_and_gets_its_contrast_back() -> None:
    faded = fade(data.camera()[..., None].repeat(3, -1), (0.5,) * 3, (0.1,) * 3)[..., :1]
    result = unfade(Picture(faded)).picture
    assert result.is_gray
    assert lightness(result).std() > 1.2 * lightness(Picture(faded)).std()


def test_toned_black_and_white_is_told_from_color() -> None:
    sepia = data.camera()[..., None] / 255 * np.array([1.0, 0.86, 0.68])
    noise = np.random.default_rng(0).normal(0, 3, sepia.shape)
    toned = np.clip(255 * sepia + noise, 0, 255).astype(np.uint8)
    assert is_monochrome(small_densities(Picture(toned)))
    for name in GOOD:
        faded = fade(getattr(data, name)(), (0.5, 0.5, 0.5), STAIN)
        assert not is_monochrome(small_densities(Picture(faded)))


def test_strength_scales_the_correction() -> None:
    half = Fading((4.0, 1.0, 2.25), (0.1, 0.0, 0.2), 1.0).scaled(0.5)
    np.testing.assert_allclose(half.gains, (2, 1, 1.5))
    np.testing.assert_allclose(half.stain, (0.05, 0, 0.1))
    truth = data.astronaut()
    faded = Picture(fade(truth, KEPT, STAIN))
    assert unfade(faded, UnfadeOptions(strength=0)).picture is faded
    some, all_of_it = (
        mean_delta_e_2000(faded.pixels, unfade(faded, UnfadeOptions(strength=s)).picture.pixels)
        for s in (0.5, 1.0)
    )
    assert 0.3 * all_of_it < some < 0.7 * all_of_it


class Overeager:
    """Stands for an estimate that is far too strong."""

    def estimate(self, _: NDArray[np.float32]) -> Fading:
        return Fading((4.0, 4.0, 4.0), (0.8, 0.8, 0.8), 1.0)


@pytest.mark.parametrize("share", [0.0, 0.002, 0.03])
def test_no_more_is_clipped_than_stated(share: float) -> None:
    faded = fade(data.coffee(), KEPT, STAIN)
    result = unfade(Picture(faded), UnfadeOptions(most_clipping=share), Overeager())
    for channel in range(3):
        levels, before = result.picture.pixels[..., channel], faded[..., channel]
        for end in (0, 255):
            assert ((levels == end) & (before != end)).mean() <= share


def test_a_border_does_not_count_and_changes_with_the_rest() -> None:
    faded = fade(data.coffee(), KEPT, STAIN)
    whole = np.full((480, 700, 3), 252, np.uint8)
    whole[40:440, 50:650] = faded
    result = unfade(Picture(whole))
    alone = unfade(Picture(faded))
    assert result.margins.inner(480, 700) == (slice(40, 440), slice(50, 650))
    assert result.fading == alone.fading
    np.testing.assert_array_equal(result.picture.pixels[40:440, 50:650], alone.picture.pixels)


def test_16_bits_profile_and_alpha_are_heeded() -> None:
    faded = fade(data.astronaut(), KEPT, STAIN)
    deep = faded.astype(np.uint16) * 257
    alpha = np.full(deep.shape[:2], 30_000, np.uint16)
    plain = unfade(Picture(deep, alpha=alpha)).picture
    assert plain.pixels.dtype == np.uint16
    assert (plain.alpha == 30_000).all()
    shallow = unfade(Picture(faded)).picture.pixels.astype(int)
    # Blacks may become a little darker before they are rounded to the end.
    assert np.abs(plain.pixels / 257 - shallow).max() < 1.5
    tagged = unfade(Picture(deep, icc_profile=icc.srgb_profile())).picture
    assert tagged.icc_profile is None
    assert np.abs(tagged.pixels.astype(int) - plain.pixels).mean() < 30


def test_float_pictures_become_16_bits() -> None:
    faded = fade(data.astronaut(), KEPT, STAIN)
    result = unfade(Picture((faded / 255).astype(np.float32))).picture
    assert result.pixels.dtype == np.uint16


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (2, 3)])
@pytest.mark.parametrize("level", [0, 130, 255])
def test_tiny_and_uniform_pictures_are_no_problem(size: tuple[int, int], level: int) -> None:
    result = unfade(Picture(np.full((*size, 3), level, np.uint8)))
    assert result.picture.pixels.shape == (*size, 3)
    assert np.isfinite(result.fading.gains).all()


def test_statistics_follow_the_law_of_fading() -> None:
    """Percentiles and spreads of a faded print are those of the original, scaled and shifted."""
    original = small_densities(Picture(data.coffee()))
    faded = np.array(KEPT)[:, None, None] * original + np.array(STAIN)[:, None, None]
    before, after = statistics_of(original), statistics_of(faded.astype(np.float32))
    levels = before[:33].reshape(11, 3) * KEPT + STAIN
    np.testing.assert_allclose(after[:33].reshape(11, 3), levels, rtol=1e-4)
    np.testing.assert_allclose(after[33:36] - before[33:36], np.log(KEPT), rtol=1e-3)


def test_the_shipped_coefficients_fit_the_statistics() -> None:
    model, count = shipped_model(), len(statistics_of(np.zeros((3, 4, 4), np.float32)))
    assert model.mean.shape == model.deviation.shape == (count,)
    assert model.loss.shape == (count + 1, 6)
    assert model.evidence.shape == (count + 1,)


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(OptionError, match="strength: is -1"):
        UnfadeOptions(strength=-1)
    with pytest.raises(OptionError, match="most_clipping"):
        UnfadeOptions(most_clipping=0.5)
