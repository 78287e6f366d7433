"""The restyler that ships does what its card and the documentation say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import uniform_filter
from skimage import data

from heliochrome.image.color import srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks import corrections
from heliochrome.tasks import restyle as task
from heliochrome.tasks.code_file import find_code, load_style_code
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.style_code import check_code


@pytest.fixture(scope="module")
def network() -> Network:
    return open_network(find_model("restyler"))


@pytest.fixture(scope="module")
def photo() -> Picture:
    return Picture(np.ascontiguousarray(data.astronaut()[::3, ::3]))


@pytest.fixture(scope="module")
def style() -> Picture:
    return Picture(np.ascontiguousarray(data.coffee()[::2, ::2]))


def mean_lab(picture: Picture) -> np.ndarray:
    return srgb_to_lab(picture.pixels / 255).mean((0, 1))


def test_colors_move_toward_the_style(network: Network, photo: Picture, style: Picture) -> None:
    result = restyle(photo, [style], network, RestyleOptions()).picture
    wanted = mean_lab(style)
    before = np.linalg.norm(mean_lab(photo) - wanted)
    assert np.linalg.norm(mean_lab(result) - wanted) < 0.6 * before


def test_a_flat_sky_stays_flat_where_texture_is_kept(network: Network) -> None:
    sky = Picture(np.ascontiguousarray(data.rocket()[::2, 200:400:2]))
    busy = Picture(np.ascontiguousarray(data.immunohistochemistry()))
    freely, flat = (
        restyle(sky, [busy], network, RestyleOptions(keep_texture=keep)).picture
        for keep in (False, True)
    )
    top = np.s_[5:45, 5:60]
    assert np.abs(np.diff(flat.pixels[top].astype(int), axis=0)).mean() < 2
    assert np.abs(np.diff(freely.pixels[top].astype(int), axis=0)).mean() > 4
    # Tones and colors are the style's all the same.
    assert np.linalg.norm(mean_lab(flat) - mean_lab(sky)) > 10


def repetition(gray: np.ndarray, period: int) -> float:
    """How much more repeats every `period` pixels than would of noise as strong; of noise, 1."""
    rest = gray - uniform_filter(gray, period + 1)
    rows, columns = (side // period for side in rest.shape)
    squares = rest[: rows * period, : columns * period].reshape(rows, period, columns, period)
    return float(squares.mean((0, 2)).var() * rows * columns / rest.var())


def test_repetition_is_seen() -> None:
    noise = np.random.default_rng(0).normal(size=(256, 256))
    y, x = np.mgrid[:256, :256] % 8
    assert repetition(noise, 8) == pytest.approx(1, abs=0.5)
    assert repetition(noise + 0.3 * ((y == 2) | (x == y)), 8) > 10


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_no_grid_of_its_own_shows_in_a_flat_sky(network: Network, scale: int) -> None:
    sky = Picture(np.ascontiguousarray(data.rocket()[:320:2, 260:560:2]))
    busy = Picture(np.ascontiguousarray(data.immunohistochemistry()))
    result = restyle(sky, [busy], network, RestyleOptions(scale=scale)).picture
    flat = result.pixels[: 120 * scale].mean(-1)
    assert repetition(flat, 8) < 5


def test_a_gray_photo_is_colored_restyled_and_enlarged_in_one_pass(
    network: Network, photo: Picture, style: Picture
) -> None:
    gray = replace(photo, pixels=photo.pixels[..., 1:2])
    result = restyle(gray, [style], network, RestyleOptions(scale=2)).picture
    assert (result.height, result.width) == (2 * photo.height, 2 * photo.width)
    chroma = np.hypot(*np.moveaxis(srgb_to_lab(result.pixels / 255)[..., 1:], -1, 0))
    assert chroma.mean() > 8
    # What is bright in the photo is mostly still bright.
    lightness = srgb_to_lab(result.pixels[::2, ::2] / 255)[..., 0]
    assert np.corrcoef(lightness.ravel(), gray.pixels.ravel())[0, 1] > 0.6


def test_no_seam_shows_between_tiles(
    network: Network, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = Picture(np.ascontiguousarray(np.tile(photo.pixels, (1, 4, 1))))
    monkeypatch.setattr(task, "correct_draft", lambda draft, *_: draft)
    whole = restyle(wide, [style], network, RestyleOptions()).picture.pixels.astype(int)
    monkeypatch.setattr(task, "TILE_SIDES", dict.fromkeys((1, 2, 4), 384))
    tiled = restyle(wide, [style], network, RestyleOptions()).picture.pixels.astype(int)
    # The halo is shorter than the receptive field: see the exporter. One level of 255 is allowed.
    assert np.abs(tiled - whole).max() <= 1


def test_no_seam_shows_between_tiles_of_a_draft(
    network: Network, photo: Picture, style: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = Picture(np.ascontiguousarray(np.tile(photo.pixels, (1, 4, 1))))
    whole = restyle(wide, [style], network, RestyleOptions()).picture.pixels.astype(int)
    monkeypatch.setattr(corrections, "TILE_SIDE", 512)  # of which 256 are kept
    tiled = restyle(wide, [style], network, RestyleOptions()).picture.pixels.astype(int)
    # Corrections grow what rounding leaves of differences, in a few places.
    difference = np.abs(tiled - whole)
    assert difference.max() <= 10
    assert (difference > 1).mean() < 1e-3
    assert difference.mean() < 0.05


@pytest.mark.parametrize(("scale", "most"), [(1, 0.7), (2, 0.9)])
def test_corrections_bring_a_draft_nearer_to_the_style(
    network: Network,
    photo: Picture,
    style: Picture,
    monkeypatch: pytest.MonkeyPatch,
    scale: int,
    most: float,
) -> None:
    assert network.card.restyler is not None
    facts = network.card.restyler.corrector
    assert facts is not None
    sizes = [channels**2 for channels in facts.channels]
    wanted = corrections.measure_grams(style.pixels, network, facts)
    distances = []
    for correct in (task.correct_draft, lambda draft, *_: draft):
        monkeypatch.setattr(task, "correct_draft", correct)
        result = restyle(photo, [style], network, RestyleOptions(scale=scale)).picture
        own = corrections.measure_grams(result.pixels, network, facts)
        parts = (np.split(each, np.cumsum(sizes)[:-1]) for each in (own, wanted))
        levels = zip(*parts, strict=True)
        distances.append(sum(np.sum((a - b) ** 2) / np.sum(b**2) for a, b in levels))
    assert distances[0] < most * distances[1]


def test_the_learned_look_is_of_this_network_and_hardly_colored(
    network: Network, photo: Picture
) -> None:
    code = load_style_code(find_code("old-print"))
    check_code(code, network.card, "old-print")
    result = restyle(photo, code, network, RestyleOptions()).picture
    before, after = (
        np.hypot(*np.moveaxis(srgb_to_lab(x.pixels / 255)[..., 1:], -1, 0)).mean()
        for x in (photo, result)
    )
    assert after < 0.6 * before
