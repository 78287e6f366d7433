"""The table of 8-bit sRGB by chroma in steps, at every lightness."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heliochrome.image.color import delta_e_2000, srgb_to_lab
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.srgb_table import ChromaSteps, SrgbTable

LOWEST, HIGHEST = np.array([-21.3, -40], np.float32), np.array([33, 17.9], np.float32)


def codes_of(steps: ChromaSteps, chroma: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Codes (n,) of a* and b* (2, n)."""
    numbers = chroma[:, None] * steps.SCALE + steps.origin
    return steps.codes(numbers.astype(np.int16))[0]


def look_up(light: NDArray[np.float32], chroma: NDArray[np.float32]) -> NDArray[np.uint8]:
    """R, G, B (n, 3) of L* (n,) with a* and b* (2, n)."""
    steps = ChromaSteps(LOWEST, HIGHEST)
    codes = codes_of(steps, chroma)
    table = SrgbTable(steps, np.unique(codes).astype(np.intp))
    samples = table.look_up(table.rows(codes) + table.levels(light))
    return samples.view(np.uint8).reshape(-1, 4)[:, :3]


def colors(count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """L* (n,) in the middle of the table's steps, and a* and b* (2, n) on them."""
    rng = np.random.default_rng(4)
    light = (rng.integers(1, 400, count).astype(np.float32) + np.float32(0.5)) / 4
    steps = [rng.integers(-26, 42, count), rng.integers(-50, 23, count)]
    return light, np.stack(steps).astype(np.float32) / np.float32(1.25)


def test_entries_are_what_the_encoder_gives() -> None:
    light, chroma = colors(20_000)
    expected = SrgbEncoder(8).encode(light, chroma).T
    found = look_up(light, chroma)
    # The table interpolates between whole L*, which rounds a sample in 50 to the other side.
    assert (found != expected).mean() < 0.03
    # Only where a color leaves the gamut in between does it come out paler, near white the most.
    off = delta_e_2000(srgb_to_lab(found / 255), srgb_to_lab(expected / 255))
    assert np.quantile(off, 0.99) < 1
    assert off.max() < 3


def test_lightness_is_kept() -> None:
    light, chroma = colors(5000)
    found = lightness(Picture(look_up(light, chroma)[None]))[0]
    assert np.abs(found - light).max() < 0.3


def test_colors_between_steps_take_the_nearest() -> None:
    light, chroma = colors(500)
    expected = look_up(light, chroma)
    np.testing.assert_array_equal(look_up(light + 0.12, chroma - 0.39), expected)
    np.testing.assert_array_equal(look_up(light - 0.12, chroma + 0.39), expected)
    assert (look_up(light, np.clip(chroma + 0.41, None, 17)) != expected).any()
    assert (look_up(light + 0.13, chroma) != expected).any()


@pytest.mark.parametrize("corner", [LOWEST, HIGHEST, np.array([LOWEST[0], HIGHEST[1]])])
def test_the_ends_of_the_range_are_in_the_table(corner: NDArray[np.float32]) -> None:
    light = np.array([45.0, 60.0], np.float32)
    chroma = corner[:, None].repeat(2, axis=1).astype(np.float32)
    off = srgb_to_lab(look_up(light, chroma) / 255)
    off -= srgb_to_lab(SrgbEncoder(8).encode(light, chroma).T / 255)
    # Half a step is 0.4 in each of a* and b*; rounding to 8 bits, twice, is the rest.
    assert np.linalg.norm(off, axis=-1).max() < 1.5


def test_codes_tell_what_they_stand_for() -> None:
    steps = ChromaSteps(LOWEST, HIGHEST)
    _, chroma = colors(500)
    codes = codes_of(steps, chroma)
    assert codes.max() < steps.count
    np.testing.assert_allclose(steps.chroma(codes.astype(np.intp)), chroma, atol=1e-5)


@pytest.mark.parametrize("chroma", [0.0, 15.0])
def test_black_and_white_are_exact_and_beyond_is_clipped(chroma: float) -> None:
    light = np.array([-4, 0, 100, 130], np.float32)
    found = look_up(light, np.full((2, 4), chroma, np.float32))
    assert found.tolist() == [[0] * 3, [0] * 3, [255] * 3, [255] * 3]


def test_every_gray_of_8_bits_is_exact() -> None:
    levels = np.arange(256, dtype=np.uint8)
    light = lightness(Picture(levels[None, :, None]))[0]
    found = look_up(light, np.zeros((2, 256), np.float32))
    np.testing.assert_array_equal(found, levels[:, None].repeat(3, axis=1))


def test_a_range_beyond_reason_does_not_fit() -> None:
    assert ChromaSteps(np.full(2, -100, np.float32), np.full(2, 100, np.float32)).fit
    assert not ChromaSteps(np.full(2, -140, np.float32), np.full(2, 140, np.float32)).fit
