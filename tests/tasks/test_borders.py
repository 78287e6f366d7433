"""Borders of scans: found where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage import data

from heliochrome.errors import OptionError
from heliochrome.image.picture import Picture
from heliochrome.tasks.adjust_options import BorderOptions
from heliochrome.tasks.borders import Margins, crop_borders, find_borders

BLACK, WHITE, PAPER = (6, 5, 7), (252, 252, 250), (236, 226, 196)


def framed(
    pixels: NDArray[np.uint8], margins: Margins, color: tuple[int, int, int], grain: float = 1.5
) -> NDArray[np.uint8]:
    height = pixels.shape[0] + margins.top + margins.bottom
    width = pixels.shape[1] + margins.left + margins.right
    noise = np.random.default_rng(1).normal(0, grain, (height, width, 3))
    whole = np.clip(np.array(color) + noise, 0, 255).astype(np.uint8)
    whole[margins.inner(height, width)] = pixels
    return whole


@pytest.mark.parametrize("color", [BLACK, WHITE, PAPER])
@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea"])
def test_a_border_is_cropped_to_the_pixel(name: str, color: tuple[int, int, int]) -> None:
    pixels = getattr(data, name)()
    margins = Margins(top=20, bottom=31, left=17, right=40)
    result = crop_borders(Picture(framed(pixels, margins, color)))
    assert result.margins == margins
    np.testing.assert_array_equal(result.picture.pixels, pixels)


@pytest.mark.parametrize(
    "name", ["astronaut", "coffee", "chelsea", "rocket", "camera", "moon", "page", "coins", "text"]
)
def test_pictures_without_borders_stay_whole(name: str) -> None:
    pixels = getattr(data, name)()
    picture = Picture(pixels if pixels.ndim == 3 else pixels[..., None])
    assert find_borders(picture) == Margins()


def test_bed_and_mount_are_both_cropped() -> None:
    pixels = data.coffee()
    mount, bed = Margins(20, 20, 20, 20), Margins(12, 9, 30, 7)
    whole = framed(framed(pixels, mount, PAPER), bed, BLACK)
    assert find_borders(Picture(whole)) == mount + bed


def test_letterbox_bars_are_cropped() -> None:
    bars = Margins(top=40, bottom=40)
    assert find_borders(Picture(framed(data.chelsea(), bars, BLACK))) == bars


def test_a_white_sky_over_a_flat_horizon_is_not_a_border() -> None:
    pixels = data.coffee().copy()
    pixels[:60] = 253
    assert find_borders(Picture(pixels)) == Margins()


def test_a_night_sky_over_a_skyline_is_not_a_border() -> None:
    pixels = data.astronaut().copy()
    skyline = 40 + 25 * (np.arange(pixels.shape[1]) // 37 % 2)
    pixels[np.arange(pixels.shape[0])[:, None] < skyline] = 4
    assert find_borders(Picture(pixels)) == Margins()


def test_a_vignette_is_not_a_border() -> None:
    y, x = np.mgrid[-1:1:400j, -1:1:500j]
    fall = np.clip(1 - 0.95 * np.hypot(x, y) ** 2, 0, 1)[..., None]
    pixels = (fall * np.array((200, 190, 180))).astype(np.uint8)
    assert find_borders(Picture(pixels)) == Margins()


def test_a_sky_that_darkens_upward_is_not_a_border() -> None:
    pixels = np.linspace(0, 150, 400)[:, None, None].repeat(500, 1).repeat(3, 2).astype(np.uint8)
    assert find_borders(Picture(pixels)) == Margins()
    assert find_borders(Picture(255 - pixels)) == Margins()


def test_a_thin_edge_may_be_alone() -> None:
    edge = Margins(left=5)
    assert find_borders(Picture(framed(data.coffee(), edge, BLACK))) == edge


def test_no_more_is_cropped_than_allowed() -> None:
    whole = Picture(framed(data.coffee(), Margins(90, 90, 20, 20), BLACK))
    found = find_borders(whole, BorderOptions(most=0.1))
    assert found == Margins(left=20, right=20)


def test_a_uniform_picture_is_no_border() -> None:
    for level in (0, 255):
        assert find_borders(Picture(np.full((40, 60, 3), level, np.uint8))) == Margins()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 3)])
def test_tiny_pictures_have_none(size: tuple[int, int]) -> None:
    assert not find_borders(Picture(np.zeros((*size, 1), np.uint8))).found


def test_dust_on_the_border_does_not_hide_it() -> None:
    margins = Margins(30, 30, 30, 30)
    whole = framed(data.coffee(), margins, BLACK)
    rng = np.random.default_rng(3)
    for y, x in rng.integers(0, 28, (40, 2)):
        whole[y, 10 * x : 10 * x + 2] = 200
    assert find_borders(Picture(whole)) == margins


def test_alpha_encoding_and_depth_are_kept() -> None:
    margins = Margins(20, 20, 20, 20)
    whole = framed(data.coffee(), margins, WHITE).astype(np.uint16) * 257
    alpha = np.arange(whole[..., 0].size, dtype=np.uint32).reshape(whole.shape[:2]) % 65536
    picture = Picture(whole, alpha=alpha.astype(np.uint16), container="TIFF")
    result = crop_borders(picture).picture
    np.testing.assert_array_equal(result.pixels, whole[20:-20, 20:-20])
    assert result.alpha is not None
    np.testing.assert_array_equal(result.alpha, picture.alpha[20:-20, 20:-20])
    assert result.container == "TIFF"


def test_values_out_of_range_are_refused() -> None:
    with pytest.raises(OptionError, match="most: is 0.6"):
        BorderOptions(most=0.6)
    with pytest.raises(OptionError, match="tolerance"):
        BorderOptions(tolerance=0)
