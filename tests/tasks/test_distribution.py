from __future__ import annotations

import numpy as np
import pytest

from fake_colorizer import BINS
from heliochrome.model.card import ConfidenceTable
from heliochrome.tasks.distribution import ChromaDistribution

CENTERS = np.array(BINS, np.float32)


def _flat(shares: dict[int, float], size: tuple[int, int] = (4, 6)) -> ChromaDistribution:
    logits = np.full((*size, len(BINS)), -50, np.float32)
    for bin_index, share in shares.items():
        logits[..., bin_index] = np.log(share)
    return ChromaDistribution(logits, CENTERS)


def test_the_mean_at_temperature_one_is_the_expectation() -> None:
    first, last = 0, len(BINS) - 1  # (-60, -60) and (60, 60)
    mean = _flat({first: 0.25, last: 0.75}).mean(1.0)
    assert mean.shape == (4, 6, 2)
    np.testing.assert_allclose(mean, 30, atol=1e-3)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_the_temperature_raises_shares_to_its_inverse(temperature: float) -> None:
    low, high = 0.25 ** (1 / temperature), 0.75 ** (1 / temperature)
    expected = 60 * (high - low) / (high + low)
    mean = _flat({0: 0.25, len(BINS) - 1: 0.75}).mean(temperature)
    np.testing.assert_allclose(mean, expected, atol=1e-3)


def test_the_spread_is_the_standard_deviation() -> None:
    # Two points a distance d apart with equal shares deviate d / 2 from their mean.
    spread = _flat({0: 0.5, len(BINS) - 1: 0.5}).spread
    np.testing.assert_allclose(spread, np.hypot(120, 120) / 2, rtol=1e-5)
    np.testing.assert_allclose(_flat({7: 1.0}).spread, 0, atol=0.05)


def test_confidence_interpolates_the_cards_table() -> None:
    table = ConfidenceTable(spread=(0.0, 20.0, 40.0), probability=(1.0, 0.5, 0.1))
    distribution = _flat({24: 0.75, 25: 0.25})  # spread 20 sqrt(3) / 4 = 8.66
    np.testing.assert_allclose(distribution.confidence(table), 1 - 0.5 * 8.660 / 20, atol=1e-3)


def test_logits_of_any_size_do_not_overflow() -> None:
    logits = np.array([[[1e5, -1e5]]], np.float32)
    mean = ChromaDistribution(logits, np.array([[10, 0], [0, 10]], np.float32)).mean(0.01)
    np.testing.assert_array_equal(mean, [[[10, 0]]])


def test_draws_follow_the_shares() -> None:
    distribution = _flat({0: 0.7, len(BINS) - 1: 0.3}, size=(8, 8))
    first = 0
    for seed in range(300):
        drawn = distribution.draw(np.random.default_rng(seed)).mean(0.05)
        first += drawn[4, 4, 0] < 0
    assert 0.6 < first / 300 < 0.8  # 0.7 within 3.8 standard errors of 0.026


def test_a_sure_distribution_has_one_draw_only() -> None:
    drawn = _flat({7: 1.0}).draw(np.random.default_rng(3)).mean(1.0)
    np.testing.assert_allclose(drawn, np.broadcast_to(CENTERS[7], drawn.shape), atol=0.05)


def test_draws_are_smooth_and_repeatable() -> None:
    distribution = ChromaDistribution(np.zeros((40, 60, len(BINS)), np.float32), CENTERS)
    one, again, other = (
        distribution.draw(np.random.default_rng(seed)).mean(0.5) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).mean() > 10
    steps = np.abs(np.diff(one, axis=1)).max()
    extent = np.ptp(one, axis=(0, 1)).max()
    assert extent > 20
    assert steps < extent / 4  # no speckle: neighbors differ by little of the whole range
