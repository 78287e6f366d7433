"""Whether a confidence says how often a color is right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heliochrome.errors import DataError

# Distance in ab within which a color counts as right: what a colorizer's confidence stands for.
RIGHT_WITHIN = 10.0

_SAMPLES_PER_PHOTO = 2500


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """Pixels whose confidence lies between `low` and `high`.

    Attributes:
        low: lower end of the interval, included.
        high: upper end, excluded but for the last row.
        share: of all pixels.
        predicted: mean confidence; None in an empty row.
        observed: share of these pixels whose color is right; None in an empty row.

    """

    low: float
    high: float
    share: float
    predicted: float | None
    observed: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """Confidence against the true chroma error, over sampled pixels of all photos.

    Attributes:
        rank_correlation: Spearman's, of 1 - confidence with the chroma error, over the pixels of
            all photos together; 1 is perfect, 0 is chance.
        photo_rank_correlation: mean of the same within each photo, where it is defined.
        calibration_error: mean |predicted - observed| of the rows, weighted by their share.
        right: share of pixels whose chroma error is 10 ab units at most.
        rows: the reliability table.

    """

    rank_correlation: float
    photo_rank_correlation: float
    calibration_error: float
    right: float
    rows: tuple[ReliabilityRow, ...]


@dataclass(frozen=True, slots=True)
class ConfidenceSample:
    """Confidence (n,) in 0..1 and chroma error (n,) in ab units at the same pixels of a photo."""

    confidence: NDArray[np.floating]
    error: NDArray[np.floating]


def sample_confidence(
    confidence: NDArray[np.floating],
    truth_lab: NDArray[np.floating],
    result_lab: NDArray[np.floating],
) -> ConfidenceSample:
    """Take about 2500 pixels of a photo, evenly spread.

    Args:
        confidence: (H, W) in 0..1.
        truth_lab: (H, W, 3) CIE Lab.
        result_lab: (H, W, 3) CIE Lab.

    """
    step = max(1, int(np.sqrt(confidence.size / _SAMPLES_PER_PHOTO)))
    grid = (slice(step // 2, None, step), slice(step // 2, None, step))
    difference = truth_lab[grid][..., 1:] - result_lab[grid][..., 1:]
    error = np.hypot(difference[..., 0], difference[..., 1])
    return ConfidenceSample(confidence[grid].ravel(), error.ravel())


def calibrate(samples: Sequence[ConfidenceSample], rows: int = 10) -> Calibration:
    """Judge the confidence of all photos' samples together.

    Raises:
        DataError: there are no samples.

    """
    if not samples:
        raise DataError("confidence", "was never sampled", "evaluate one photo or more")
    confidence = np.concatenate([sample.confidence for sample in samples])
    error = np.concatenate([sample.error for sample in samples])
    right = error <= RIGHT_WITHIN
    table = reliability(confidence, right, rows)
    within = [rank_correlation(1 - sample.confidence, sample.error) for sample in samples]
    defined = [value for value in within if not np.isnan(value)]
    return Calibration(
        rank_correlation=_or_zero(rank_correlation(1 - confidence, error)),
        photo_rank_correlation=float(np.mean(defined)) if defined else 0.0,
        calibration_error=_calibration_error(table),
        right=float(right.mean()),
        rows=table,
    )


def reliability(
    confidence: NDArray[np.floating], right: NDArray[np.bool_], rows: int = 10
) -> tuple[ReliabilityRow, ...]:
    """Reliability table over `rows` equal intervals of confidence.

    Args:
        confidence: (n,) in 0..1.
        right: (n,) whether the prediction was right.
        rows: number of intervals.

    """
    place = np.minimum((confidence * rows).astype(int), rows - 1)
    return tuple(_row(index, rows, confidence, right, place == index) for index in range(rows))


def rank_correlation(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Spearman's rank correlation of (n,) values, ties sharing their mean rank.

    NaN where one side is constant, for which it is not defined.
    """
    ranks = np.stack([_mean_ranks(first), _mean_ranks(second)])
    if (np.ptp(ranks, axis=1) == 0).any():
        return float("nan")
    centered = ranks - ranks.mean(axis=1, keepdims=True)
    first_norm, second_norm = np.linalg.norm(centered, axis=1)
    return float(centered[0] @ centered[1] / (first_norm * second_norm))


def _row(
    index: int,
    rows: int,
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_],
    inside: NDArray[np.bool_],
) -> ReliabilityRow:
    filled = bool(inside.any())
    return ReliabilityRow(
        low=index / rows,
        high=(index + 1) / rows,
        share=float(inside.mean()),
        predicted=float(confidence[inside].mean()) if filled else None,
        observed=float(right[inside].mean()) if filled else None,
    )


def _calibration_error(rows: Sequence[ReliabilityRow]) -> float:
    return sum(
        row.share * abs(row.predicted - row.observed)
        for row in rows
        if row.predicted is not None and row.observed is not None
    )


def _mean_ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[place]


def _or_zero(value: float) -> float:
    """Count an undefined correlation as chance: a constant confidence ranks nothing."""
    return 0.0 if np.isnan(value) else value
