from __future__ import annotations

import math

import numpy as np
import pytest

from heliochrome.tasks.vintage.damage import (
    HAIR_TURNING,
    HAIR_WANDER,
    make_spots,
    make_strokes,
    walk,
)
from heliochrome.tasks.vintage.parameters import Damage

NONE = Damage(dust=0, hairs=0, scratches=0, spots=0)


def _strokes(damage: Damage, height: int = 200, width: int = 300, seed: int = 2) -> np.ndarray:
    """Coverage (2, H, W) by light and dark strokes; the film is 36 mm long."""
    strokes = make_strokes(damage, height, width, 36_000 / max(height, width), seed)
    return np.stack(strokes.draw(slice(0, height), width))


def test_hairs_turn_and_wander_as_measured_ones_do() -> None:
    """benchmarks/damage_shapes.py: chord / length has the median 0.755 and 0.25 at 10 %."""
    random = np.random.default_rng(0)
    paths = [
        walk(random, 1.0, turning=HAIR_TURNING, wander=HAIR_WANDER, steps=48) for _ in range(2000)
    ]
    chords = [math.dist(path[0], path[-1]) for path in paths]
    assert np.median(chords) == pytest.approx(0.755, abs=0.06)
    assert np.percentile(chords, 10) == pytest.approx(0.25, abs=0.12)
    lengths = [np.hypot(*np.diff(path, axis=0).T).sum() for path in paths]
    np.testing.assert_allclose(lengths, 1)


def test_specks_cover_the_area_of_their_diameter() -> None:
    light, dark = _strokes(Damage(dust=40, dust_size=1500, light=0.0), 600, 900)
    assert not light.any()
    covered = (dark > 0).sum() / dark.size
    # Mean square of a lognormal diameter with a spread of 0.38 is exp(2 * 0.38^2) of its median's.
    disc = math.pi / 4 * (1500 / 40) ** 2 * math.exp(2 * 0.38**2)
    assert covered == pytest.approx(40 * disc / dark.size, rel=0.3)


def test_light_is_the_share_of_light_specks() -> None:
    light, dark = _strokes(Damage(dust=300, dust_size=150, light=0.8))
    share = (light > 0).sum() / ((light > 0).sum() + (dark > 0).sum())
    assert share == pytest.approx(0.8, abs=0.1)


def test_scratches_are_light_and_mostly_along_the_film() -> None:
    light, dark = _strokes(Damage(scratches=60, scratch_width=150), 400, 400 * 3 // 2)
    assert light.any()
    assert not dark.any()
    down, right = (np.abs(np.diff(light, axis=axis)).sum() for axis in (0, 1))
    assert down > 2 * right  # edges run along the long side


@pytest.mark.parametrize("seed", [0, 7])
def test_a_small_picture_has_its_dust_where_the_large_one_has(seed: int) -> None:
    damage = Damage(dust=60, dust_size=700, hairs=5, hair_width=300)
    large = _strokes(damage, 800, 1200, seed).max(axis=0)
    small = _strokes(damage, 200, 300, seed).max(axis=0)
    reduced = large.reshape(200, 4, 300, 4).mean(axis=(1, 3))
    assert np.corrcoef(reduced.ravel(), small.ravel())[0, 1] > 0.97


def test_what_is_thinner_than_a_pixel_is_faint() -> None:
    thick, thin = (
        _strokes(Damage(hairs=8, hair_width=width, light=1.0))[0].max() for width in (400, 20)
    )
    assert thick > 0.5
    assert 0 < thin < 0.4


@pytest.mark.parametrize("cut", [1, 50, 137])
def test_strokes_and_spots_are_the_same_however_rows_are_cut(cut: int) -> None:
    damage = Damage(dust=80, dust_size=500, hairs=6, scratches=6, spots=5, spot_size=4000)
    for drawn in (
        make_strokes(damage, 200, 300, 120.0, 4),
        make_spots(damage, 200, 300, 120.0, 4),
    ):
        whole = np.array(drawn.draw(slice(0, 200), 300))
        parts = [np.array(drawn.draw(rows, 300)) for rows in (slice(0, cut), slice(cut, 200))]
        np.testing.assert_array_equal(np.concatenate(parts, axis=-2), whole)


def test_spots_have_about_their_size_and_are_not_round() -> None:
    spots = make_spots(Damage(spots=40, spot_size=6000), 1000, 1500, 24.0, 1)
    assert np.median(spots.radius) == pytest.approx(125, rel=0.2)
    assert 0.1 < np.median(np.abs(spots.amplitude[:, 0])) < 0.4
    assert 0 < spots.rim.mean() < 1
    depth = spots.draw(slice(0, 1000), 1500)
    assert 0.9 < depth.max() <= 1
    assert depth.min() == 0


def test_no_damage_draws_nothing() -> None:
    assert not _strokes(NONE).any()
    assert not make_spots(NONE, 200, 300, 10, 0).draw(slice(0, 200), 300).any()
