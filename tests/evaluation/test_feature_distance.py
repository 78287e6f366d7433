from __future__ import annotations

import numpy as np
import pytest
import torch

from heliochrome.errors import DataError
from heliochrome.evaluation.feature_distance import (
    distances,
    frechet_distance,
    inception_score,
    kernel_distance,
    paired_kernel_distance,
)


def with_moments(mean: np.ndarray, covariance: np.ndarray, count: int, seed: int) -> torch.Tensor:
    """A sample whose mean and unbiased covariance are exactly those given."""
    raw = np.random.default_rng(seed).standard_normal((count, len(mean)))
    raw -= raw.mean(axis=0)
    whitened = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return torch.from_numpy(whitened @ np.linalg.cholesky(covariance).T + mean)


def normal(count: int, width: int, seed: int, shift: float = 0.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, width, generator=generator, dtype=torch.float64) + shift


def test_frechet_distance_of_diagonal_gaussians() -> None:
    # For commuting covariances: |m1 - m2|² + sum (sqrt(c1) - sqrt(c2))²
    first = with_moments(np.array([0.0, 0.0, 1.0]), np.diag([1.0, 4.0, 9.0]), 40, 1)
    second = with_moments(np.array([3.0, 4.0, 1.0]), np.diag([4.0, 4.0, 1.0]), 25, 2)
    assert frechet_distance(first, second) == pytest.approx(25 + (1 + 0 + 4), abs=1e-9)


def test_frechet_distance_of_covariances_that_do_not_commute() -> None:
    # tr((C1 C2)^½) of 2 x 2 matrices is sqrt(tr(C1 C2) + 2 sqrt(det(C1 C2))): here C1 C2 has
    # trace 2·1 + 1·3 = 5 plus 0 off the diagonal, and determinant (2·1 - 1)·3 = 3.
    one, two = np.array([[2.0, 1.0], [1.0, 1.0]]), np.diag([1.0, 3.0])
    first, second = (with_moments(np.zeros(2), c, 30, seed) for seed, c in ((1, one), (2, two)))
    expected = 3 + 4 - 2 * np.sqrt(5 + 2 * np.sqrt(3))
    assert frechet_distance(first, second) == pytest.approx(expected, abs=1e-9)


def test_frechet_distance_of_a_set_to_itself_is_zero() -> None:
    features = normal(10, 32, 1)
    assert frechet_distance(features, features) == pytest.approx(0, abs=1e-4)


def test_kernel_distance_by_hand() -> None:
    # k(x, y) = (x·y / 2 + 1)³, x: (2, 0) and (0, 2), y: (0, 0) and (2, 2)
    # within x: k = 1; within y: k = 1; across: 1, (2 + 1)³ = 27, for both x
    # KID: (2·1) / 2 + (2·1) / 2 - 2 (1 + 27 + 1 + 27) / 4 = -26
    first = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    second = torch.tensor([[0.0, 0.0], [2.0, 2.0]])
    assert kernel_distance(first, second) == pytest.approx(-26)
    # Paired: the terms k(x1, y2) = 27 and k(x2, y1) = 1 alone: 1 + 1 - 27 - 1 = -26
    assert paired_kernel_distance(first, second) == pytest.approx(-26)


def test_paired_kernel_distance_leaves_counterparts_out() -> None:
    first = torch.tensor([[2.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    second = torch.tensor([[2.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    # k within x: k12 = 1, k13 = k23 = 8; within y: k12 = k13 = k23 = 1
    # across, i != j: k(x1,y2) = 1, k(x1,y3) = 1, k(x2,y1) = 1, k(x2,y3) = 1, k(x3,y1) = 8,
    # k(x3,y2) = 8
    within = 2 * (1 + 8 + 8) / 6 + 2 * 3 / 6
    assert paired_kernel_distance(first, second) == pytest.approx(within - 2 * 20 / 6)


def test_kernel_distance_is_unbiased() -> None:
    # Over many pairs of small samples of one distribution the mean is zero within its error.
    values = np.array(
        [kernel_distance(normal(8, 4, 2 * seed), normal(8, 4, 2 * seed + 1)) for seed in range(200)]
    )
    standard_error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean()) < 3 * standard_error
    assert (values < 0).any()  # a biased estimate, a squared norm, never is


def test_kernel_distance_is_biased_on_pairs_and_the_paired_one_is_not() -> None:
    pairs = [(normal(12, 4, seed), normal(12, 4, seed)) for seed in range(20)]
    noisy = [(x, x + 0.1 * normal(12, 4, 1000 + i)) for i, (x, _) in enumerate(pairs)]
    plain = np.mean([kernel_distance(*pair) for pair in noisy])
    paired = np.mean([paired_kernel_distance(*pair) for pair in noisy])
    assert plain < -0.5
    assert abs(paired) < 0.1


def test_kernel_distance_grows_with_the_shift() -> None:
    truth = normal(100, 8, 1)
    found = [kernel_distance(truth, normal(100, 8, 2, shift)) for shift in (0.0, 0.5, 1.0)]
    assert found[0] < found[1] < found[2]


def test_distances_leave_the_random_state_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    kernel_distance(normal(6, 3, 1), normal(6, 3, 2))
    inception_score(normal(6, 3, 1))
    assert torch.equal(torch.rand(1), expected)


def test_distances_bundle_all_three() -> None:
    first, second = normal(20, 4, 1), normal(20, 4, 2, 1.0)
    found = distances(first, second)
    assert found.frechet == frechet_distance(first, second)
    assert found.kernel == pytest.approx(kernel_distance(first, second))
    assert found.kernel_paired == paired_kernel_distance(first, second)


def test_inception_score_of_uniform_predictions_is_one() -> None:
    assert inception_score(torch.zeros(10, 7)) == pytest.approx(1)


def test_inception_score_of_the_same_class_throughout_is_one() -> None:
    assert inception_score(torch.eye(4)[[2] * 9] * 1e4) == pytest.approx(1)


@pytest.mark.parametrize("height", [100.0, 1e4])
def test_inception_score_of_sure_and_varied_predictions_is_the_number_of_classes(
    height: float,
) -> None:
    assert inception_score(torch.eye(5).repeat(3, 1) * height) == pytest.approx(5)


def test_inception_score_of_a_class_that_never_occurs() -> None:
    assert inception_score(torch.eye(5)[:3] * 1e4) == pytest.approx(3)


def test_inception_score_by_hand() -> None:
    # p = (3/4, 1/4) and (1/4, 3/4), mean (1/2, 1/2): KL = 3/4 ln(3/2) + 1/4 ln(1/2) for both
    logits = torch.tensor([[3.0, 1.0], [1.0, 3.0]]).log()
    expected = np.exp(0.75 * np.log(1.5) + 0.25 * np.log(0.5))
    assert inception_score(logits) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("measure", [frechet_distance, kernel_distance, paired_kernel_distance])
def test_bad_features_are_refused(measure) -> None:
    good = normal(4, 3, 1)
    with pytest.raises(DataError, match="2 pictures or more"):
        measure(good[:1], good)
    with pytest.raises(DataError, match="same network"):
        measure(good, good[:, :2])
    with pytest.raises(DataError, match="not all finite"):
        measure(good, good.log())


@pytest.mark.parametrize("measure", [kernel_distance, paired_kernel_distance])
def test_kernel_distances_need_sets_of_one_size(measure) -> None:
    with pytest.raises(DataError, match="same number"):
        measure(normal(4, 3, 1), normal(5, 3, 2))
