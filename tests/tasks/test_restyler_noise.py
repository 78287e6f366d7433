"""The noise that restylers make texture of."""

import numpy as np
import pytest

from heliochrome.model.tiling import TilePlan, plan_tiles
from heliochrome.tasks.restyler_network import NOISE_BLOCK, noise_planes


def _plan(most: int) -> TilePlan:
    return plan_tiles(700, 900, halo=48, border=32, multiple=16, most=most, bucket=1)


@pytest.mark.parametrize("most", [288, 512, 2048])
def test_a_place_has_the_same_noise_in_every_tiling(most: int) -> None:
    found = np.full((2, 700, 900), np.nan, np.float32)
    for tile in _plan(most):
        found[:, *tile.placed()] = noise_planes(tile, 2)[:, *tile.kept()]
    whole = next(iter(_plan(4096)))
    np.testing.assert_array_equal(found, noise_planes(whole, 2)[:, *whole.kept()])


def test_noise_is_standard_normal_and_never_repeats() -> None:
    planes = noise_planes(next(iter(_plan(4096))), 4)
    assert planes.mean() == pytest.approx(0, abs=0.005)
    assert planes.std() == pytest.approx(1, abs=0.005)
    size = NOISE_BLOCK
    blocks = planes[:, 32 : 32 + 4 * size, 32 : 32 + 5 * size].reshape(4, 4, size, 5, size)
    drawn = blocks.transpose(0, 1, 3, 2, 4).reshape(80, -1)
    assert np.abs(np.corrcoef(drawn) - np.eye(80)).max() < 0.08  # 5 deviations of 1 / 64
    neighbors = [planes[0, :-1].ravel(), planes[0, 1:].ravel()]
    assert abs(np.corrcoef(neighbors)[0, 1]) < 0.01
