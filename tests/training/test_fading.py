"""Synthetic fading, and the estimator that is fitted to it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from heliochrome.image.color import srgb_to_linear
from heliochrome.image.density import density
from heliochrome.image.picture import Picture
from heliochrome.tasks.fading import statistics_of
from heliochrome.tasks.unfade import small_densities
from heliochrome.training.fading import LEAST_KEPT, MOST_KEPT, MOST_STAIN, fade
from heliochrome.training.fading_fit import best_loss, fit_fading, main


def densities(pixels: np.ndarray) -> np.ndarray:
    return density(srgb_to_linear(pixels / 255))


@pytest.mark.parametrize("seed", range(5))
def test_white_gets_the_stain_and_black_what_is_left(seed: int) -> None:
    pixels = np.zeros((1, 2, 3), np.uint8)
    pixels[0, 1] = 255
    black, white = densities(fade(pixels, np.random.default_rng(seed)))[0]
    assert (np.diff(white) > -0.01).all()  # most in blue
    assert white.max() <= MOST_STAIN + 0.01
    kept = (black - white) / densities(pixels)[0, 0]
    assert (kept > LEAST_KEPT - 0.02).all()
    assert (kept < MOST_KEPT + 0.02).all()


def test_the_same_seed_fades_alike() -> None:
    photo = data.coffee()[:40, :60]
    one, two, other = (fade(photo, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_the_loss_of_one_channel_shows_in_the_others() -> None:
    """Dyes absorb where they should not, so that no channel is faded by itself."""
    red = np.zeros((1, 1, 3), np.uint8)
    red[..., 0] = 255
    faded = densities(fade(red, np.random.default_rng(3)))[0, 0]
    original = densities(red)[0, 0]
    assert faded[0] > original[0]


def test_the_best_loss_is_that_of_channels_faded_by_themselves() -> None:
    true = small_densities(Picture(data.coffee()))
    gains, stain = np.array([2.0, 1.25, 1.5]), np.array([0.02, 0.06, 0.1])
    seen = true / gains[:, None, None] + stain[:, None, None]
    np.testing.assert_allclose(best_loss(true, seen), [*np.log(gains), *stain], atol=1e-4)


def photos() -> list[np.ndarray]:
    whole = [data.astronaut(), data.coffee(), data.chelsea(), data.rocket()]
    return [p[y : y + 150, x : x + 150] for p in whole for y in (0, 100) for x in (0, 80, 160)]


def test_a_fitted_model_knows_what_it_was_fitted_to() -> None:
    model = fit_fading(photos())
    rng = np.random.default_rng(8)
    errors, blank = [], []
    for photo in photos():
        true, seen = (small_densities(Picture(p)) for p in (photo, fade(photo, rng)))
        wanted = best_loss(true, seen)[:3]
        errors.append(np.log(model.estimate(seen).gains) - wanted)
        blank.append(wanted)
    assert np.abs(errors).mean() < 0.5 * np.abs(blank).mean()


def test_the_command_writes_coefficients(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for index, photo in enumerate(photos()[::3]):
        Image.fromarray(photo).save(folder / f"{index}.png")
    output = tmp_path / "fading.json"
    assert main(["--data", str(folder), "--output", str(output)]) == 0
    found = json.loads(output.read_text())
    count = len(statistics_of(np.zeros((3, 4, 4), np.float32)))
    assert len(found["mean"]) == count
    assert np.array(found["loss"]).shape == (count + 1, 6)
    assert np.isfinite(found["evidence"]).all()
