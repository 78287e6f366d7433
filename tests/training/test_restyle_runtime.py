"""The runtime of restyling on the network itself, exported with random weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from heliochrome.image.picture import Picture
from heliochrome.model.card import write_card
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.model.tiling import plan_tiles
from heliochrome.tasks import corrections, restyler_network
from heliochrome.tasks import restyle as task
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.style_code import style_code
from heliochrome.training.colorspace import srgb_to_lab
from heliochrome.training.export import CardNotes
from heliochrome.training.networks import corrector
from heliochrome.training.networks.restyler import CORRECTIONS, NOISE, SCALES, Restyler
from heliochrome.training.restyle.data import network_input
from heliochrome.training.restyle.export import restyler_card, write_restyler


@pytest.fixture(scope="module")
def weights() -> Restyler:
    torch.manual_seed(0)
    network = Restyler((16, 16, 16), blocks=1).eval()
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "noise" in name:  # at first, no noise is brought in
                torch.nn.init.normal_(weight, std=0.1)
            if name.startswith("tails.") and ".leaves.weight" in name:
                weight.mul_(4)  # as much contrast as after training
        for module in network.corrector.critic.modules():
            if isinstance(module, torch.nn.Conv2d):  # as active as after training
                torch.nn.init.kaiming_normal_(module.weight)
                torch.nn.init.zeros_(module.bias)
        network.corrector.critic.conv1.weight.mul_(0.1)
        for step in network.corrector.steps:
            torch.nn.init.normal_(step.leaves.weight, std=0.2)
            step.gains.add_(2)
    return network


@pytest.fixture(scope="module")
def network(weights: Restyler, tmp_path_factory: pytest.TempPathFactory) -> Network:
    path = tmp_path_factory.mktemp("models") / "restyler.onnx"
    write_restyler(weights, path)
    notes = CardNotes("restyler", "0.0.1", "none", "Apache-2.0", "none")
    write_card(restyler_card(path, notes, []), path.with_name("restyler.card.json"))
    return open_network(find_model(path), threads=1)


def scene(height: int, width: int, seed: int = 0) -> Picture:
    """Colored shapes and texture, in 16 bits."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width] / 40
    soft = np.stack([np.sin(x + y + seed), np.cos(2 * y - x), np.sin(x * y)], axis=-1)
    srgb = np.clip(0.5 + 0.25 * soft + 0.08 * rng.normal(size=soft.shape), 0, 1)
    return Picture(np.rint(srgb * 65535).astype(np.uint16))


def unit(picture: Picture) -> np.ndarray:
    return picture.pixels / 65535


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_tiles_join_without_a_seam(
    network: Network, monkeypatch: pytest.MonkeyPatch, scale: int
) -> None:
    photo = scene(200, 440)
    code = style_code([scene(96, 80, seed=3)], network)
    # Of the drafts: corrections, whose tiles are looked at below, make more of a rounding error.
    monkeypatch.setattr(task, "correct_draft", lambda draft, *_: draft)
    whole = unit(restyle(photo, code, network, RestyleOptions(scale=scale)).picture)
    monkeypatch.setattr(task, "TILE_SIDES", {scale: 352})
    monkeypatch.setattr(restyler_network, "ENCODER_TILE", 160)
    tiled = unit(restyle(photo, code, network, RestyleOptions(scale=scale)).picture)
    assert np.ptp(whole) > 0.02  # there is something to see
    assert np.abs(tiled - whole).max() <= 2 / 65535
    narrow = Network(network.card.model_copy(update={"halo": 0}), "onnxruntime", network.run)
    monkeypatch.setattr(task, "TILE_SIDES", {scale: 112})
    blind = unit(restyle(photo, code, narrow, RestyleOptions(scale=scale)).picture)
    assert np.abs(blind - whole).max() > 8 / 65535  # random weights look far, but weakly


@pytest.mark.parametrize("scale", [1, 2])
def test_tiles_of_drafts_join_without_a_seam(
    network: Network, monkeypatch: pytest.MonkeyPatch, scale: int
) -> None:
    photo = scene(200 // scale, 640 // scale)
    code = style_code([scene(96, 80, seed=3)], network)
    whole = unit(restyle(photo, code, network, RestyleOptions(scale=scale)).picture)
    monkeypatch.setattr(corrections, "TILE_SIDE", 384)
    tiled = unit(restyle(photo, code, network, RestyleOptions(scale=scale)).picture)
    # At most a quarter of a level of 255: corrections make more of rounding and of what is far.
    assert np.abs(tiled - whole).max() <= 1e-3
    assert np.quantile(np.abs(tiled - whole), 0.99) <= 1e-4
    assert network.card.restyler is not None
    facts = network.card.restyler.corrector
    assert facts is not None
    narrow = facts.model_copy(update={"halo": 0})
    restyling = network.card.restyler.model_copy(update={"corrector": narrow})
    card = network.card.model_copy(update={"restyler": restyling})
    blind = restyle(
        photo,
        code,
        Network(card, "onnxruntime", network.run),
        RestyleOptions(scale=scale),
    )
    assert np.abs(unit(blind.picture) - whole).max() > 5e-3
    assert np.quantile(np.abs(unit(blind.picture) - whole), 0.99) > 5e-4


@pytest.mark.parametrize("scale", [1, 2])
def test_corrections_are_those_of_training(
    network: Network, weights: Restyler, monkeypatch: pytest.MonkeyPatch, scale: int
) -> None:
    steps = CORRECTIONS[SCALES.index(scale)]
    draft, style = (scene(288, 256, seed).pixels for seed in (1, 2))
    assert network.card.restyler is not None
    facts = network.card.restyler.corrector
    assert facts is not None
    wanted = corrections.measure_grams(style, network, facts)
    found = corrections.correct_draft(draft, wanted, steps, 1.0, network, facts)
    shown, painted = (
        torch.from_numpy(each / 65535).permute(2, 0, 1)[None].float() for each in (draft, style)
    )
    # Less is mirrored in training.
    monkeypatch.setattr(corrector, "_BORDER", restyler_network.BORDER)
    with torch.no_grad():
        row = weights.corrector.whole_grams(painted)
        expected = weights.corrector(shown, row, steps)[0].permute(1, 2, 0).numpy()
    # Products of features, whose weights the file holds in half precision.
    np.testing.assert_allclose(wanted, row[0].numpy(), atol=2e-3 * float(row.max()))
    assert np.abs(found / 65535 - draft / 65535).mean() > 1e-3
    assert np.abs(found / 65535 - expected).max() < 2e-4


def test_codes_are_those_of_training(network: Network, weights: Restyler) -> None:
    style = scene(64, 96)
    rgb = torch.from_numpy(unit(style)).permute(2, 0, 1)[None].float()
    with torch.no_grad():
        features = weights.encode(network_input(rgb, torch.ones(1)))
        expected = weights.code(features)[0].numpy()
    found = style_code([style], network).reduced[1]
    # In training the network's own padding is at the picture's border; here it is mirrored.
    np.testing.assert_allclose(found, expected, atol=0.06 * expected.max())
    assert np.median(np.abs(found - expected)) < 0.01 * expected.max()


def test_the_inside_is_what_training_sees(network: Network, weights: Restyler) -> None:
    photo, style = scene(288, 288), scene(64, 64, seed=5)
    code = style_code([style], network)
    # At ×4, where nothing is corrected.
    found = unit(restyle(photo, code, network, RestyleOptions(scale=4)).picture)
    rgb = torch.from_numpy(unit(photo)).permute(2, 0, 1)[None].float()
    own = torch.from_numpy(restyler_network.measure_code(photo.pixels, None, 1.0, network)).float()[
        None
    ]
    target, detail = (torch.from_numpy(code.reduced[f]).float()[None] for f in (4, 1))
    plan = plan_tiles(288, 288, halo=0, border=0, multiple=16, most=288, bucket=1)
    noise = torch.from_numpy(restyler_network.noise_planes(next(iter(plan)), NOISE))[None]
    with torch.no_grad():
        features = weights.encode(network_input(rgb, torch.ones(1)))
        trunk = weights.decode(features, noise, own, target)
        expected = weights.render(trunk, noise, own, detail, 4)[0].permute(1, 2, 0).numpy()
    inside = (slice(560, 592), slice(560, 592))  # as far from every border as it gets
    np.testing.assert_allclose(found[inside], expected[inside], atol=1e-3)


def test_gray_photos_are_shown_without_color(network: Network, weights: Restyler) -> None:
    photo = scene(64, 64)
    gray = replace(photo, pixels=photo.pixels[..., :1])
    srgb = torch.from_numpy(unit(gray)).permute(2, 0, 1)[None].float().expand(1, 3, -1, -1)
    lab = srgb_to_lab(srgb)
    planes = restyler_network.picture_planes(gray.pixels, None, 0.0)
    np.testing.assert_allclose(planes[0], lab[0, 0].numpy(), atol=0.01)
    assert not planes[1:].any()
    style = [scene(64, 64, seed=2)]
    free, forced = (restyle(one, style, network) for one in (gray, photo))
    assert (free.from_gray, forced.from_gray) == (True, False)
