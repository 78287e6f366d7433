import pytest
import torch

from heliochrome.training.bins import ChromaBins, gamut_centers, rebalancing_weights
from heliochrome.training.colorspace import srgb_to_lab


@pytest.fixture(scope="module")
def bins() -> ChromaBins:
    return ChromaBins(gamut_centers())


def colors(seed: int = 0) -> torch.Tensor:
    rgb = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(seed))
    return srgb_to_lab(rgb)[:, 1:]


def test_centers_lie_on_the_grid_and_hold_gray(bins: ChromaBins) -> None:
    assert (bins.centers % 10 == 0).all()
    assert [0.0, 0.0] in bins.centers.tolist()
    # Zhang et al. 2016 count 313 bins that touch the gamut; the rare tips are left out here.
    assert 200 < len(bins) < 313


def test_shares_sum_to_one_and_are_not_negative(bins: ChromaBins) -> None:
    indices, shares = bins.encode(colors())
    assert indices.shape == shares.shape == (1, 4, 32, 32)
    assert shares.min() >= 0
    assert torch.allclose(shares.sum(1), torch.ones(1, 32, 32))


def test_expectation_of_the_target_is_the_color(bins: ChromaBins) -> None:
    chroma = colors()
    indices, shares = bins.encode(chroma)
    target = torch.zeros(1, len(bins), 32, 32).scatter_add_(1, indices, shares)
    decoded = bins.expect(target.clamp_min(1e-20).log())
    error = (decoded - chroma).norm(dim=1)
    # Exact wherever all four grid points are in the gamut; near its border one is moved.
    assert (error < 1e-3).float().mean() > 0.95
    assert error.max() < 10


def test_colors_beyond_the_grid_take_the_nearest_bin(bins: ChromaBins) -> None:
    indices, _ = bins.encode(torch.tensor([500.0, 0.0]).view(1, 2, 1, 1))
    assert bins.centers[indices.flatten()][:, 0].min() >= 80


def test_histogram_sums_to_one_and_finds_the_color(bins: ChromaBins) -> None:
    chroma = torch.tensor([20.0, -30.0]).view(1, 2, 1, 1).expand(1, 2, 4, 4)
    histogram = bins.histogram(chroma)
    assert histogram.sum().item() == pytest.approx(1)
    assert bins.centers[histogram.argmax()].tolist() == [20.0, -30.0]


def test_low_temperature_decodes_the_mode(bins: ChromaBins) -> None:
    logits = torch.zeros(1, len(bins), 1, 1)
    logits[0, 7] = 1.0
    assert torch.allclose(bins.expect(logits, 0.01)[0, :, 0, 0], bins.centers[7], atol=1e-3)


def test_rebalancing_has_mean_one_favors_the_rare_and_is_capped() -> None:
    shares = torch.tensor([0.9, 0.09, 0.01])
    weights = rebalancing_weights(shares, 0.5, cap=8)
    assert (weights * shares).sum().item() == pytest.approx(1)
    assert weights[2] > weights[1] > weights[0]
    # By hand: 1 / (0.5 p + 0.5 / 3), brought to mean 1.
    raw = 1 / (0.5 * shares + 0.5 / 3)
    assert torch.allclose(weights, raw / (raw * shares).sum())
    capped = rebalancing_weights(shares, 0.01, cap=2)
    assert capped.max() / capped.min() < raw.new_tensor(0.9 / 0.01)
    assert torch.equal(rebalancing_weights(shares, 0.0, 8), torch.ones(3))
