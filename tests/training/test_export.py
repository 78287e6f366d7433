import copy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from conftest import MakeConfig
from heliochrome.errors import ConfigError, TrainingError
from heliochrome.model.store import find_model
from heliochrome.training.bins import ChromaBins, gamut_centers, rebalancing_weights
from heliochrome.training.calibration import (
    Grid,
    OperatingPoint,
    choose_point,
    confidence_table,
    frontier,
    prior_shift,
)
from heliochrome.training.export import (
    CardNotes,
    fold_batch_norms,
    mix_weights,
    parity,
    sample_inputs,
    write_colorizer,
)
from heliochrome.training.export_run import ExportOptions, export_run
from heliochrome.training.loop import StopRequest, open_trainer, run
from heliochrome.training.networks.colorizer import Block, Colorizer
from heliochrome.training.onnx_file import round_weights

BINS = ChromaBins(gamut_centers())


def colorizer() -> Colorizer:
    torch.manual_seed(0)
    network = Colorizer(len(BINS), (32, 32, 32))
    torch.nn.init.normal_(network.film.weight, std=0.1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return network.eval()


def test_folded_batch_norms_change_nothing() -> None:
    network, inputs = colorizer(), sample_inputs(len(BINS), 2, 32, 48)
    before = network(*inputs)
    fold_batch_norms(network)
    assert torch.allclose(network(*inputs), before, atol=1e-4)
    norms = [m.norm for m in network.modules() if isinstance(m, Block)]
    assert all(isinstance(norm, torch.nn.Identity) for norm in norms)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Colorizer, Path]:
    network, path = colorizer(), tmp_path_factory.mktemp("export") / "network.onnx"
    fold_batch_norms(network)
    round_weights(network)
    write_colorizer(network, len(BINS), path)
    return network, path


def test_exported_network_agrees_at_odd_sizes_and_is_half_as_large(
    exported: tuple[Colorizer, Path],
) -> None:
    network, path = exported
    assert parity(network, len(BINS), path) < 1e-4
    parameters = sum(p.numel() for p in network.parameters())
    assert path.stat().st_size < 2.5 * parameters
    model = onnx.load(path)
    assert [i.name for i in model.graph.input] == ["lightness", "hints", "mask", "palette"]


def test_parity_notices_another_network(exported: tuple[Colorizer, Path]) -> None:
    network, path = copy.deepcopy(exported[0]), exported[1]
    with torch.no_grad():
        network.classify.bias += 0.1
    with pytest.raises(TrainingError, match="differs"):
        parity(network, len(BINS), path)


def test_mixed_weights_lie_between() -> None:
    one, other = colorizer(), colorizer()
    with torch.no_grad():
        one.classify.bias.zero_()
        other.classify.bias.fill_(4.0)
        other.deep1.norm.running_mean.add_(1.0)
    before = one.deep1.norm.running_mean.clone()
    mix_weights(one, other, 0.25)
    assert torch.allclose(one.classify.bias, torch.ones(len(BINS)))
    assert torch.allclose(one.deep1.norm.running_mean, before + 0.25)


def test_rounding_keeps_small_tensors() -> None:
    network = colorizer()
    bias = network.classify.bias.clone()
    round_weights(network)
    assert torch.equal(network.classify.bias, bias)
    weight = network.deep1.conv.weight
    assert torch.equal(weight, weight.half().float())


def truth(count: int = 4) -> torch.Tensor:
    noise = torch.Generator().manual_seed(0)
    chroma = torch.randn(count, 2, 1, 1, generator=noise) * 25
    return torch.cat((torch.full((count, 1, 32, 32), 60.0), chroma.expand(-1, -1, 32, 32)), 1)


def logits_of(chroma: torch.Tensor) -> torch.Tensor:
    indices, shares = BINS.encode(chroma)
    empty = torch.full((len(chroma), len(BINS), *chroma.shape[2:]), 1e-6)
    return empty.scatter_add(1, indices, shares).log()


def test_frontier_finds_the_truth_at_full_scale() -> None:
    lab, shares = truth(), torch.full((len(BINS),), 1 / len(BINS))
    grid = Grid([0.0], [1.0], [0.0, 0.5, 1.0])
    points = frontier(logits_of(lab[:, 1:, ::4, ::4]), BINS, lab, shares, grid)
    ratios = [point.colorfulness_ratio for point in points]
    assert ratios == sorted(ratios)
    assert points[0].psnr_gain == pytest.approx(0, abs=0.01)
    assert points[0].difference_ratio == pytest.approx(1)
    assert points[-1].psnr_gain > 10
    assert points[-1].colorfulness_ratio == pytest.approx(1, abs=0.05)
    assert points[-1].difference_ratio < 0.1


def test_prior_shift_is_what_rebalanced_training_would_learn() -> None:
    shares = torch.tensor([0.7, 0.2, 0.1])
    weights = rebalancing_weights(shares, 0.5, cap=float("inf"))
    shifted = (shares.log() + prior_shift(shares, 0.5)).softmax(0)
    assert torch.allclose(shifted, weights * shares / (weights * shares).sum())
    assert torch.allclose(prior_shift(shares, 0.0), torch.zeros(3))


def test_chosen_point_is_the_best_of_the_vivid() -> None:
    points = [
        OperatingPoint(0, 1, 1, 2.0, 0.5, 0.9),
        OperatingPoint(0, 1, 2, 1.0, 0.9, 1.0),
        OperatingPoint(0, 1, 3, 0.0, 1.1, 1.2),
    ]
    assert choose_point(points, 0.8) is points[1]
    assert choose_point(points, 2.0) is points[2]


def test_confidence_falls_with_spread() -> None:
    generator = torch.Generator().manual_seed(0)
    true = torch.randn(1, 2, 64, 64, generator=generator) * 20
    noise = torch.linspace(0, 60, 64).view(1, 1, 1, 64).expand(1, 1, 64, 64)
    distance = (BINS.centers.view(1, -1, 2, 1, 1) - true[:, None]).norm(dim=2)
    logits = -distance.square() / (2 * (noise / 2 + 3) ** 2)
    # The guess misses by as much as it is unsure.
    miss = true + torch.randn(1, 2, 64, 64, generator=generator) * noise
    spread, probability = confidence_table(
        logits, BINS, miss, OperatingPoint(0, 1, 1, 0, 0, 0), rows=8
    )
    assert np.all(np.diff(spread) > 0)
    assert np.all(np.diff(probability) <= 0)
    assert probability[0] > 0.8
    assert probability[-1] < 0.2


def test_a_run_becomes_a_network_that_the_runtime_loads(
    make_config: MakeConfig, tmp_path: Path
) -> None:
    config = make_config(steps=1)
    list(run(open_trainer(config), tmp_path / "run", StopRequest()))
    output = tmp_path / "tiny.onnx"
    notes = CardNotes("tiny", "0.1.0", "rendered balls", "Apache-2.0", "none")
    done = export_run(
        tmp_path / "run",
        output,
        ExportOptions(notes, working_size=64, grid=Grid([0.0], [1.0], [1.0, 1.5])),
    )
    found = find_model(output)
    assert found.card == done.card
    assert done.card.training.images == 2
    assert done.card.colorizer is not None
    assert len(done.points) == 2
    assert not list(tmp_path.glob(".*"))


def test_a_folder_without_a_run_is_a_typed_error(tmp_path: Path) -> None:
    notes = CardNotes("tiny", "0.1.0", "-", "-", "-")
    with pytest.raises(ConfigError, match=r"config\.yaml"):
        export_run(tmp_path, tmp_path / "x.onnx", ExportOptions(notes))
