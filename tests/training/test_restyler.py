import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file

from heliochrome.errors import ConfigError, TrainingError
from heliochrome.model.card import read_card
from heliochrome.training.colorspace import srgb_to_lab
from heliochrome.training.config import TrainConfig, load_config_of, parse_config
from heliochrome.training.export import CardNotes
from heliochrome.training.initialize import FEATURE_SCALE, load_style_encoder, start_restyler
from heliochrome.training.loop import StopRequest, Trainer, open_trainer, run
from heliochrome.training.moments import code_of
from heliochrome.training.networks.corrector import GRAMS
from heliochrome.training.networks.perceptual import SqueezeNet, load_perceptual
from heliochrome.training.networks.restyler import (
    CODE,
    CORRECTIONS,
    FINISHED,
    LEVELS,
    NOISE,
    PROBES,
    SCALES,
    STRIDES,
    Modulation,
    Restyler,
    StyleEncoder,
    Tail,
    Whitening,
    adapt,
    features_code,
    normalize_picture,
    weighted_moments,
)
from heliochrome.training.restyle.config import RestyleConfig
from heliochrome.training.restyle.data import (
    network_input,
    open_style_data,
    validation_batch,
    without_color,
)
from heliochrome.training.restyle.export import (
    ENCODER_HALO,
    HALO,
    export_restyler,
    load_restyler,
    sample_inputs,
    signature,
)
from heliochrome.training.restyle.objective import (
    Restyled,
    grams_of,
    moments_distances,
    style_crops,
    style_distances,
)

MakeRestyle = Callable[..., RestyleConfig]


@pytest.fixture
def make_restyle(pictures: Path, squeezenet_file: Path) -> MakeRestyle:
    def make(**changes: Any) -> RestyleConfig:
        values: dict[str, Any] = {
            "name": "tiny",
            "task": "restyle",
            "data": {
                "crop": 32,
                "margins": [8, 8, 4],
                "sources": [{"path": str(pictures)}],
                "styles": [{"path": str(pictures)}],
                "validation": 2,
            },
            "generator": {
                "widths": [16, 16, 16],
                "blocks": 1,
                "learning_rate": 3e-3,
                "whitening": 6,
            },
            "losses": {
                "squeezenet": str(squeezenet_file),
                "style_layers": ["fire3"],
                "content_layers": ["fire5"],
            },
            "steps": 4,
            "batch": 4,
            "precision": "float32",
            "compile": False,
            "log_every": 1,
            "validate_every": 100,
        }
        for key, value in changes.items():
            values[key] = values[key] | value if isinstance(values.get(key), dict) else value
        config = parse_config(json.loads(json.dumps(values)))
        assert isinstance(config, RestyleConfig)
        return config

    return make


def random_restyler(seed: int, widths: tuple[int, int, int], blocks: int) -> Restyler:
    """A restyler with random weights, also where training begins with zeros."""
    torch.manual_seed(seed)
    network = Restyler(widths, blocks).eval()
    for name, weight in network.named_parameters():
        if "noise" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return network


@pytest.fixture
def network() -> Restyler:
    return random_restyler(1, (16, 16, 16), 4)


def photo(count: int = 1, height: int = 32, width: int = 48) -> torch.Tensor:
    noise = torch.Generator().manual_seed(7)
    rgb = torch.rand(count, 3, height, width, generator=noise)
    return network_input(rgb, torch.ones(count))


def noise_for(picture: torch.Tensor, seed: int = 3) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(len(picture), NOISE, *picture.shape[2:], generator=generator)


@pytest.mark.parametrize("scale", SCALES)
def test_tails_enlarge(network: Restyler, scale: int) -> None:
    styles, shown = photo(2, 64, 64), torch.rand(2, 3, 64, 64)
    mix = torch.tensor([[0.3, 0.7]])
    reduced = torch.nn.functional.avg_pool2d(styles, scale)
    inputs = (photo(), noise_for(photo()), styles, reduced, shown, mix, scale)
    result, codes = network(*inputs)
    assert result.shape == (1, 3, 32 * scale, 48 * scale)
    assert codes.shape == (1, 2, CODE)
    inner, _ = network(*inputs, 8)
    assert inner.shape == (1, 3, 16 * scale, 32 * scale)
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize("scale", SCALES)
def test_noise_is_brought_in_by_learning_alone(scale: int) -> None:
    torch.manual_seed(1)
    network = Restyler((16, 16, 16), blocks=1).eval()
    mix = torch.ones(1, 1)

    def restyled(seed: int) -> torch.Tensor:
        shown = torch.rand(1, 3, 32, 48, generator=torch.Generator().manual_seed(0))
        result, _ = network(photo(), noise_for(photo(), seed), photo(), photo(), shown, mix, scale)
        return result

    assert torch.equal(restyled(0), restyled(1))
    (restyled(0) * torch.rand(1, 3, 32 * scale, 48 * scale)).sum().backward()
    reached = [
        name
        for name, weight in network.named_parameters()
        if "noise" in name and weight.grad is not None and weight.grad.abs().max() > 0
    ]
    tail = [f"tails.{scale}.noise.weight"] + ["tails.4.fine_noise.weight"] * (scale == 4)
    assert reached == [*(f"noise.{level}.weight" for level in range(3)), *tail]


def test_adain_takes_over_mean_and_deviation() -> None:
    features = torch.randn(2, 5, 20, 30) * 3 + 1
    style = torch.stack((torch.linspace(-1, 1, 5), torch.linspace(0.5, 2, 5)))[None]
    own = features_code((features,))
    adapted = adapt(features, own, style.expand(2, -1, -1))
    assert torch.allclose(features_code((adapted,)), style.expand(2, -1, -1), atol=1e-4)
    assert torch.allclose(adapt(features, own, own), features, atol=1e-5)


def test_a_photo_under_its_own_code_is_decoded_from_its_own_features(network: Restyler) -> None:
    features = network.encode(photo())
    own = network.code(features)
    other = own * 1.5
    torch.nn.init.zeros_(network.modulation.film.weight)
    noise = noise_for(photo())
    same = network.decode(features, noise, own, own)
    scaled = network.decode(tuple(1.5 * level for level in features), noise, other, own)
    assert torch.allclose(same, scaled, atol=1e-4)


def test_moments_of_parts_combine_to_those_of_the_whole(network: Restyler) -> None:
    picture = photo(1, 32, 64)
    features = network.encode(picture)
    left = torch.zeros(1, 1, 32, 64)
    left[..., :16] = 1
    for level, stride in zip(network.describe(features), 2 * STRIDES, strict=True):
        whole = weighted_moments(level, torch.ones_like(left), stride)
        parts = 0.25 * weighted_moments(level, left, stride)
        parts = parts + 0.75 * weighted_moments(level, 1 - left, stride)
        assert torch.allclose(parts, whole, atol=1e-6)
        assert torch.allclose(code_of(whole), features_code((level,)), atol=1e-5)


def test_probes_tell_how_channels_go_together(network: Restyler) -> None:
    """Maps whose channels have the same means and deviations, but rise and fall otherwise."""
    waves = torch.sin(torch.arange(16.0)).view(1, 1, 16, 1).expand(1, 64, 16, 16)
    shifted = torch.cat((waves[:, :32], waves.flip(2)[:, 32:]), 1)
    rest = network.encode(photo(1, 32, 32))[1:]
    together, apart = (network.code((level, *rest)) for level in (waves, shifted))
    assert torch.allclose(together[:, :, : LEVELS[0]], apart[:, :, : LEVELS[0]], atol=1e-5)
    probes = slice(sum(LEVELS), sum(LEVELS) + PROBES[0])
    assert (together[:, 1, probes] - apart[:, 1, probes]).abs().mean() > 0.05


def positive_codes(count: int) -> torch.Tensor:
    """Codes whose numbers differ a thousandfold in size, and rise and fall mostly together."""
    noise = torch.Generator().manual_seed(5)
    sizes = 10 ** (3 * torch.rand(2, CODE, generator=noise) - 3)
    strength = 1 + torch.rand(count, 1, 1, generator=noise)
    return sizes * strength * (1 + 0.3 * torch.rand(count, 2, CODE, generator=noise))


def test_whitened_codes_have_mean_0_and_like_sizes() -> None:
    codes, whitening = positive_codes(800), Whitening()
    whitening.measure(codes)
    factors = whitening(codes)
    assert factors.mean(0).abs().max() < 0.1
    assert 0.4 < factors.std(0).min() < factors.std(0).max() < 1.05
    assert whitening(100 * codes).abs().max() <= 5


def test_few_codes_leave_the_remaining_factors_at_0() -> None:
    codes, whitening = positive_codes(6), Whitening()
    whitening.measure(codes)
    assert whitening(positive_codes(20))[:, 6:].abs().max() == 0


def test_modulations_stay_alive_whatever_all_codes_have_in_common() -> None:
    """What once left 9 of 512 units: a push of all of a layer's weights the same way."""
    codes, whitening = positive_codes(200), Whitening()
    whitening.measure(codes)
    torch.manual_seed(0)
    modulation = Modulation((8,))
    with torch.no_grad():
        modulation.enters.weight -= 0.01
    factors = whitening(codes)
    (scale, shift) = modulation(factors, factors.flip(0))[0]
    assert torch.cat((scale, shift), 1).std(0).min() > 0.01


def test_code_of_hand_computed_moments() -> None:
    # Values 1 and 3: mean 2, mean square 5, deviation 1.
    code = code_of(torch.tensor([[[2.0], [5.0]]]))
    assert code.flatten().tolist() == pytest.approx([2, 1], abs=1e-4)


def test_every_part_of_the_style_matters(network: Restyler) -> None:
    features = network.encode(photo())
    own = network.code(features)
    noise = noise_for(photo())
    before = network.decode(features, noise, own, own)
    parts = (*LEVELS, *PROBES)
    for part in range(len(parts)):
        style = own.clone()
        style[:, :, sum(parts[:part]) : sum(parts[: part + 1])] *= 2
        assert (network.decode(features, noise, own, style) - before).abs().max() > 1e-4


@pytest.mark.parametrize("scale", SCALES)
def test_tails_begin_without_a_checkerboard(scale: int) -> None:
    tail = Tail(16, scale)
    films = [(torch.zeros(1, width, 1, 1),) * 2 for width in tail.widths]
    noise = torch.randn(1, NOISE, 40, 40)
    picture = tail(torch.rand(1, 16, 1, 1).expand(1, 16, 20, 20), noise, films)
    # As far as the zeros around the features are felt: a cell for every convolution, and a half.
    border = 2 * scale * (4 + 2 * len(tail.blocks))
    inner = picture[..., border:-border, border:-border]
    assert inner.std((2, 3)).max() < 1e-5


@torch.no_grad()
def test_mirrored_borders_do_not_show(network: Restyler) -> None:
    flat = network_input(torch.full((1, 3, 64, 96), 0.3), torch.ones(1))
    noise, style = torch.zeros(1, NOISE, 64, 96), network.code(network.encode(photo()))

    def spread() -> float:
        features = network.encode(flat)
        trunk = network.decode(features, noise, network.code(features), style)
        return float(trunk.std((2, 3)).max() / trunk.max())

    assert spread() > 0.01
    network.mirror_borders()
    assert spread() < 1e-4


def influence_beyond(compute: Callable[[torch.Tensor], torch.Tensor], halo: int) -> float:
    """Share of pixels farther than `halo` px in all influence on the value in the middle."""
    side = 512
    picture = photo(1, side, side).requires_grad_()
    result = compute(picture)
    middle = result.shape[-1] // 2
    result[..., middle, middle].sum().backward()
    assert picture.grad is not None
    strength = picture.grad.abs().sum((0, 1))
    inner = strength[side // 2 - halo : side // 2 + halo, side // 2 - halo : side // 2 + halo]
    return 1 - float(inner.sum() / strength.sum())


def test_halos_cover_what_matters() -> None:
    network = random_restyler(0, (8, 8, 8), 4)
    with torch.no_grad():
        network.deepest.weight.mul_(3)  # as the deepest level weighs after training
    code = torch.rand(1, 2, CODE) + 0.5

    def whole(picture: torch.Tensor) -> torch.Tensor:
        noise = noise_for(picture)
        trunk = network.decode(network.encode(picture), noise, code, code)
        return network.render(trunk, noise, code, code, 4)

    assert influence_beyond(whole, 240) == pytest.approx(0, abs=1e-6)
    assert influence_beyond(whole, HALO) < 1e-4
    assert influence_beyond(whole, 16) > 5e-4
    assert influence_beyond(lambda x: network.encode(x)[3], ENCODER_HALO) < 1e-6
    assert influence_beyond(lambda x: network.encode(x)[3], ENCODER_HALO // 2) > 1e-6


@torch.no_grad()
def test_encoder_starts_from_squeezenet(squeezenet_file: Path) -> None:
    encoder = StyleEncoder()
    load_style_encoder(encoder, squeezenet_file)
    original = load_perceptual(squeezenet_file)
    assert isinstance(original, SqueezeNet)
    # Near mid gray, where chroma's slopes are taken; gray levels differ by a constant from L*.
    rgb = 0.46 + 0.02 * torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    levels = rgb.flip(1) * 255
    wanted = torch.nn.functional.conv2d(levels, original.conv1.weight, stride=2, padding=1)
    own = encoder.conv1(normalize_picture(network_input(rgb, torch.ones(1)))) / FEATURE_SCALE
    # Inside: outside are zeros, mid gray to one and black to the other.
    own, wanted = (x[..., 1:-1, 1:-1] for x in (own, wanted))
    own, wanted = ((x - x.mean((2, 3), keepdim=True)).flatten() for x in (own, wanted))
    assert torch.corrcoef(torch.stack((own, wanted)))[0, 1] > 0.98
    assert own.std() == pytest.approx(wanted.std().item(), rel=0.1)
    with pytest.raises(TrainingError, match="cannot be read"):
        load_style_encoder(StyleEncoder(), squeezenet_file.with_name("nowhere.safetensors"))


def test_samples_hang_on_seed_step_and_place_alone(make_restyle: MakeRestyle) -> None:
    config = make_restyle(data={"scale_chances": [0.4, 0.3, 0.3], "blend_chance": 0.0})
    sampler, _, _ = open_style_data(config.data, 3)
    again, _, _ = open_style_data(config.data, 3)
    for step in range(8):
        whole, other = sampler.batch(step, range(4)), again.batch(step, range(4))
        assert torch.equal(whole.picture, other.picture)
        assert torch.equal(whole.styles, other.styles)
        half = sampler.batch(step, range(2, 4))
        assert torch.equal(half.picture, whole.picture[2:])
        assert torch.equal(half.noise, whole.noise[2:])
        assert not torch.equal(whole.noise[0], whole.noise[1])
        assert whole.noise.shape == (4, NOISE, *whole.picture.shape[2:])
        assert torch.equal(half.styles, whole.styles[1:])


@pytest.mark.parametrize("scale", SCALES)
def test_samples_agree_with_their_scale(make_restyle: MakeRestyle, scale: int) -> None:
    chances = [float(scale == other) for other in SCALES]
    config = make_restyle(data={"scale_chances": chances, "own_chance": 1.0, "gray_chance": 0.0})
    sampler, _, _ = open_style_data(config.data, 0)
    batch = sampler.batch(0, range(4))
    assert batch.scale == scale
    assert batch.own
    # The network's input, enlarged, shows the truth in its middle.
    middle = slice(batch.margin * scale, batch.margin * scale + config.data.crop)
    enlarged = torch.nn.functional.interpolate(
        batch.picture[:, :1], scale_factor=float(scale), mode="bilinear"
    )[:, :, middle, middle]
    truth = srgb_to_lab(batch.truth)[:, :1]
    assert enlarged.shape == truth.shape
    error = (enlarged - truth).abs().mean()
    assert error < 4
    # One pixel off, it would be worse.
    assert (enlarged.roll(1, 3) - truth)[..., 1:].abs().mean() > error
    assert (enlarged.roll(-1, 3) - truth)[..., :-1].abs().mean() > error


def test_gray_photos_carry_no_color(make_restyle: MakeRestyle) -> None:
    config = make_restyle(data={"gray_chance": 1.0, "own_chance": 0.0})
    sampler, _, _ = open_style_data(config.data, 0)
    batch = sampler.batch(0, range(4))
    assert batch.picture[:, 1:].abs().max() == 0
    assert (batch.seen.amax(1) - batch.seen.amin(1)).max() < 2e-3
    assert (batch.truth.amax(1) - batch.truth.amin(1)).max() > 0.2
    assert torch.allclose(srgb_to_lab(batch.seen)[:, 0], srgb_to_lab(batch.truth)[:, 0], atol=0.1)


def test_gray_by_lightness_keeps_colored_pictures() -> None:
    rgb = torch.rand(2, 3, 8, 8)
    kept = without_color(rgb, torch.tensor([1.0, 0.0]))
    assert torch.allclose(kept[0], rgb[0], atol=1e-3)


def test_blends_mix_neighboring_styles(make_restyle: MakeRestyle) -> None:
    config = make_restyle(data={"blend_chance": 1.0, "own_chance": 0.0}, batch=8)
    sampler, _, _ = open_style_data(config.data, 0)
    mix = sampler.batch(0, range(8)).mix
    assert torch.allclose(mix.sum(1), torch.ones(8))
    assert ((mix > 0).sum(1) == 2).all()
    assert mix.max() <= 0.7 + 1e-6


def test_style_distance_of_a_mixture_is_zero_for_the_mixture() -> None:
    grams = {"layer": torch.rand(2, 3, 3)}
    features = torch.rand(1, 3, 1, 4)
    own = features[0, :, 0] @ features[0, :, 0].T / 4
    grams["layer"][1] = 2 * own - grams["layer"][0]
    mix = torch.tensor([[0.5, 0.5]])
    found = grams_of({"layer": features}, ("layer",))
    assert torch.allclose(found["layer"][0], own)
    assert style_distances(found, grams, mix)["layer"].item() == pytest.approx(0, abs=1e-9)
    alone = style_distances(found, grams, torch.tensor([[1.0, 0.0]]))["layer"].item()
    wanted = ((own - grams["layer"][0]).square().sum() / grams["layer"][0].square().sum()).item()
    assert alone == pytest.approx(wanted, rel=1e-5)


def test_moments_distance_of_a_mixture_is_that_of_the_mixed_moments() -> None:
    first, second = torch.rand(1, 3, 4, 4), 2 * torch.rand(1, 3, 4, 4)
    # Both halves of one picture hold one style each: its moments are their mean.
    both = {"layer": torch.cat((first, second), 3)}
    styles = {"layer": torch.cat((first, second))}
    mixed = moments_distances(both, styles, torch.tensor([[0.5, 0.5]]))
    assert mixed["layer"].item() == pytest.approx(0, abs=1e-9)
    other = moments_distances(both, styles, torch.tensor([[1.0, 0.0]]))
    assert other["layer"].item() > 0.01


def test_moments_are_a_term_only_where_they_are_asked_for(make_restyle: MakeRestyle) -> None:
    for weight, expected in ((0.0, False), (0.5, True)):
        losses = {"moments": weight, "moments_layers": ["fire3"]}
        trainer = open_trainer(make_restyle(losses=losses))
        figures = trainer.train_step(trainer.task.sampler.batch(1, range(4)), 0.5)
        assert ("moments" in figures) == expected


def test_layers_count_by_their_weights(make_restyle: MakeRestyle) -> None:
    terms = []
    for weight in (1.0, 0.25):
        losses = {"style_layers": ["fire3"], "layer_weights": {"fire3": weight}}
        trainer = open_trainer(make_restyle(losses=losses))
        terms.append(trainer.train_step(trainer.task.sampler.batch(1, range(4)), 0.5)["style"])
    assert terms[1] == pytest.approx(0.25 * terms[0], rel=1e-4)
    with pytest.raises(ConfigError, match="layer_weights"):
        make_restyle(losses={"layer_weights": {"fire7": 2.0}})


def test_content_counts_by_its_scale(make_restyle: MakeRestyle) -> None:
    terms = []
    for factor in (1.0, 3.0):
        config = make_restyle(
            data={"scale_chances": [0.0, 0.0, 1.0]}, losses={"content_scales": [1.0, 1.0, factor]}
        )
        trainer = open_trainer(config)
        terms.append(trainer.train_step(trainer.task.sampler.batch(1, range(4)), 0.5))
    assert terms[1]["content"] == pytest.approx(3 * terms[0]["content"], rel=1e-4)
    assert terms[1]["style"] == pytest.approx(terms[0]["style"], rel=1e-4)
    with pytest.raises(ConfigError, match="content_scales"):
        make_restyle(losses={"content_scales": [1.0, -1.0, 1.0]})


def test_grids_are_a_term_only_where_they_are_asked_for(make_restyle: MakeRestyle) -> None:
    for weight in (0.0, 10.0):
        trainer = open_trainer(make_restyle(losses={"grid": weight}))
        figures = trainer.train_step(trainer.task.sampler.batch(1, range(4)), 0.5)
        assert ("grid" in figures) == bool(weight)


def weights(trainer: Trainer) -> dict[str, torch.Tensor]:
    return {
        f"{name}.{key}": value
        for name, module in trainer.modules.items()
        for key, value in module.state_dict().items()
    }


@pytest.mark.parametrize("loss", ["none", "lsgan", "wgan-gp"])
def test_resume_is_exact(make_restyle: MakeRestyle, tmp_path: Path, loss: str) -> None:
    config = make_restyle(adversarial={"loss": loss, "weight": 0.1, "width": 8})
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
    assert not any("judges" in name for name in expected)
    for name, value in weights(resumed).items():
        assert torch.equal(value, expected[name]), name


def test_training_learns_the_style(make_restyle: MakeRestyle, tmp_path: Path) -> None:
    config = make_restyle(
        steps=60,
        ema=0.9,
        data={"own_chance": 0.0, "scale_chances": [1.0, 0.0, 0.0]},
    )
    records = list(run(open_trainer(config), tmp_path, StopRequest()))
    losses = [r.figures["style"] for r in records if "style" in r.figures]
    assert sum(losses[-10:]) < 0.6 * sum(losses[:10])
    assert {"validation/style", "validation/content"} <= set(records[-1].figures)
    assert records[-1].pictures is not None
    assert records[-1].pictures.shape == (2, 3, 32, 32)


def test_both_players_move_and_photos_as_their_own_style_are_no_game(
    make_restyle: MakeRestyle, tmp_path: Path
) -> None:
    game = {"loss": "hinge", "weight": 0.5, "width": 8}
    config = make_restyle(
        adversarial=game, data={"own_chance": 0.0}, losses={"total_variation": 0.1}
    )
    trainer = open_trainer(config)
    before = {name: value.clone() for name, value in weights(trainer).items()}
    records = list(run(trainer, tmp_path / "game", StopRequest()))
    moved = {n for n, value in weights(trainer).items() if not torch.equal(before[n], value)}
    assert any(name.startswith("objective.discriminator") for name in moved)
    assert any("project" in name for name in moved)
    assert {"style", "content", "total_variation", "adversarial", "discriminator"} <= set(
        records[0].figures
    )
    alone = open_trainer(make_restyle(adversarial=game, data={"own_chance": 1.0}))
    records = list(run(alone, tmp_path / "own", StopRequest()))
    assert {"own_pixel", "own_feature"} <= set(records[0].figures)
    assert "discriminator" not in records[0].figures


def test_real_pieces_come_from_the_main_style(make_restyle: MakeRestyle) -> None:
    config = make_restyle(data={"own_chance": 0.0, "blend_chance": 1.0})
    sampler, _, _ = open_style_data(config.data, 0)
    batch = sampler.batch(0, range(4))
    for index in range(len(batch.styles)):
        batch.styles[index] = index
    pieces = style_crops(batch, torch.Generator().manual_seed(0))
    assert pieces.shape == (4, 3, 32, 32)
    assert pieces[:, 0, 0, 0].tolist() == batch.mix.argmax(1).tolist()


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"data": {"crop": 40}}, "data.crop"),
        ({"data": {"margins": [8, 8, 6]}}, "data.margins"),
        ({"data": {"scale_chances": [0.5, 0.5, 0.5]}}, "data.scale_chances"),
        ({"data": {"gray_chance": 1.5}}, "data"),
        ({"batch": 3}, "data.photos_per_style"),
        ({"losses": {"squeezenet": None}}, "losses.vgg"),
        ({"losses": {"vgg_photos": 5}}, "losses.vgg_photos"),
        ({"losses": {"classification": 1.0}}, "losses.classification"),
    ],
)
def test_wrong_configurations_name_the_key(
    make_restyle: MakeRestyle, change: dict[str, Any], key: str
) -> None:
    with pytest.raises(ConfigError, match=key.replace(".", r"\.")):
        make_restyle(**change)


def test_vgg_may_be_shown_a_part_of_the_batch(make_restyle: MakeRestyle, tmp_path: Path) -> None:
    noise, shapes = torch.Generator().manual_seed(1), [(64, 3), (64, 64), (128, 64)]
    tensors = {}
    for name, shape in zip(
        ("1_1", "1_2", "2_1", "2_2", "3_1"), [*shapes, (128, 128), (256, 128)], strict=True
    ):
        tensors[f"conv{name}.weight"] = 0.05 * torch.randn(*shape, 3, 3, generator=noise)
        tensors[f"conv{name}.bias"] = torch.zeros(shape[0])
    save_file(tensors, tmp_path / "vgg.safetensors")

    def measured(gray: slice, shown: int) -> tuple[float, float]:
        config = make_restyle(
            data={"blend_chance": 0.0, "own_chance": 0.0},
            losses={
                "vgg": str(tmp_path / "vgg.safetensors"),
                "style_layers": ["relu1_1"],
                "vgg_photos": shown,
            },
        )
        trainer = open_trainer(config)
        batch = trainer.task.sampler.batch(0, range(4))
        pictures = batch.truth.clone()
        pictures[gray] = 0.5
        terms = trainer.objective.generator_terms(batch, Restyled(pictures, torch.empty(0)), 0)
        return terms["style"].item(), terms["content"].item()

    whole, partly = measured(slice(0, 0), 2), measured(slice(2, 4), 2)
    assert partly[0] == whole[0]  # of VGG-19, which was not shown what is gray
    assert partly[1] != whole[1]  # of SqueezeNet
    assert measured(slice(1, 2), 2)[0] != whole[0]
    assert measured(slice(2, 4), 0) == measured(slice(2, 4), 4)
    assert measured(slice(2, 4), 0)[0] != whole[0]


def test_layers_without_a_network_are_refused(make_restyle: MakeRestyle) -> None:
    with pytest.raises(ConfigError, match="relu1_1"):
        open_trainer(make_restyle(losses={"style_layers": ["relu1_1"]}))


def test_export_agrees_with_pytorch(make_restyle: MakeRestyle, tmp_path: Path) -> None:
    folder, output = tmp_path / "run", tmp_path / "small.onnx"
    list(run(open_trainer(make_restyle(steps=2)), folder, StopRequest()))
    notes = CardNotes("small", "0.1.0", "rendered pictures", "Apache-2.0", "none")
    card, difference = export_restyler(folder, output, notes)
    assert difference < 2e-3
    # Nobody else is to learn where this machine keeps its code.
    assert b".py" not in output.read_bytes()
    assert read_card(output.with_name("small.card.json")) == card
    assert card.restyler is not None
    assert sum(card.restyler.channels) == CODE
    session = onnxruntime.InferenceSession(output, providers=["CPUExecutionProvider"])
    named = dict(
        zip(
            signature().inputs,
            (value.numpy() for value in sample_inputs(load_restyler(folder), 1, 32, 48)),
            strict=True,
        )
    )
    shapes = [value.shape for value in session.run(None, named)]
    pictures = [(1, 3, 32, 48), (1, 3, 64, 96), (1, 3, 128, 192)]
    corrected = [(1, 3, 48, 48)] * max(CORRECTIONS)
    assert shapes == [(1, 2, CODE), *pictures, (1, GRAMS), *corrected]
    assert all(np.isfinite(value).all() for value in session.run(None, named))
    with pytest.raises(ConfigError, match="task"):
        load_config_of(TrainConfig, folder / "config.yaml")


def test_validation_pairs_are_fixed(make_restyle: MakeRestyle) -> None:
    config = make_restyle()
    _, photos, styles = open_style_data(config.data, 0)
    one = validation_batch(photos, styles, config.data)
    two = validation_batch(photos, styles, config.data)
    assert torch.equal(one.picture, two.picture)
    assert one.picture[0, 3].max() == 0
    assert one.picture[1, 3].min() == 1


def test_foreign_weights_are_refused(squeezenet_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"something": torch.zeros(1)}, path)
    with pytest.raises(TrainingError, match="not SqueezeNet"):
        load_style_encoder(StyleEncoder(), path)


@pytest.mark.parametrize(("scale", "period"), [(1, 2), (2, 4), (4, 4)])
def test_no_tail_can_paint_its_phases(scale: int, period: int) -> None:
    torch.manual_seed(3)
    tail = Tail(16, scale)
    # However badly the phases differ: flat features give a flat picture.
    torch.nn.init.normal_(tail.leaves.weight)
    torch.nn.init.normal_(tail.leaves.bias)
    if tail.rises is not None:
        torch.nn.init.normal_(tail.rises.weight, std=0.1)
    if tail.finish is not None:
        torch.nn.init.normal_(tail.finish.rises.weight, std=0.1)
        torch.nn.init.normal_(tail.finish.leaves.weight)
    shuffled = torch.nn.functional.pixel_shuffle(tail.leaves.bias[None, :, None, None], period)
    assert shuffled.std() > 0.5
    films = [(torch.zeros(1, width, 1, 1),) * 2 for width in tail.widths]
    noise = torch.randn(1, NOISE, 40, 40)
    picture = tail(torch.rand(1, 16, 1, 1).expand(1, 16, 20, 20), noise, films)
    border = 16 * scale
    assert picture[..., border:-border, border:-border].std((2, 3)).max() < 1e-4


@pytest.mark.parametrize("scale", [2, 4])
def test_weights_from_before_tails_had_a_finish_draw_what_they_drew(
    scale: int, squeezenet_file: Path, tmp_path: Path
) -> None:
    old = random_restyler(2, (16, 16, 16), 1)
    sizes = {
        f"tail_modulation.{each}.film.{kind}": 2 * FINISHED[each]
        for each in FINISHED
        for kind in ("weight", "bias")
    }
    kept = {
        name: value[: len(value) - sizes.get(name, 0)].clone()
        for name, value in old.state_dict().items()
        if ".finish." not in name
    }
    save_file(kept, tmp_path / "old.safetensors")
    new = Restyler((16, 16, 16), 1).eval()
    start_restyler(new, None, str(tmp_path / "old.safetensors"))
    style, shown = photo(1, 64, 64), torch.rand(1, 3, 64, 64)
    inputs = (photo(), noise_for(photo()), style, style, shown, torch.ones(1, 1), scale)
    # Nothing of it is to be seen before it has learned.
    before, _ = old(*inputs)
    after, _ = new(*inputs)
    torch.testing.assert_close(before, after)
    torch.nn.init.normal_(new.tails[str(scale)].finish.leaves.weight)
    finished, _ = new(*inputs)
    assert (finished - after).abs().max() > 0.1
