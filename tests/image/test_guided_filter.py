"""The guided filter, against its definition and by what it is for."""

import numpy as np
import pytest

from heliochrome.image.guided_filter import busy_share, guided_filter


def slow(picture: np.ndarray, guide: np.ndarray, radius: int, regularizer: float) -> np.ndarray:
    """He, Sun and Tang 2013, equations 4 to 6 and 8, window by window."""
    height, width = guide.shape

    def windows(y: int, x: int) -> tuple[slice, slice]:
        return slice(max(y - radius, 0), y + radius + 1), slice(max(x - radius, 0), x + radius + 1)

    slope, offset = np.empty((height, width)), np.empty((height, width))
    for y, x in np.ndindex(height, width):
        deep, plane = guide[windows(y, x)], picture[windows(y, x)]
        together = (deep * plane).mean() - deep.mean() * plane.mean()
        slope[y, x] = together / (deep.var() + regularizer)
        offset[y, x] = plane.mean() - slope[y, x] * deep.mean()
    result = np.empty((height, width))
    for y, x in np.ndindex(height, width):
        result[y, x] = slope[windows(y, x)].mean() * guide[y, x] + offset[windows(y, x)].mean()
    return result


def test_it_is_the_filter_of_the_paper() -> None:
    rng = np.random.default_rng(0)
    picture, guide = rng.random((9, 13, 2), np.float32), rng.random((9, 13), np.float32)
    result = guided_filter(picture, guide, 2, 0.01)
    for channel in range(2):
        expected = slow(picture[..., channel].astype(float), guide.astype(float), 2, 0.01)
        assert result[..., channel] == pytest.approx(expected, abs=1e-5)


def test_texture_goes_where_the_guide_is_flat_and_edges_stay() -> None:
    rng = np.random.default_rng(1)
    guide = np.zeros((40, 60), np.float32)
    guide[:, 30:] = 0.8
    edge = 0.3 + 0.5 * guide
    picture = np.repeat((edge + rng.normal(0, 0.1, guide.shape))[..., None], 3, 2)
    result = guided_filter(picture.astype(np.float32), guide, 6, 4e-4)
    assert np.abs(result - edge[..., None]).max() < 0.07
    assert result[:, :24].std() < 0.015


def test_it_does_not_reach_beyond_two_radii() -> None:
    rng = np.random.default_rng(2)
    picture, guide = rng.random((50, 20, 3), np.float32), rng.random((50, 20), np.float32)
    whole = guided_filter(picture, guide, 4, 1e-3)
    part = guided_filter(picture[10:], guide[10:], 4, 1e-3)
    assert part[8:] == pytest.approx(whole[18:], abs=1e-5)
    assert np.abs(part[:8] - whole[10:18]).max() > 1e-3


def test_the_share_of_busy_windows_is_by_variance() -> None:
    """A window of 0 and 1 in turn has the variance 1/4: against one of 1/12, a share of 3/4."""
    guide = np.zeros((40, 80), np.float32)
    guide[:, 40:] = np.indices((40, 40)).sum(0) % 2
    share = busy_share(guide, 3, 1 / 12)
    assert share[:, :33].max() == 0  # farther than two windows reach
    np.testing.assert_allclose(share[8:-8, 56:-8], 0.75, atol=0.01)
