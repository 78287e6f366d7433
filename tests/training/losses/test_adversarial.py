import math

import pytest
import torch
from torch import nn

from heliochrome.errors import ConfigError
from heliochrome.training.losses.adversarial import (
    adversarial_loss,
    discriminator_loss,
    generator_loss,
    gradient_penalty,
)

REAL = torch.tensor([[2.0, 0.5]])
FAKE = torch.tensor([[-1.0, 3.0]])


def softplus(x: float) -> float:
    return math.log1p(math.exp(x))


# Each row was worked out by hand from the formula in the paper that the class names.
BY_HAND = [
    (
        "minimax",
        (softplus(-2) + softplus(-0.5)) / 2 + (softplus(-1) + softplus(3)) / 2,
        (softplus(1) + softplus(-3)) / 2,
    ),
    ("lsgan", 0.5 * (1 + 0.25) / 2 + 0.5 * (1 + 9) / 2, 0.5 * (4 + 4) / 2),
    ("wgan-gp", 1.0 - 1.25, -1.0),
    ("hinge", (0 + 0.5) / 2 + (0 + 4) / 2, -1.0),
    # Mean real score 1.25, mean fake score 1.
    (
        "relativistic",
        (softplus(-1) + softplus(0.5)) / 2 + (softplus(-2.25) + softplus(1.75)) / 2,
        (softplus(2.25) + softplus(-1.75)) / 2 + (softplus(1) + softplus(-0.5)) / 2,
    ),
]


@pytest.mark.parametrize(("name", "discriminator", "generator"), BY_HAND)
def test_formula(name: str, discriminator: float, generator: float) -> None:
    game = adversarial_loss(name)
    assert game.discriminator(REAL, FAKE).item() == pytest.approx(discriminator, abs=1e-6)
    real = REAL if game.needs_real else None
    assert game.generator(FAKE, real).item() == pytest.approx(generator, abs=1e-6)


@pytest.mark.parametrize("name", [name for name, _, _ in BY_HAND])
def test_generator_descends_toward_higher_scores(name: str) -> None:
    scores, game = torch.tensor([-0.5, 0.2], requires_grad=True), adversarial_loss(name)
    game.generator(scores, torch.tensor([0.1, 0.4]) if game.needs_real else None).backward()
    assert scores.grad is not None
    assert (scores.grad < 0).all()


def test_minimax_does_not_overflow() -> None:
    game = adversarial_loss("minimax")
    huge = torch.tensor([1e4])
    assert game.discriminator(huge, -huge).item() == 0
    assert game.discriminator(-huge, huge).item() == pytest.approx(2e4)


def test_only_wgan_needs_a_penalty() -> None:
    needs = {n for n, _, _ in BY_HAND if adversarial_loss(n).needs_gradient_penalty}
    assert needs == {"wgan-gp"}


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="hinge"):
        adversarial_loss("zero-sum")


def test_scales_are_averaged() -> None:
    game = adversarial_loss("wgan-gp")
    real, fake = [torch.tensor([1.0]), torch.tensor([3.0])], [torch.zeros(1), torch.tensor([1.0])]
    assert discriminator_loss(game, real, fake).item() == pytest.approx((-1 - 2) / 2)
    assert generator_loss(game, fake).item() == pytest.approx(-0.5)


def test_relative_scores_are_compared_at_each_scale() -> None:
    game = adversarial_loss("relativistic")
    coarse = torch.tensor([[4.0, 4.5]])
    loss = generator_loss(game, [FAKE, coarse], [REAL, REAL])
    apart = (game.generator(FAKE, REAL) + game.generator(coarse, REAL)) / 2
    assert loss.item() == pytest.approx(apart.item())
    with pytest.raises(ValueError, match="real pictures"):
        generator_loss(game, [FAKE])


def test_scales_must_match() -> None:
    with pytest.raises(ValueError, match="zip"):
        discriminator_loss(adversarial_loss("hinge"), [REAL], [FAKE, FAKE])


class Linear(nn.Module):
    """Critic with a known gradient: the scores' sum is slope times the picture's sum."""

    def __init__(self, slope: float) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope))

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        return [self.slope * x.sum((1, 2, 3), keepdim=True)]


@pytest.mark.parametrize("slope", [0.25, 0.5, 1.0])
def test_gradient_penalty_of_a_linear_critic(slope: float) -> None:
    # The gradient is `slope` at each of 1 x 2 x 2 inputs: its norm is 2 * slope everywhere.
    real, fake = torch.ones(3, 1, 2, 2), torch.zeros(3, 1, 2, 2)
    critic = Linear(slope)
    penalty = gradient_penalty(critic, real, fake, torch.Generator().manual_seed(0))
    assert penalty.item() == pytest.approx((2 * slope - 1) ** 2, abs=1e-5)
    penalty.backward()
    assert critic.slope.grad is not None
    assert critic.slope.grad.item() == pytest.approx(4 * (2 * slope - 1), abs=1e-4)
