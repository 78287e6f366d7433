import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from heliochrome.errors import ConfigError, DataError, TrainingError
from heliochrome.model.card import read_card
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.training.config import TrainConfig, load_config_of, parse_config
from heliochrome.training.export import CardNotes
from heliochrome.training.initialize import start_upscaler
from heliochrome.training.loop import StopRequest, Trainer, open_trainer, run
from heliochrome.training.networks.upscaler import CollapsedConv, Upscaler, fold, halo
from heliochrome.training.plan import plan_run
from heliochrome.training.sources import PictureSet
from heliochrome.training.upscale.config import SCALES, UpscaleConfig
from heliochrome.training.upscale.data import (
    Place,
    UpscaleSampler,
    open_upscale_data,
    toned,
    turned,
    validation_batch,
)
from heliochrome.training.upscale.export import export_upscaler, load_upscaler, sample_inputs
from heliochrome.training.upscale.quantize import quantize_upscaler
from heliochrome.training.upscale.task import luma_psnr

MakeUpscale = Callable[..., UpscaleConfig]


@pytest.fixture
def make_upscale(pictures: Path, squeezenet_file: Path) -> MakeUpscale:
    def make(**changes: Any) -> UpscaleConfig:
        values: dict[str, Any] = {
            "name": "tiny",
            "task": "upscale",
            "data": {"crop": 32, "sources": [{"path": str(pictures)}], "validation": 2},
            "generator": {"blocks": 1, "width": 8, "expansion": 2, "weight_decay": 0.0},
            "losses": {"squeezenet": str(squeezenet_file), "feature_layers": ["fire3"]},
            "steps": 4,
            "batch": 2,
            "precision": "float32",
            "compile": False,
            "log_every": 1,
            "validate_every": 100,
        }
        for key, value in changes.items():
            values[key] = values[key] | value if isinstance(values.get(key), dict) else value
        config = parse_config(json.loads(json.dumps(values)))
        assert isinstance(config, UpscaleConfig)
        return config

    return make


def smooth_picture(side: int = 48, seed: int = 3) -> np.ndarray:
    """Colors that change slowly, far from black and white, where bicubic overshoot is clipped."""
    coarse = np.random.default_rng(seed).integers(60, 190, (6, 6, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


def tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float() / 255


@pytest.fixture
def network() -> Upscaler:
    """An upscaler whose every weight counts, the noise's too."""
    torch.manual_seed(2)
    network = Upscaler(4, blocks=2, width=8, expansion=2, denoise=True)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return network.eval()


@pytest.mark.parametrize("scale", SCALES)
def test_it_enlarges(scale: int) -> None:
    enlarged = Upscaler(scale, 1, 8, 1)(torch.rand(2, 3, 5, 9))
    assert enlarged.shape == (2, 3, 5 * scale, 9 * scale)


@pytest.mark.parametrize("scale", SCALES)
def test_the_skip_is_bicubic(scale: int) -> None:
    picture = smooth_picture(20)
    rest = Upscaler(scale, 0, 1, 1).interpolate(tensor(picture))
    enlarged = 255 * torch.nn.functional.pixel_shuffle(rest, scale)[0].permute(1, 2, 0).numpy()
    size = (20 * scale, 20 * scale)
    for channel in range(3):
        plane = Image.fromarray(picture[..., channel].astype(np.float32))
        wanted = np.asarray(plane.resize(size, Image.Resampling.BICUBIC))
        inside = slice(2 * scale, -2 * scale)  # Pillow leaves out what is beyond the border
        found = enlarged[..., channel]
        assert np.abs(found - wanted)[inside, inside].max() < 1e-3
        assert np.abs(found - wanted).max() < 8


@pytest.mark.parametrize("scale", SCALES)
def test_it_begins_near_bicubic_and_without_a_checkerboard(scale: int) -> None:
    torch.manual_seed(0)
    network = Upscaler(scale, 2, 16)
    flat = torch.rand(1, 3, 1, 1).expand(1, 3, 24, 24)
    border = halo(2) * scale
    inner = network(flat)[..., border:-border, border:-border]
    assert inner.std((2, 3)).max() < 1e-6
    assert (inner - flat[..., :1, :1]).abs().max() < 0.2


@pytest.mark.parametrize("identity", [False, True])
def test_a_collapsed_convolution_is_its_branches(identity: bool) -> None:
    conv = CollapsedConv(4, 4, 3, identity=identity).double()
    with torch.no_grad():
        conv.pointwise.normal_()
        conv.bias.normal_()
    x = torch.randn(2, 4, 7, 6, dtype=torch.float64)
    wide = torch.nn.functional.conv2d(x, conv.expand, padding=1)
    branches = torch.nn.functional.conv2d(wide, conv.squeeze[:, :, None, None], conv.bias)
    branches = branches + torch.nn.functional.conv2d(x, conv.pointwise[:, :, None, None])
    wanted = branches + x if identity else branches
    assert torch.allclose(conv(x), wanted, atol=1e-12)
    assert torch.allclose(conv.folded().double()(x), wanted, atol=1e-5)


def test_collapsed_kernels_begin_as_plain_ones_do() -> None:
    torch.manual_seed(0)
    plain = torch.nn.Conv2d(32, 32, 3).weight.std().item()
    assert CollapsedConv(32, 32, 4).kernel().std().item() == pytest.approx(plain, rel=0.1)


def test_folded_equals_unfolded(network: Upscaler) -> None:
    folded = copy.deepcopy(network)
    fold(folded)
    assert not any(isinstance(module, CollapsedConv) for module in folded.modules())
    picture, noise = torch.rand(2, 3, 9, 7), torch.rand(2, 1, 1, 1)
    assert torch.allclose(folded(picture, noise), network(picture, noise), atol=1e-5)
    plain = 9 * 8 * (3 + 4 * 8 + 48) + 5 * 8 + 48
    assert sum(p.numel() for p in folded.parameters()) == plain + 8  # and the noise's


def test_shipped_networks_have_less_than_a_million_weights() -> None:
    for path in sorted((Path(__file__).parents[2] / "configs").glob("upscaler-*.yaml")):
        config = load_config_of(UpscaleConfig, path)
        size = config.generator
        network = Upscaler(config.scale, size.blocks, size.width, size.expansion)
        fold(network)
        assert sum(p.numel() for p in network.parameters()) < 1e6, path.name


@pytest.mark.parametrize("blocks", [1, 3])
def test_the_halo_is_the_receptive_field(blocks: int) -> None:
    torch.manual_seed(0)
    network = Upscaler(2, blocks, 4, 1)
    picture = torch.rand(1, 3, 41, 41, requires_grad=True)
    network(picture)[:, :, 40:42, 40:42].sum().backward()
    assert picture.grad is not None
    rows = picture.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    assert (rows - 20).abs().max() == halo(blocks)


def test_the_noise_level_matters_everywhere_alike(network: Upscaler) -> None:
    flat = torch.full((1, 3, 24, 24), 0.5)
    change = network(flat, torch.ones(1, 1, 1, 1)) - network(flat, torch.zeros(1, 1, 1, 1))
    assert change.abs().max() > 1e-3
    inner = change[..., 28:-28, 28:-28]
    assert torch.allclose(inner, inner[..., :4, :4].repeat(1, 1, 10, 10), atol=1e-5)


def test_pictures_are_not_rounded_in_bfloat16() -> None:
    network = Upscaler(2, 1, 8, 1)
    with torch.no_grad():
        network.tail.squeeze.zero_()  # type: ignore[union-attr,operator]
    picture = torch.rand(1, 3, 8, 8)
    exact = network(picture)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(network(picture), exact)


def test_samples_hang_on_seed_step_and_place_alone(make_upscale: MakeUpscale) -> None:
    for mode in ("faithful", "crisp"):
        config = make_upscale(mode=mode, seed=3, data={"sepia_chance": 0.3})
        sampler, _ = open_upscale_data(config)
        again, _ = open_upscale_data(config)
        for step in range(4):
            whole, other = sampler.batch(step, range(4)), again.batch(step, range(4))
            half = sampler.batch(step, range(2, 4))
            for name in ("picture", "truth", "noise"):
                assert torch.equal(getattr(whole, name), getattr(other, name))
                assert torch.equal(getattr(half, name), getattr(whole, name)[2:])
        elsewhere = dataclasses.replace(sampler, config=make_upscale(mode=mode, seed=4))
        assert not torch.equal(elsewhere.batch(0, range(4)).truth, sampler.batch(0, range(4)).truth)


@pytest.mark.parametrize("scale", SCALES)
def test_reduced_squares_are_parts_of_the_reduced_picture(scale: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (72, 96, 3), np.uint8)
    size = (96 // scale, 72 // scale)
    whole = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC))
    for top, left in ((0, 0), (8, 16), (40, 64), (20, 32)):
        near, place = Place(top, left, 32).surroundings(picture, 2 * scale)
        assert max(near.shape[:2]) <= 32 + 4 * scale
        rows, columns = top // scale, left // scale
        wanted = whole[rows : rows + 32 // scale, columns : columns + 32 // scale]
        assert np.array_equal(place.reduced(near, scale), wanted)
        assert np.array_equal(place.cut(near), picture[top : top + 32, left : left + 32])


@pytest.mark.parametrize("mode", ["faithful", "crisp"])
@pytest.mark.parametrize("scale", SCALES)
def test_what_the_network_sees_shows_the_truth(
    make_upscale: MakeUpscale, scale: int, mode: str
) -> None:
    sampler, _ = open_upscale_data(make_upscale(mode=mode, scale=scale))
    batch = sampler.batch(0, range(8))
    assert batch.picture.shape == (8, 3, 32 // scale, 32 // scale)
    means = torch.nn.functional.avg_pool2d(batch.truth, scale)
    error = (batch.picture - means).abs().mean()
    assert error < 0.06
    # Turned or shifted, it would not.
    assert (batch.picture.flip(3) - means).abs().mean() > error
    assert (batch.picture.roll(1, 2) - means).abs().mean() > error


def test_all_eight_positions_differ() -> None:
    picture = np.arange(27, dtype=np.uint8).reshape(3, 3, 3)
    assert len({turned(picture, turn).tobytes() for turn in range(8)}) == 8


@pytest.mark.parametrize("choices", [1, 3])
def test_detail_is_preferred(make_upscale: MakeUpscale, choices: int) -> None:
    flat = np.full((40, 40, 3), 128, np.uint8)
    noisy = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    config = make_upscale(data={"choices": choices, "gray_chance": 0.0})
    sampler = UpscaleSampler([PictureSet("x", 1.0, [flat, noisy])], config)
    truth = sampler.batch(0, range(200)).truth
    share = (truth.std((1, 2, 3)) > 0.1).float().mean().item()
    assert share == pytest.approx(1 - 0.5**choices, abs=0.08)


def test_tones(make_upscale: MakeUpscale) -> None:
    picture, rng = smooth_picture(), np.random.default_rng(0)
    gray = toned(picture, make_upscale(data={"gray_chance": 1.0}).data, rng)
    assert (gray == gray[..., :1]).all()
    sepia = toned(picture, make_upscale(data={"gray_chance": 0.0, "sepia_chance": 1.0}).data, rng)
    red, _, blue = sepia.reshape(-1, 3).mean(0)
    assert red > gray.mean() > blue
    same = toned(picture, make_upscale(data={"gray_chance": 0.0}).data, rng)
    assert same is picture


def test_small_pictures_are_left_out(make_upscale: MakeUpscale, tmp_path: Path) -> None:
    for name, side in (("small", 40), ("large", 64)):
        Image.fromarray(smooth_picture(side)).save(tmp_path / f"{name}.png")
    data = {"sources": [{"path": str(tmp_path)}], "crop": 48, "validation": 0}
    sampler, _ = open_upscale_data(make_upscale(data=data))
    assert [picture.shape[0] for picture in sampler.sources[0].pictures] == [64]
    with pytest.raises(DataError, match="no picture of 80 px"):
        open_upscale_data(make_upscale(data=data | {"crop": 80}))


def test_large_pictures_stay_whole(make_upscale: MakeUpscale, tmp_path: Path) -> None:
    picture = Image.fromarray(smooth_picture(48)).resize((1600, 1300))
    picture.save(tmp_path / "large.jpg")
    data = {"sources": [{"path": str(tmp_path)}], "validation": 0}
    sampler, _ = open_upscale_data(make_upscale(data=data))
    assert sampler.sources[0].pictures[0].shape == (1300, 1600, 3)


def test_validation_is_fixed_and_clean(make_upscale: MakeUpscale) -> None:
    config = make_upscale(mode="crisp")
    _, held = open_upscale_data(config)
    one, two = validation_batch(held, config), validation_batch(held, config)
    assert torch.equal(one.picture, two.picture)
    assert one.noise.abs().max() == 0
    cut = held[0][8:40, 8:40]
    assert torch.allclose(one.truth[:1], tensor(cut))


def test_luma_psnr_by_hand() -> None:
    truth = torch.full((1, 3, 12, 12), 0.5)
    off = truth.clone()
    off[:, 1] += 10 / 255
    # Green counts 128.553 / 255 of a level: 5.0413 of 255.
    wanted = 20 * np.log10(255 / (10 * 128.553 / 255))
    rounded = (truth * 255).round() / 255
    assert luma_psnr(off, rounded, 2).item() == pytest.approx(wanted, abs=0.01)
    off[:, :, :2] = 0
    assert luma_psnr(off, rounded, 2).item() == pytest.approx(wanted, abs=0.01)
    assert luma_psnr(off, rounded, 1).item() < wanted - 1


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value
        for name, module in trainer.modules.items()
        for key, value in module.state_dict().items()
    }


CRISP = {"mode": "crisp", "adversarial": {"loss": "relativistic", "weight": 0.1, "width": 8}}


MUON = {"generator": {"hidden_rate": 1e-3, "expansion": 0}}


@pytest.mark.parametrize("changes", [{}, CRISP, MUON])
def test_resume_is_exact(make_upscale: MakeUpscale, tmp_path: Path, changes: dict) -> None:
    config = make_upscale(**changes)
    straight = open_trainer(config)
    list(run(straight, tmp_path / "straight", StopRequest()))
    first, stopping = open_trainer(config), StopRequest()
    for record in run(first, tmp_path / "halves", stopping):
        stopping.requested = record.step + 1 == 2
    resumed = open_trainer(config)
    resumed.resume(tmp_path / "halves")
    assert resumed.progress.step == 2
    list(run(resumed, tmp_path / "halves", StopRequest()))
    expected = weights(straight)
    for name, value in weights(resumed).items():
        assert torch.equal(value, expected[name]), name


def test_training_gains_on_bicubic(make_upscale: MakeUpscale, tmp_path: Path) -> None:
    config = make_upscale(
        scale=2, steps=150, ema=0.9, generator={"learning_rate": 3e-3}, batch=4, threads=1
    )
    records = list(run(open_trainer(config), tmp_path, StopRequest()))
    losses = [r.figures["pixel"] for r in records if "pixel" in r.figures]
    assert sum(losses[-20:]) < 0.95 * sum(losses[:20])
    assert records[-1].figures["validation/psnr_gain"] > 0
    assert records[-1].pictures is not None
    assert records[-1].pictures.shape == (2, 3, 32, 32)


def test_muon_moves_what_is_hidden_and_adamw_the_rest(make_upscale: MakeUpscale) -> None:
    trainer = open_trainer(make_upscale(**MUON))
    names = {id(p): name for name, p in trainer.generator.named_parameters()}
    by = {
        kind: {names[id(p)] for group in optimizer.param_groups for p in group["params"]}
        for kind, optimizer in trainer.optimizers.items()
    }
    assert by["generator"] | by["hidden"] == set(names.values())
    assert not by["generator"] & by["hidden"]
    assert {"blocks.0.conv1.weight", "blocks.0.conv2.weight"} <= by["hidden"]
    assert {"head.weight", "tail.weight", "blocks.0.conv1.bias"} <= by["generator"]


@pytest.mark.parametrize("loss", ["relativistic", "hinge", "wgan-gp"])
def test_both_players_move(make_upscale: MakeUpscale, tmp_path: Path, loss: str) -> None:
    config = make_upscale(
        mode="crisp",
        losses={"feature": 0.5, "epsilon": 1e-3, "frequency": 0.1},
        adversarial={"loss": loss, "weight": 0.1, "width": 8, "warmup_steps": 1},
    )
    trainer = open_trainer(config)
    before = {name: value.clone() for name, value in weights(trainer).items()}
    records = list(run(trainer, tmp_path / "game", StopRequest()))
    moved = {n for n, value in weights(trainer).items() if not torch.equal(before[n], value)}
    assert any(name.startswith("objective.discriminator") for name in moved)
    assert "generator.noise" in moved
    assert not any("judges" in name for name in before)
    assert "adversarial" not in records[0].figures
    assert {"pixel", "frequency", "feature", "adversarial", "discriminator"} <= set(
        records[1].figures
    )
    assert {"validation/psnr", "validation/psnr_gain", "validation/feature"} <= set(
        records[-1].figures
    )


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"mode": "sharp"}, "mode"),
        ({"scale": 3}, "scale"),
        ({"data": {"crop": 34}}, "data.crop"),
        ({"data": {"choices": 0}}, "data.choices"),
        ({"data": {"gray_chance": 0.8, "sepia_chance": 0.3}}, "data.gray_chance"),
        ({"data": {"degrade": {"blur": 1.5}}}, "data.degrade"),
        ({"generator": {"width": 0}}, "generator"),
        ({"generator": {"expansion": -1}}, "generator.expansion"),
        ({"generator": {"hidden_rate": 1e-3, "expansion": 2}}, "generator.hidden_rate"),
        ({"adversarial": {"loss": "hinge"}}, "mode"),
        ({"losses": {"feature": 1.0}}, "mode"),
        ({"mode": "crisp", "losses": {"feature": 1.0, "squeezenet": None}}, "losses.feature"),
        ({"losses": {"style": 1.0}}, "losses.style"),
    ],
)
def test_wrong_configurations_name_the_key(
    make_upscale: MakeUpscale, change: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        make_upscale(**change)


def test_other_tasks_know_no_relativistic_game(pictures: Path) -> None:
    values = {"name": "x", "data": {"sources": [{"path": str(pictures)}]}}
    with pytest.raises(ConfigError, match="adversarial"):
        parse_config(values | {"adversarial": {"loss": "relativistic"}})


def test_plans(make_upscale: MakeUpscale) -> None:
    plan = plan_run(make_upscale(**CRISP))
    assert plan.shapes == {"picture": (3, 8, 8), "noise": (1, 1, 1), "enlarged": (3, 32, 32)}
    assert plan.discriminator_parameters > 0
    convolutions = 9 * 8 * (3 + 2 * 8 + 48) + 25 * 3 * 48
    assert plan.gflop >= 2 * 64 * convolutions / 1e9


def trained(config: UpscaleConfig, folder: Path) -> Path:
    list(run(open_trainer(config), folder, StopRequest()))
    return folder


def test_other_scales_start_from_the_body(make_upscale: MakeUpscale, tmp_path: Path) -> None:
    folder = trained(make_upscale(), tmp_path / "x4")
    torch.manual_seed(9)
    start, own = Upscaler(2, 1, 8, 2), Upscaler(2, 1, 8, 2)
    own.load_state_dict(start.state_dict())
    start_upscaler(start, str(folder))
    saved = load_upscaler(folder)
    assert torch.equal(start.tail.expand, own.tail.expand)
    assert torch.allclose(start.blocks[0].conv2.kernel(), saved.blocks[0].conv2.weight)
    assert torch.allclose(start.head.kernel(), saved.head.weight)
    same = Upscaler(4, 1, 8, 2, denoise=True)
    start_upscaler(same, str(folder))
    assert torch.allclose(same.tail.kernel(), saved.tail.weight)
    assert same.noise is not None
    assert same.noise.abs().max() == 0


@pytest.mark.parametrize("expansion", [0, 2])
def test_further_blocks_begin_by_passing_on(
    make_upscale: MakeUpscale, tmp_path: Path, expansion: int
) -> None:
    sizes = {"generator": {"blocks": 1, "width": 8, "expansion": expansion}}
    folder = trained(make_upscale(**sizes), tmp_path / "short")
    long, short = Upscaler(4, 3, 8, expansion), Upscaler(4, 1, 8, expansion)
    for network in (long, short):
        start_upscaler(network, str(folder))
    picture = torch.rand(1, 3, 12, 12)
    assert torch.allclose(long(picture), short(picture), atol=1e-6)
    long(picture).square().sum().backward()
    gradients = [p.grad for p in long.blocks[2].conv2.parameters()]
    assert any(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)
    with pytest.raises(TrainingError, match="of another network"):
        start_upscaler(
            short,
            str(
                trained(
                    make_upscale(steps=1, generator={"blocks": 2, "width": 8}), tmp_path / "long"
                )
            ),
        )


def test_other_networks_weights_are_refused(
    make_upscale: MakeUpscale, squeezenet_file: Path, tmp_path: Path
) -> None:
    folder = trained(make_upscale(steps=1), tmp_path / "narrow")
    for source in (folder, squeezenet_file):
        with pytest.raises(TrainingError, match="of another network"):
            start_upscaler(Upscaler(4, 1, 16, 2), str(source))
    save_file({"tail.bias": torch.zeros(48)}, tmp_path / "part.safetensors")
    with pytest.raises(TrainingError, match="of another network"):
        start_upscaler(Upscaler(4, 1, 8, 2), str(tmp_path / "part.safetensors"))


@pytest.mark.parametrize(("mode", "scale"), [("faithful", 4), ("crisp", 2)])
def test_export_agrees_with_pytorch(
    make_upscale: MakeUpscale, tmp_path: Path, mode: str, scale: int
) -> None:
    run_folder = trained(make_upscale(mode=mode, scale=scale, steps=2), tmp_path / "run")
    output = tmp_path / "small.onnx"
    notes = CardNotes("small", "0.1.0", "rendered pictures", "Apache-2.0", "none")
    card, difference = export_upscaler(run_folder, output, notes)
    assert difference < 1e-3
    assert read_card(output.with_name("small.card.json")) == card
    assert card.upscaler is not None
    assert (card.upscaler.mode, card.upscaler.denoise) == (mode, mode == "crisp")
    assert (card.scale, card.halo, card.size_multiple) == (scale, halo(1), 1)
    session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    names = [fact.name for fact in card.inputs]
    inputs = sample_inputs(mode == "crisp", 1, 5, 11)
    given = {name: value.numpy() for name, value in zip(names, inputs, strict=True)}
    (enlarged,) = session.run(["enlarged"], given)
    assert enlarged.shape == (1, 3, 5 * scale, 11 * scale)
    # The folded, exported network is the trained one, but for the rounding of its weights.
    trained_network = Upscaler(scale, 1, 8, 2, denoise=mode == "crisp")
    start_upscaler(trained_network, str(run_folder))
    assert np.abs(enlarged - trained_network(*inputs).detach().numpy()).max() < 2e-3
    with pytest.raises(ConfigError, match="task"):
        load_config_of(TrainConfig, run_folder / "config.yaml")


def test_crisp_runs_blend_with_the_faithful_ones_before(
    make_upscale: MakeUpscale, tmp_path: Path
) -> None:
    faithful = trained(make_upscale(), tmp_path / "faithful")
    crisp = trained(
        make_upscale(mode="crisp", generator={"weights": str(faithful)}), tmp_path / "crisp"
    )
    notes = CardNotes("blend", "0.1.0", "rendered pictures", "Apache-2.0", "none")
    output = tmp_path / "blend.onnx"
    card, _ = export_upscaler(crisp, output, notes, (faithful,), (faithful, 0.25))
    assert card.training.steps == 8
    session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    picture = torch.rand(1, 3, 6, 6)
    zero = np.zeros((1, 1, 1, 1), np.float32)
    (found,) = session.run(None, {"picture": picture.numpy(), "noise": zero})
    mixed, other = load_upscaler(crisp), load_upscaler(faithful)
    with torch.no_grad():
        for own, theirs in zip(mixed.parameters(), [None, *other.parameters()], strict=True):
            own.mul_(0.75) if theirs is None else own.lerp_(theirs, 0.25)
        wanted = mixed(picture, torch.zeros(1, 1, 1, 1))
    assert np.abs(found - wanted.numpy()).max() < 2e-3


def test_quantized_networks_are_smaller_and_nearly_as_exact(
    make_upscale: MakeUpscale, tmp_path: Path
) -> None:
    changes = {"mode": "crisp", "generator": {"width": 16, "blocks": 2, "expansion": 1}}
    run_folder = trained(make_upscale(**changes, steps=30, ema=0.5), tmp_path / "run")
    notes = CardNotes("small", "0.1.0", "rendered pictures", "Apache-2.0", "none")
    export_upscaler(run_folder, tmp_path / "small.onnx", notes)
    exact = find_model(tmp_path / "small.onnx")
    pictures = [smooth_picture(24, seed) for seed in range(4)]
    quantized = quantize_upscaler(exact, pictures, tmp_path / "small-int8.onnx")
    assert find_model(tmp_path / "small-int8.onnx") == quantized
    assert quantized.card.name == "small-int8"
    nodes = onnx.load(quantized.path).graph.node
    # Of every block's two convolutions, input and weights; not of the first, last and bicubic one.
    assert sum(node.op_type == "DequantizeLinear" for node in nodes) >= 2 * 2 * 2
    assert sum(node.op_type == "QuantizeLinear" for node in nodes) <= 2 * 2 * 2
    noise = np.zeros((1, 1, 1, 1), np.float32)
    picture = np.ascontiguousarray(tensor(smooth_picture(24, 9)).numpy())
    results = [
        open_network(model).run({"picture": picture, "noise": noise})["enlarged"]
        for model in (exact, quantized)
    ]
    difference = np.abs(results[0] - results[1])
    assert 0 < difference.max() < 0.03
    with pytest.raises(DataError, match="no pictures"):
        quantize_upscaler(exact, [], tmp_path / "none.onnx")
