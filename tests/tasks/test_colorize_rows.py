from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from heliochrome.errors import OptionError
from heliochrome.image import icc
from heliochrome.image.color import lab_to_srgb, srgb_to_lab
from heliochrome.image.enlarge import enlarge_picture
from heliochrome.image.formats.tiff import Page
from heliochrome.image.picture import Picture
from heliochrome.image.read import turn_upright
from heliochrome.image.rows import PictureRows, Rows, join_rows
from heliochrome.model.session import Network
from heliochrome.tasks import colorize_rows as task
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.colorize_rows import color_rows, colored_page, plan_coloring
from heliochrome.tasks.options import ColorizeOptions, Hint


def _photo(height: int = 600, width: int = 450, dtype: type = np.uint8) -> Picture:
    """Large shapes of different lightness with sharp edges, and grain."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width] / 100
    light = np.where(np.sin(1.3 * x + y) > 0.2, 70, 40) + 8 * np.sin(2 * y - x)
    light = light + rng.normal(0, 0.7, light.shape)
    srgb = lab_to_srgb(np.stack([light, 0 * light, 0 * light], axis=-1))[..., :1]
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    return Picture((np.clip(srgb, 0, 1) * full).astype(dtype))


def _by_rows(photo: Picture, network: Network, *, scale: int = 1, piece: int = 70) -> Rows:
    page = Page.of(photo)
    coloring = plan_coloring(PictureRows(photo), page, network)
    large = photo
    if scale > 1:
        large = replace(photo, pixels=enlarge_picture(photo.pixels, scale), alpha=None)
    whole = Rows(large.pixels, large.alpha)
    blocks = (whole.part(top, top + piece) for top in range(0, large.height, piece))
    size = large.height, large.width
    return join_rows(color_rows(blocks, coloring, size, scale=scale), large.height)


def _lab(pixels: np.ndarray) -> np.ndarray:
    return srgb_to_lab(pixels / np.iinfo(pixels.dtype).max)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_rows_are_colored_as_the_whole_is(fake_network: Network, dtype: type) -> None:
    photo = _photo(dtype=dtype)
    expected = _lab(colorize(photo, fake_network).picture.pixels)
    found = _lab(_by_rows(photo, fake_network).pixels)
    np.testing.assert_allclose(found[..., 0], expected[..., 0], atol=0.5)
    difference = np.linalg.norm(found[..., 1:] - expected[..., 1:], axis=-1)
    assert difference.mean() < 0.5
    assert np.quantile(difference, 0.99) < 3
    assert np.ptp(expected[..., 2]) > 20  # there is color to differ in


@pytest.mark.parametrize("scale", [1, 2])
def test_bands_join_without_a_seam(
    fake_network: Network, monkeypatch: pytest.MonkeyPatch, scale: int
) -> None:
    monkeypatch.setattr(task, "MOST_CELLS", 64)  # cells of 16 pixels
    photo = _photo()
    whole = _by_rows(photo, fake_network, scale=scale).pixels.astype(int)
    monkeypatch.setattr(task, "BAND_BYTES", 1)  # bands no higher than their margins
    monkeypatch.setattr(task, "COLUMNS", 100)
    bands = _by_rows(photo, fake_network, scale=scale, piece=1000).pixels.astype(int)
    assert photo.height / 4 > task.MARGIN * 16
    assert np.abs(bands - whole).max() <= 1


def test_a_narrower_margin_would_show(
    fake_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above could not fail if this passed."""
    monkeypatch.setattr(task, "MOST_CELLS", 64)
    photo = _photo()
    whole = _by_rows(photo, fake_network, scale=2).pixels.astype(int)
    monkeypatch.setattr(task, "BAND_BYTES", 1)
    monkeypatch.setattr(task, "MARGIN", 1)
    assert np.abs(_by_rows(photo, fake_network, scale=2).pixels - whole).max() > 2


def test_enlarged_rows_take_the_colors_of_the_photo(fake_network: Network) -> None:
    photo = _photo()
    small = _lab(_by_rows(photo, fake_network).pixels)
    large = _lab(_by_rows(photo, fake_network, scale=2).pixels)
    assert large.shape == (1200, 900, 3)
    means = large.reshape(600, 2, 450, 2, 3).mean((1, 3))
    assert np.abs(means[..., 1:] - small[..., 1:]).mean() < 0.5


def test_cells_grow_with_the_picture(
    fake_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task, "MOST_CELLS", 64)
    photo = _photo()
    coloring = plan_coloring(PictureRows(photo), Page.of(photo), fake_network)
    assert (coloring.cell, coloring.chroma.shape) == (16, (38, 29, 2))
    found = _lab(_by_rows(photo, fake_network).pixels)
    expected = _lab(colorize(photo, fake_network).picture.pixels)
    assert np.abs(found - expected).mean() < 1


def test_profile_alpha_and_depth_are_heeded(fake_network: Network) -> None:
    linear = Picture(np.full((80, 90, 3), 0.25, np.float32), np.full((80, 90), 0.5, np.float32))
    tagged = replace(linear, icc_profile=icc.linear_profile())
    found = _by_rows(tagged, fake_network)
    assert found.pixels.dtype == np.uint16
    assert (found.alpha == 32768).all()
    assert _lab(found.pixels)[..., 0].mean() == pytest.approx(57.1, abs=0.1)
    page = colored_page(replace(Page.of(tagged), orientation=6))
    assert (page.channels, page.dtype, page.icc_profile) == (3, np.uint16, None)
    assert page.orientation == 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_network_sees_the_photo_upright(fake_network: Network, orientation: int) -> None:
    photo = _photo(300, 200)
    hint = Hint(0.2, 0.9, (0, 60), radius=0.1)
    upright = Picture(turn_upright(photo.pixels, orientation))
    expected = _lab(colorize(upright, fake_network, ColorizeOptions(hints=(hint,))).picture.pixels)
    page = replace(Page.of(photo), orientation=orientation)
    options = ColorizeOptions(hints=(hint,))
    coloring = plan_coloring(PictureRows(photo), page, fake_network, options)
    rows = join_rows(
        color_rows([Rows(photo.pixels)], coloring, (photo.height, photo.width)), photo.height
    )
    found = _lab(turn_upright(rows.pixels, orientation))
    assert np.abs(found - expected).mean() < 1


def test_hints_in_pixels_are_those_of_the_photo(fake_network: Network) -> None:
    photo = _photo(600, 450)
    hints: list[Any] = [
        Hint(89.5, 539.5, (0, 60), radius=60, unit="pixel"),
        Hint(0.2, 0.9, (0, 60), radius=0.1),
    ]
    first, second = (
        plan_coloring(
            PictureRows(photo), Page.of(photo), fake_network, ColorizeOptions(hints=(hint,))
        )
        for hint in hints
    )
    np.testing.assert_allclose(first.chroma, second.chroma, atol=1e-4)
    outside = ColorizeOptions(hints=(Hint(500, 20, (0, 60), unit="pixel"),))
    with pytest.raises(OptionError, match="outside the photo of 450 x 600"):
        plan_coloring(PictureRows(photo), Page.of(photo), fake_network, outside)


@pytest.mark.parametrize("options", [{"variants": 2}, {"keep_existing": True}])
def test_what_needs_the_whole_is_refused(fake_network: Network, options: dict[str, Any]) -> None:
    photo = _photo(64, 64)
    with pytest.raises(OptionError, match="row by row"):
        plan_coloring(PictureRows(photo), Page.of(photo), fake_network, ColorizeOptions(**options))
