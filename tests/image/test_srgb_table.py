"""The table of 8-bit sRGB by quantized Lab."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from heliochrome.image.color import srgb_to_lab
from heliochrome.image.srgb_encoder import SrgbEncoder
from heliochrome.image.srgb_table import SrgbTable

LOWEST, HIGHEST = np.array([-21.3, -40], np.float32), np.array([33, 17.9], np.float32)


def look_up(
    table: SrgbTable, lightness: NDArray[np.float32], chroma: NDArray[np.float32]
) -> NDArray[np.uint8]:
    entries = table.lightness_entries(lightness) + table.chroma_entries(chroma)
    table.encode(entries)
    samples, missing = table.look_up(entries)
    assert missing.size == 0
    return samples[..., :3]


def colors(count: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """L* (1, n), and a* and b* (2, 1, n), on the steps of a table: multiples of 1/4 and 4/5."""
    rng = np.random.default_rng(4)
    lightness = rng.integers(0, 401, (1, count)).astype(np.float32) / 4
    steps = [rng.integers(-26, 42, (1, count)), rng.integers(-50, 23, (1, count))]
    return lightness, np.stack(steps).astype(np.float32) / np.float32(1.25)


def test_entries_are_what_the_encoder_gives() -> None:
    lightness, chroma = colors(3000)
    found = look_up(SrgbTable(LOWEST, HIGHEST), lightness, chroma)
    expected = SrgbEncoder(8).encode(lightness, chroma)
    off = np.abs(found.astype(int) - np.moveaxis(expected, 0, -1))
    # The last digit of a float decides where a sample lies between two levels.
    assert off.max() <= 1
    assert off.mean() < 1e-3


def test_a_filled_table_gives_the_same_again() -> None:
    table = SrgbTable(LOWEST, HIGHEST)
    lightness, chroma = colors(500)
    first = look_up(table, lightness, chroma)
    np.testing.assert_array_equal(look_up(table, lightness, chroma), first)
    # Some entries are there by now and some are not.
    more = colors(900)
    np.testing.assert_array_equal(look_up(table, *more), look_up(SrgbTable(LOWEST, HIGHEST), *more))


def test_entries_that_are_not_encoded_are_told() -> None:
    table = SrgbTable(LOWEST, HIGHEST)
    lightness, chroma = np.full((1, 4), 20, np.float32), np.zeros((2, 1, 4), np.float32)
    lightness[0, 1:3] = (60, 61)
    entries = table.lightness_entries(lightness) + table.chroma_entries(chroma)
    table.encode(entries[:, :1])
    samples, missing = table.look_up(entries)
    assert missing.tolist() == [1, 2]
    assert samples[0, 1:3].max() == 0
    table.encode(entries[:, 1])
    # What is nearly as light comes along, since grain will need it.
    samples, missing = table.look_up(entries)
    assert missing.size == 0
    assert (np.diff(samples[0, :3, 0].astype(int)) > 0).all()


def test_colors_between_steps_take_the_nearest() -> None:
    lightness, chroma = colors(500)
    table = SrgbTable(LOWEST, HIGHEST)
    expected = look_up(table, lightness, chroma)
    np.testing.assert_array_equal(look_up(table, lightness + 0.12, chroma - 0.39), expected)
    assert (look_up(table, lightness, np.clip(chroma + 0.41, None, 17)) != expected).any()


@pytest.mark.parametrize("corner", [LOWEST, HIGHEST, np.array([LOWEST[0], HIGHEST[1]])])
def test_the_ends_of_the_range_are_in_the_table(corner: NDArray[np.float32]) -> None:
    lightness = np.array([[45.0, 60.0]], np.float32)
    chroma = np.broadcast_to(corner[:, None, None], (2, 1, 2)).astype(np.float32)
    found = look_up(SrgbTable(LOWEST, HIGHEST), lightness, chroma)
    exact = np.moveaxis(SrgbEncoder(8).encode(lightness, chroma), 0, -1)
    off = srgb_to_lab(found / 255) - srgb_to_lab(exact / 255)
    # Half a step is 0.4 in each of a* and b*; rounding to 8 bits, twice, is the rest.
    assert np.linalg.norm(off, axis=-1).max() < 1.5


def test_lightness_beyond_its_range_is_clipped() -> None:
    table = SrgbTable(np.zeros(2, np.float32), np.zeros(2, np.float32))
    lightness = np.array([[-4, 0, 100, 130]], np.float32)
    found = look_up(table, lightness, np.zeros((2, 1, 4), np.float32))
    assert found[0].tolist() == [[0] * 3, [0] * 3, [255] * 3, [255] * 3]


def test_a_range_beyond_reason_does_not_fit() -> None:
    assert SrgbTable.fits(np.full(2, -60, np.float32), np.full(2, 60, np.float32))
    assert not SrgbTable.fits(np.full(2, -140, np.float32), np.full(2, 140, np.float32))
