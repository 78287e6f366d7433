from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from heliochrome.errors import TrainingError
from heliochrome.training.initialize import (
    FEATURE_SCALE,
    load_critic,
    read_generator,
    start_restyler,
)
from heliochrome.training.losses.style import mean_gram
from heliochrome.training.networks.corrector import (
    CRITIC_LEVELS,
    CRITIC_STRIDES,
    GRAMS,
    Corrector,
    Critic,
    weighted_grams,
)
from heliochrome.training.networks.perceptual import SqueezeNet, load_perceptual
from heliochrome.training.networks.restyler import Restyler


def picture(height: int = 64, width: int = 48, count: int = 1, seed: int = 0) -> torch.Tensor:
    noise = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, height, width, generator=noise)


@pytest.fixture
def corrector() -> Corrector:
    """A corrector with random weights, as active in its depths as trained ones."""
    torch.manual_seed(0)
    corrector = Corrector(2)
    for module in corrector.critic.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.kaiming_normal_(module.weight)
            assert module.bias is not None
            torch.nn.init.zeros_(module.bias)
    return corrector


def distance(corrector: Corrector, one: torch.Tensor, other: torch.Tensor) -> float:
    """Mean relative distance of the Gram matrices of two pictures, over the critic's layers."""
    with torch.no_grad():
        own, wanted = (corrector.critic(each).features for each in (one, other))
    return sum(
        float((mean_gram(a) - mean_gram(b)).norm() / mean_gram(b).norm())
        for a, b in zip(own, wanted, strict=True)
    )


def test_slopes_are_those_of_automatic_differentiation(corrector: Corrector) -> None:
    shown = picture(count=2).requires_grad_()
    sight = corrector.critic(shown)
    noise = torch.Generator().manual_seed(1)
    slopes = [torch.randn(level.shape, generator=noise) for level in sight.features]
    total = torch.stack([(s * f).sum() for s, f in zip(slopes, sight.features, strict=True)]).sum()
    (expected,) = torch.autograd.grad(total, shown, retain_graph=True)
    assert torch.allclose(sight.back(slopes), expected, atol=1e-5 * float(expected.abs().max()))


def test_features_have_their_channels_and_strides(corrector: Corrector) -> None:
    found = corrector.critic(picture(64, 96)).features
    assert [level.shape[1] for level in found] == list(CRITIC_LEVELS)
    assert [(64 // level.shape[2], 96 // level.shape[3]) for level in found] == [
        (stride, stride) for stride in CRITIC_STRIDES
    ]


@torch.no_grad()
def test_grams_of_parts_combine_to_those_of_the_whole(corrector: Corrector) -> None:
    features = corrector.critic(picture(32, 64)).features
    left = torch.zeros(1, 1, 32, 64)
    left[..., :16] = 1
    whole = weighted_grams(features, torch.ones_like(left))
    parts = 0.25 * weighted_grams(features, left) + 0.75 * weighted_grams(features, 1 - left)
    assert whole.shape == (1, GRAMS)
    assert torch.allclose(parts, whole, atol=1e-6)
    expected = torch.cat([mean_gram(level).flatten(1) for level in features], 1)
    assert torch.allclose(whole, expected, atol=1e-6)


@torch.no_grad()
def test_the_critic_starts_from_squeezenet(squeezenet_file: Path) -> None:
    critic, original = Critic(), load_perceptual(squeezenet_file)
    assert isinstance(original, SqueezeNet)
    load_critic(critic, squeezenet_file)
    shown = picture(32, 32)
    levels = shown.flip(1) * 255 - original.get_buffer("means")
    wanted = torch.nn.functional.conv2d(
        levels, original.conv1.weight, original.conv1.bias, stride=2, padding=1
    )
    own = critic.conv1(shown) / FEATURE_SCALE
    inner = (..., slice(1, -1), slice(1, -1))  # zeros outside are black to one, gray to the other
    assert torch.allclose(own[inner], wanted[inner], rtol=1e-3, atol=1e-2)
    save_file({"something": torch.zeros(1)}, squeezenet_file)
    with pytest.raises(TrainingError, match="not SqueezeNet"):
        load_critic(critic, squeezenet_file)


@torch.no_grad()
def test_a_draft_that_is_what_is_wanted_stays(corrector: Corrector) -> None:
    shown = picture()
    grams = corrector.grams(shown, torch.ones_like(shown[:, :1]))
    assert torch.allclose(
        corrector.steps[0](shown, corrector.critic(shown), grams, grams), shown, atol=1e-6
    )


@torch.no_grad()
def test_corrections_lead_to_what_is_wanted(corrector: Corrector) -> None:
    draft, style = picture(64, 64), 0.3 * picture(64, 64, seed=2)
    wanted = corrector.whole_grams(style)
    once, twice = (corrector(draft, wanted, steps) for steps in (1, 2))
    distances = [distance(corrector, each, style) for each in (draft, once, twice)]
    assert distances[2] < distances[1] < 0.98 * distances[0]


def test_drafts_of_any_size_keep_it(corrector: Corrector) -> None:
    wanted = torch.ones(1, GRAMS)
    for size in ((64, 48), (50, 38), (33, 42)):
        result = corrector(picture(*size), wanted, 2)
        assert result.shape == (1, 3, *size)
        assert result.min() >= 0
        assert result.max() <= 1


def test_everything_in_a_corrector_learns(corrector: Corrector) -> None:
    shown = picture()
    style = picture(seed=3)
    for step in corrector.steps:
        torch.nn.init.normal_(step.leaves.weight, std=0.1)
    corrector(shown, corrector.whole_grams(style), 2).square().sum().backward()
    for name, parameter in corrector.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().max() > 0, name


def test_weights_from_before_there_was_a_corrector_are_taken(
    squeezenet_file: Path, tmp_path: Path
) -> None:
    torch.manual_seed(5)
    old, path = Restyler((16, 16, 16), 1), tmp_path / "old.safetensors"
    kept = {k: v for k, v in old.state_dict().items() if not k.startswith("corrector.")}
    save_file(kept, path)
    new, begun = Restyler((16, 16, 16), 1), Critic()
    load_critic(begun, squeezenet_file)
    start_restyler(new, str(squeezenet_file), str(path))
    for name, value in kept.items():
        assert torch.equal(new.state_dict()[name], value), name
    assert torch.equal(new.corrector.critic.conv1.weight, begun.conv1.weight)
    save_file(new.state_dict(), path)
    assert read_generator(path).keys() == new.state_dict().keys()
    save_file({k: v for k, v in kept.items() if k != "deep.bias"}, path)
    with pytest.raises(TrainingError, match="of another network"):
        start_restyler(new, None, str(path))
