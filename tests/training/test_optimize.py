from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from heliochrome.errors import OptionError, TrainingError
from heliochrome.training import optimize
from heliochrome.training.losses.regression import total_variation
from heliochrome.training.networks.perceptual import SqueezeNet, Vgg19
from heliochrome.training.optimize import (
    OptimizeOptions,
    OptimizeRecord,
    optimize_picture,
    optimize_style,
)
from heliochrome.training.style_distance import StyleNetworks, measure_distances


@pytest.fixture(scope="module")
def networks() -> StyleNetworks:
    torch.manual_seed(0)
    return StyleNetworks(
        Vgg19().eval().requires_grad_(False), SqueezeNet().eval().requires_grad_(False)
    )


def noise(seed: int, height: int = 32, width: int = 32) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))


def ramp() -> torch.Tensor:
    return torch.linspace(0, 1, 32).expand(1, 3, 32, 32)


def run(content, style, networks, **options) -> list[OptimizeRecord]:
    return list(optimize_style(content, [style], networks, OptimizeOptions(**options)))


def test_style_comes_nearer_from_the_photo_on(networks: StyleNetworks) -> None:
    records = run(ramp(), noise(1), networks, steps=8)
    assert [record.step for record in records] == list(range(9))
    assert torch.equal(records[0].picture, ramp())
    assert records[0].content == 0
    assert records[-1].style < 0.2 * records[0].style
    assert all(record.seconds > before.seconds for before, record in pairwise(records))


def test_records_state_what_the_yardstick_measures(networks: StyleNetworks) -> None:
    last = run(ramp(), noise(1), networks, steps=3)[-1]
    found = measure_distances(last.picture, ramp(), noise(1), networks)
    assert last.style == pytest.approx(found.style_mean, rel=1e-3)
    assert last.content == pytest.approx(found.content_mean, rel=1e-3)
    assert last.loss == pytest.approx(last.style + 0.05 * last.content, rel=1e-4)
    assert 0 <= last.picture.min() <= last.picture.max() <= 1


def test_the_same_input_gives_the_same_picture(networks: StyleNetworks) -> None:
    first, second = (run(ramp(), noise(1), networks, steps=4)[-1] for _ in range(2))
    assert torch.equal(first.picture, second.picture)


def test_a_photo_in_its_own_style_stays_as_it_is(networks: StyleNetworks) -> None:
    photo = noise(3)
    assert torch.equal(run(photo, photo, networks, steps=3)[-1].picture, photo)


def test_content_and_variation_weigh_against_style(networks: StyleNetworks) -> None:
    plain = run(ramp(), noise(1), networks, steps=8)[-1]
    faithful = run(ramp(), noise(1), networks, steps=8, content_weight=10)[-1]
    assert faithful.content < plain.content
    smooth = run(ramp(), noise(1), networks, steps=8, variation_weight=10)[-1]
    assert total_variation(smooth.picture) < 0.8 * total_variation(plain.picture)


def test_half_precision_reaches_about_the_same(networks: StyleNetworks) -> None:
    exact, quick = (
        run(ramp(), noise(1), networks, steps=6, precision=precision)[-1]
        for precision in ("float32", "bfloat16")
    )
    assert quick.style == pytest.approx(exact.style, rel=0.3)


def test_a_step_that_fails_is_taken_back() -> None:
    calls = []

    def objective(picture: torch.Tensor) -> optimize._Terms:
        calls.append(picture.detach().clone())
        loss = (picture - 0.25).square().sum() + (1e6 if len(calls) == 3 else 0)
        return optimize._Terms(loss, loss, loss)

    records = list(optimize._descend(ramp(), objective, 4))
    # The third picture seemed to be far worse; the second was evaluated again in its place.
    assert torch.equal(calls[3], calls[1])
    assert torch.equal(records[2].picture, records[1].picture)
    assert records[-1].loss < 1e-3 * records[0].loss


def test_a_loss_that_is_not_finite_ends_it(networks: StyleNetworks) -> None:
    broken = ramp().clone()
    broken[0, 0, 3, 3] = float("nan")
    with pytest.raises(TrainingError, match="loss: is nan at step 0"):
        run(broken, noise(1), networks, steps=2)


@pytest.fixture
def files(networks: StyleNetworks, tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.safetensors" for name in ("vgg", "squeezenet")}
    save_file(networks.vgg.state_dict(), paths["vgg"])
    save_file(networks.squeezenet.state_dict(), paths["squeezenet"])
    return paths


def test_arrays_are_optimized_with_progress(files: dict[str, Path]) -> None:
    draw = np.random.default_rng(0)
    photo = draw.integers(0, 256, (24, 32, 3), np.uint8)
    style = draw.integers(0, 256, (40, 64, 3), np.uint8)
    seen: list[OptimizeRecord] = []
    options = OptimizeOptions(steps=2)
    result = optimize_picture(photo, [style], **files, options=options, progress=seen.append)
    assert (result.shape, result.dtype) == ((24, 32, 3), np.float32)
    assert np.array_equal(seen[0].preview(), photo)
    assert np.array_equal(seen[2].preview(), np.rint(result * 255))
    floats = optimize_picture(photo / 255, [style / 255], **files, options=options)
    assert np.allclose(result, floats, atol=1e-4)


def test_styles_larger_than_the_photo_are_reduced(
    files: dict[str, Path], networks: StyleNetworks
) -> None:
    photo = np.zeros((24, 32, 3), np.uint8)
    coarse = np.kron(np.random.default_rng(1).integers(0, 256, (6, 8, 3)), np.ones((8, 8, 1)))
    seen: list[OptimizeRecord] = []
    options = OptimizeOptions(steps=1)
    style = coarse.astype(np.uint8)
    optimize_picture(photo, [style], **files, options=options, progress=seen.append)
    reduced = torch.nn.functional.interpolate(
        torch.from_numpy(style).permute(2, 0, 1)[None] / 255,
        (24, 32), mode="bicubic", antialias=True, align_corners=False,
    ).clamp(0, 1)  # fmt: skip
    black = torch.zeros(1, 3, 24, 32)
    expected = measure_distances(black, black, reduced, networks).style_mean
    assert seen[0].style == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "options",
    [{"steps": 0}, {"content_weight": -1}, {"style_weight": float("nan")}],
)
def test_impossible_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        OptimizeOptions(**options)


def test_gray_arrays_are_refused(files: dict[str, Path]) -> None:
    with pytest.raises(OptionError, match="RGB"):
        optimize_picture(np.zeros((24, 32), np.uint8), [], **files)


def test_a_missing_style_is_refused_before_anything_runs(networks: StyleNetworks) -> None:
    with pytest.raises(OptionError, match="style"):
        optimize_style(ramp(), [], networks)
