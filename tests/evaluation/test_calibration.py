from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from heliochrome.errors import DataError
from heliochrome.evaluation.calibration import (
    ConfidenceSample,
    calibrate,
    rank_correlation,
    reliability,
    sample_confidence,
)


def test_rank_correlation_by_hand() -> None:
    # 1 - 6 sum d² / (n (n² - 1)) with d = (0, -1, 1, 0): 1 - 12 / 60
    found = rank_correlation(np.array([1.0, 2, 3, 4]), np.array([10.0, 30, 20, 40]))
    assert found == pytest.approx(0.8)


@pytest.mark.parametrize(("order", "expected"), [(1, 1.0), (-1, -1.0)])
def test_rank_correlation_sees_order_only(order: int, expected: float) -> None:
    values = np.linspace(-2, 3, 20)
    assert rank_correlation(values, order * np.exp(values)) == pytest.approx(expected)


def test_rank_correlation_with_ties_agrees_with_scipy() -> None:
    first, second = np.random.default_rng(1).integers(0, 6, (2, 80)).astype(float)
    expected = spearmanr(first, second).statistic
    assert rank_correlation(first, second) == pytest.approx(expected, abs=1e-12)


def test_rank_correlation_with_a_constant_is_undefined() -> None:
    assert np.isnan(rank_correlation(np.ones(4), np.arange(4.0)))


def test_reliability_counts_each_interval() -> None:
    confidence = np.array([0.1, 0.2, 0.6, 0.8, 1.0])
    right = np.array([False, True, True, True, False])
    low, high = reliability(confidence, right, rows=2)
    assert (low.low, low.high, low.share) == (0.0, 0.5, 0.4)
    assert low.predicted == pytest.approx(0.15)
    assert low.observed == pytest.approx(0.5)
    assert high.share == pytest.approx(0.6)
    assert high.predicted == pytest.approx(0.8)
    assert high.observed == pytest.approx(2 / 3)


def test_empty_intervals_say_so() -> None:
    rows = reliability(np.array([0.95]), np.array([True]))
    assert [row.predicted for row in rows[:-1]] == [None] * 9
    assert rows[-1].observed == 1.0


def calibrated_sample(seed: int) -> ConfidenceSample:
    """Colors that are right exactly as often as the confidence says."""
    rng = np.random.default_rng(seed)
    confidence = rng.random(20000)
    error = np.where(rng.random(20000) < confidence, 3.0, 30.0)
    return ConfidenceSample(confidence, error)


def test_a_calibrated_confidence_has_no_calibration_error() -> None:
    found = calibrate([calibrated_sample(1), calibrated_sample(2)])
    assert found.calibration_error < 0.01
    assert found.right == pytest.approx(0.5, abs=0.01)
    assert found.rank_correlation > 0.5


def test_an_overconfident_one_has() -> None:
    sample = calibrated_sample(1)
    boosted = ConfidenceSample(0.5 + 0.5 * sample.confidence, sample.error)
    assert calibrate([boosted]).calibration_error == pytest.approx(0.25, abs=0.01)


def test_correlation_within_photos_ignores_differences_between_them() -> None:
    sure = ConfidenceSample(np.array([0.9, 0.91, 0.92]), np.array([1.0, 2.0, 3.0]))
    unsure = ConfidenceSample(np.array([0.1, 0.11, 0.12]), np.array([31.0, 32.0, 33.0]))
    found = calibrate([sure, unsure])
    assert found.photo_rank_correlation == pytest.approx(-1)
    assert found.rank_correlation > 0


def test_a_constant_confidence_ranks_nothing() -> None:
    found = calibrate([ConfidenceSample(np.full(5, 0.5), np.arange(5.0))])
    assert (found.rank_correlation, found.photo_rank_correlation) == (0.0, 0.0)


def test_nothing_to_calibrate_is_an_error() -> None:
    with pytest.raises(DataError, match="never sampled"):
        calibrate([])


def test_samples_pair_confidence_with_the_chroma_error_of_the_same_pixels() -> None:
    rows, columns = np.mgrid[:120, :200]
    confidence = (rows * 200 + columns) / 24000
    truth = np.stack([rows, columns, rows], axis=-1).astype(float)
    result = truth + np.stack([rows * 9.0, 3 * confidence, 4 * confidence], axis=-1)
    sample = sample_confidence(confidence, truth, result)
    np.testing.assert_allclose(sample.error, 5 * sample.confidence, atol=1e-9)
    assert 2000 < len(sample.error) < 4000
    assert sample.confidence.mean() == pytest.approx(0.5, abs=0.01)
