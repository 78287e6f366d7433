import math

import pytest
import torch
from skimage import color

from heliochrome.training.losses.classification import soft_cross_entropy
from heliochrome.training.losses.content import (
    content_loss,
    feature_matching_loss,
    normalized_content_loss,
)
from heliochrome.training.losses.grid import grid_energy
from heliochrome.training.losses.regression import (
    chroma_difference,
    l1_loss,
    smooth_chroma_loss,
    total_variation,
)
from heliochrome.training.losses.style import (
    gram_matrix,
    gram_style_loss,
    relative_gram_loss,
    relative_moments_distance,
)
from heliochrome.training.losses.super_resolution import (
    frequency_loss,
    luma_loss,
    pixel_loss,
    relative_feature_loss,
    robust_pixel_loss,
)
from heliochrome.training.moments import feature_moments


def plane(*rows: list[float]) -> torch.Tensor:
    return torch.tensor([[list(rows)]])


def test_cross_entropy_of_uniform_logits_is_log_of_classes() -> None:
    logits = torch.zeros(1, 5, 1, 1)
    indices, shares = torch.tensor([[[[1]], [[3]]]]), torch.tensor([[[[0.25]], [[0.75]]]])
    assert soft_cross_entropy(logits, indices, shares).item() == pytest.approx(math.log(5))


def test_cross_entropy_by_hand() -> None:
    logits = torch.log(torch.tensor([0.7, 0.2, 0.1])).view(1, 3, 1, 1)
    indices, shares = torch.tensor([[[[0]], [[1]]]]), torch.tensor([[[[0.5]], [[0.5]]]])
    expected = -(0.5 * math.log(0.7) + 0.5 * math.log(0.2))
    assert soft_cross_entropy(logits, indices, shares).item() == pytest.approx(expected)
    weights = torch.tensor([1.0, 3.0, 9.0])
    weighted = soft_cross_entropy(logits, indices, shares, weights)
    assert weighted.item() == pytest.approx(2 * expected)


def test_l1_by_hand() -> None:
    assert l1_loss(plane([1.0, -2.0]), plane([0.0, 2.0])).item() == 2.5


def test_smooth_chroma_is_quadratic_then_linear() -> None:
    zero = torch.zeros(1, 2, 1, 1)
    assert smooth_chroma_loss(zero + 5, zero).item() == pytest.approx(0.5 * 0.25)
    assert smooth_chroma_loss(zero + 30, zero).item() == pytest.approx(3 - 0.5)


@pytest.mark.parametrize(
    ("output", "target"), [((0, 0), (30, 0)), ((30, 10), (30, 0)), ((-5, 20), (40, 40))]
)
def test_chroma_difference_is_cie94_at_equal_lightness(
    output: tuple[int, int], target: tuple[int, int]
) -> None:
    # scikit-image weighs by its first argument: the reference color.
    expected = color.deltaE_ciede94((50, *target), (50, *output))
    planes = [torch.tensor(ab).float().view(1, 2, 1, 1) for ab in (output, target)]
    assert chroma_difference(*planes).item() == pytest.approx(float(expected), abs=0.02)


def test_chroma_difference_has_finite_gradients_at_the_truth() -> None:
    output = torch.zeros(1, 2, 2, 2, requires_grad=True)
    chroma_difference(output, torch.zeros(1, 2, 2, 2)).backward()
    assert output.grad is not None
    assert torch.isfinite(output.grad).all()


def test_total_variation_by_hand() -> None:
    # Vertical differences 3 and 1, horizontal 1 and 3: means 2 and 2.
    assert total_variation(plane([0.0, 1.0], [3.0, 0.0])).item() == pytest.approx(4.0)
    assert total_variation(torch.ones(2, 3, 4, 5)).item() == 0


def test_content_by_hand() -> None:
    assert content_loss(plane([1.0, 3.0]), plane([0.0, 1.0])).item() == pytest.approx(2.5)


def test_normalized_content_ignores_gain_and_offset() -> None:
    features = torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(1))
    assert normalized_content_loss(3 * features + 7, features).item() < 1e-4
    # Two uncorrelated maps of variance 1 are 2 apart on average.
    assert normalized_content_loss(-features, features).item() == pytest.approx(4, rel=1e-3)


def test_feature_matching_averages_maps_and_stops_gradients_at_the_target() -> None:
    output, target = torch.ones(1, 1, 2, 2, requires_grad=True), torch.zeros(1, 1, 2, 2)
    target.requires_grad_()
    loss = feature_matching_loss([output, 3 * output], [target, target])
    assert loss.item() == pytest.approx(2.0)
    loss.backward()
    assert output.grad is not None
    assert target.grad is None


def test_gram_by_hand() -> None:
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    assert gram_matrix(features).tolist() == [[[5.0, 11.0], [11.0, 25.0]]]


def test_gram_style_by_hand() -> None:
    features, zero = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]]), torch.zeros(1, 2, 1, 2)
    # Squares of the Gram matrix: 25 + 121 + 121 + 625 = 892; N = M = 2.
    assert gram_style_loss(features, zero).item() == pytest.approx(892 / (4 * 4 * 4))


def test_relative_gram_by_hand_and_between_sizes() -> None:
    features = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(2))
    # Doubling features quadruples the Gram matrix: (4 - 1)^2 of the target's norm.
    assert relative_gram_loss(2 * features, features).item() == pytest.approx(9, rel=1e-5)
    assert relative_gram_loss(features.repeat(1, 1, 2, 2), features).item() < 1e-10


def test_relative_moments_by_hand() -> None:
    """Means 2 and 0 with deviations 1 and 3, against means 4 and 0 with deviations 3 and 1."""
    own = torch.tensor([[[[1.0, 3.0]], [[-3.0, 3.0]]]])
    wanted = torch.tensor([[[[1.0, 7.0]], [[-1.0, 1.0]]]])
    moments = feature_moments(own)
    assert moments.tolist() == [[[2.0, 0.0], [5.0, 9.0]]]
    distance = relative_moments_distance(moments, feature_moments(wanted))
    assert distance.item() == pytest.approx((4 + 4 + 4) / (16 + 9 + 1), rel=1e-4)


def test_moments_see_what_gram_matrices_hardly_see() -> None:
    """Features that have all but vanished: the push to revive them must not vanish as well."""
    wanted = torch.rand(1, 4, 5, 5, generator=torch.Generator().manual_seed(0)) + 0.5
    pushes = []
    for distance in (
        relative_gram_loss,
        lambda own, style: relative_moments_distance(
            feature_moments(own), feature_moments(style)
        ).mean(),
    ):
        own = (0.01 * wanted).requires_grad_()
        distance(own, wanted).backward()
        assert own.grad is not None
        pushes.append(own.grad.norm().item())
    assert pushes[1] > 10 * pushes[0]


def test_pixel_losses_by_hand() -> None:
    output, truth = plane([0.3, 0.0]), plane([0.0, 0.0])
    assert pixel_loss(output, truth).item() == pytest.approx(0.15)
    # √(0.3² + 0.4²) = 0.5; of the other √(0 + 0.4²) = 0.4; less 0.4.
    assert robust_pixel_loss(output, truth, 0.4).item() == pytest.approx(0.05)
    assert robust_pixel_loss(output, truth, 1e-6).item() == pytest.approx(0.15, abs=1e-5)
    assert robust_pixel_loss(truth, truth, 0.4).item() == pytest.approx(0, abs=1e-7)


def test_robust_pixel_loss_has_finite_gradients_at_the_truth() -> None:
    output = torch.zeros(1, 1, 2, 2, requires_grad=True)
    robust_pixel_loss(output, torch.zeros(1, 1, 2, 2), 1e-3).backward()
    assert output.grad is not None
    assert output.grad.abs().max() == 0


def test_frequency_loss_by_hand() -> None:
    # A constant difference d of 2 x 2 pixels is one coefficient, 2 d, of 2 x 2 complex ones.
    output = plane([0.7, 0.7], [0.7, 0.7])
    assert frequency_loss(output, output - 0.2).item() == pytest.approx(0.4 / 8)
    assert frequency_loss(output, output).item() == 0


def test_relative_feature_loss_by_hand() -> None:
    truth = {"a": plane([3.0, 4.0]), "b": plane([10.0, 0.0])}
    output = {"a": plane([3.0, 9.0]), "b": plane([10.0, 0.0])}
    assert relative_feature_loss(output, truth).item() == pytest.approx(25 / 25 / 2)


def test_luma_by_hand() -> None:
    truth, output = torch.zeros(1, 3, 1, 2), torch.zeros(1, 3, 1, 2)
    output[0, :, 0, 0] = torch.tensor([0.5, 0.0, 0.0])
    output[0, :, 0, 1] = torch.tensor([0.0, 0.2, -0.1])
    # BT.601: 0.299 red, 0.587 green, 0.114 blue
    wanted = (0.5 * 0.299 + 0.2 * 0.587 - 0.1 * 0.114) / 2
    assert luma_loss(output, truth).item() == pytest.approx(wanted, rel=1e-5)


def test_grid_energy_of_a_checkerboard_is_its_variance() -> None:
    board = 0.1 * (-1.0) ** torch.arange(64)
    picture = 0.5 + board[:, None] * board[None, :] / 0.1
    assert grid_energy(picture.expand(1, 3, 64, 64), 8).item() == pytest.approx(0.01, rel=1e-4)


def test_grid_energy_of_slopes_is_nothing() -> None:
    slope = torch.linspace(0, 1, 64).expand(1, 1, 64, 64)
    assert grid_energy(slope + 2 * slope.mT, 8).item() == pytest.approx(0, abs=1e-10)


def test_grid_energy_of_noise_is_its_variance_by_the_squares() -> None:
    noise = 0.1 * torch.randn(64, 3, 72, 72, generator=torch.Generator().manual_seed(0))
    # 72 pixels without half a period on each side: 8 by 8 squares. The box takes 1/64 of it out.
    assert grid_energy(noise, 8).item() == pytest.approx(0.01 / 64, rel=0.05)


def test_what_repeats_with_another_period_is_no_grid() -> None:
    wave = 0.1 * torch.sin(2 * math.pi * torch.arange(136) / 5).expand(1, 1, 136, 136)
    assert grid_energy(wave, 8).item() < 0.02 * wave.square().mean().item()
