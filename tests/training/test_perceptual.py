from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from heliochrome.errors import ModelError, ModelNotFoundError, OptionError
from heliochrome.training.networks.perceptual import (
    PerceptualNetwork,
    SqueezeNet,
    Vgg19,
    load_perceptual,
)

# Strides and channels of every layer: VGG-19 as published, SqueezeNet 1.1 on 16 n + 15 pixels.
VGG_LAYERS = {
    "relu1_1": (1, 64),
    "relu1_2": (1, 64),
    "relu2_1": (2, 128),
    "relu2_2": (2, 128),
    "relu3_1": (4, 256),
}
FIRE_CHANNELS = {"fire3": (128, 11), "fire5": (256, 5), "fire9": (512, 2)}


def build(make: Callable[[], PerceptualNetwork]) -> PerceptualNetwork:
    torch.manual_seed(0)
    return make().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def vgg() -> PerceptualNetwork:
    return build(Vgg19)


@pytest.fixture(scope="module")
def squeezenet() -> PerceptualNetwork:
    return build(SqueezeNet)


def noise(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


def test_vgg_has_the_published_shapes(vgg: PerceptualNetwork) -> None:
    maps = vgg.features(noise(2, 3, 32, 48), vgg.layers)
    assert list(maps) == list(VGG_LAYERS)
    for name, (stride, channels) in VGG_LAYERS.items():
        assert maps[name].shape == (2, channels, 32 // stride, 48 // stride)
        assert maps[name].min() >= 0


def test_squeezenet_has_the_published_shapes(squeezenet: PerceptualNetwork) -> None:
    maps = squeezenet.features(noise(1, 3, 47, 47), FIRE_CHANNELS)
    assert {name: (m.shape[1], m.shape[2]) for name, m in maps.items()} == FIRE_CHANNELS
    assert squeezenet.layers[0] == "conv1"


def test_squeezenet_sees_every_border_pixel(squeezenet: PerceptualNetwork) -> None:
    pictures = noise(1, 3, 48, 50).requires_grad_()
    maps = squeezenet.features(pictures, ("fire5",))
    maps["fire5"].sum().backward()
    seen = pictures.grad.abs().sum((0, 1)) > 0
    for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
        assert edge.float().mean() > 0.3


def test_nothing_is_computed_beyond_the_deepest_layer(
    vgg: PerceptualNetwork, squeezenet: PerceptualNetwork
) -> None:
    def explode(*_: object) -> None:
        raise AssertionError("computed")

    for network, beyond, wanted in ((vgg, "conv2_2", "relu2_1"), (squeezenet, "fire4", "fire3")):
        handle = network.get_submodule(beyond).register_forward_pre_hook(explode)
        assert list(network.features(noise(1, 3, 32, 32), [wanted])) == [wanted]
        handle.remove()


@pytest.mark.parametrize("torchvision", [False, True])
def test_a_picture_of_the_means_enters_vgg_as_zero(torchvision: bool) -> None:
    torch.manual_seed(0)
    network = Vgg19(1, torchvision=torchvision)
    means = [0.485, 0.456, 0.406] if torchvision else [123.68 / 255, 116.779 / 255, 103.939 / 255]
    pictures = torch.tensor(means).view(1, 3, 1, 1).expand(1, 3, 16, 16)
    expected = network.get_submodule("conv1_1").bias.relu().view(1, -1, 1, 1).expand(1, -1, 16, 16)
    torch.testing.assert_close(network.features(pictures, ["relu1_1"])["relu1_1"], expected)


def test_torchvision_and_caffe_normalizations_differ_by_the_deviations() -> None:
    picture = torch.full((1, 3, 16, 16), 0.5)
    entered = Vgg19(1, torchvision=True)._enter(picture)[0, :, 0, 0]
    expected = [(0.5 - 0.485) / 0.229, (0.5 - 0.456) / 0.224, (0.5 - 0.406) / 0.225]
    assert entered.tolist() == pytest.approx(expected, rel=1e-5)


def test_files_are_recognized_and_loaded(
    vgg: PerceptualNetwork, squeezenet: PerceptualNetwork, tmp_path: Path
) -> None:
    picture = noise(1, 3, 32, 32)
    for network, layer in ((vgg, "relu3_1"), (squeezenet, "fire9")):
        path = tmp_path / f"{network.label}.safetensors"
        save_file(network.state_dict(), path)
        loaded = load_perceptual(path)
        assert loaded.layers == network.layers
        assert len(loaded.sha256) == 64
        assert not any(weight.requires_grad for weight in loaded.parameters())
        expected = network.features(picture, [layer])[layer]
        assert torch.equal(loaded.features(picture, [layer])[layer], expected)


def test_half_precision_files_become_float32(vgg: PerceptualNetwork, tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    save_file({name: value.half() for name, value in vgg.state_dict().items()}, path)
    assert {weight.dtype for weight in load_perceptual(path).parameters()} == {torch.float32}


def torchvision_state() -> dict[str, torch.Tensor]:
    """Torchvision's names of VGG-19 up to conv4_2, with a classifier that must not matter."""
    places = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21)
    channels = (3, 64, 64, 128, 128, 256, 256, 256, 256, 512, 512)
    draw = torch.Generator().manual_seed(2)
    state = {"classifier.0.weight": torch.zeros(4, 4), "classifier.0.bias": torch.zeros(4)}
    for place, inputs, outputs in zip(places, channels[:-1], channels[1:], strict=True):
        state[f"features.{place}.weight"] = torch.randn(outputs, inputs, 3, 3, generator=draw) / 30
        state[f"features.{place}.bias"] = torch.randn(outputs, generator=draw)
    return state


def test_torchvision_names_are_mapped_and_reach_relu4_1(tmp_path: Path) -> None:
    state = torchvision_state()
    save_file(state, tmp_path / "vgg19.safetensors")
    network = load_perceptual(tmp_path / "vgg19.safetensors")
    assert network.layers[5:] == ("relu3_2", "relu3_3", "relu3_4", "relu4_1")
    assert network.features(noise(1, 3, 32, 32), ["relu4_1"])["relu4_1"].shape == (1, 512, 4, 4)
    for name, place in (("conv1_1", 0), ("conv3_4", 16), ("conv4_1", 19)):
        assert torch.equal(network.get_submodule(name).weight, state[f"features.{place}.weight"])


def test_vgg16_is_not_taken_for_vgg19(tmp_path: Path) -> None:
    # Its conv4_1 stands at 17, so that 16 is a pool.
    state = torchvision_state()
    del state["features.16.weight"], state["features.16.bias"]
    save_file(state, tmp_path / "vgg16.safetensors")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_perceptual(tmp_path / "vgg16.safetensors")


def test_incomplete_weights_are_refused(vgg: PerceptualNetwork, tmp_path: Path) -> None:
    state = dict(vgg.state_dict())
    del state["conv2_1.bias"]
    save_file(state, tmp_path / "part.safetensors")
    with pytest.raises(ModelError, match=r"part\.safetensors.*conv2_1"):
        load_perceptual(tmp_path / "part.safetensors")


def test_other_networks_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(ModelError, match="neither VGG-19 nor SqueezeNet"):
        load_perceptual(tmp_path / "other.safetensors")


def test_damaged_missing_and_pickled_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.safetensors").write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"damaged\.safetensors"):
        load_perceptual(tmp_path / "damaged.safetensors")
    with pytest.raises(ModelNotFoundError, match=r"missing\.safetensors"):
        load_perceptual(tmp_path / "missing.safetensors")
    with pytest.raises(OptionError, match="never a pickle"):
        load_perceptual(tmp_path / "vgg19.pth")


def test_unknown_layers_are_refused(squeezenet: PerceptualNetwork) -> None:
    with pytest.raises(OptionError, match="SqueezeNet: has no layer 'relu1_1'; use conv1, fire2"):
        squeezenet.features(noise(1, 3, 32, 32), ["relu1_1"])


@pytest.mark.parametrize(("make", "layer"), [(Vgg19, "relu3_1"), (SqueezeNet, "fire5")])
def test_half_precision_and_channels_last_change_little(
    make: Callable[[], PerceptualNetwork], layer: str
) -> None:
    network, picture = build(make), noise(1, 3, 40, 33)
    exact = network.features(picture, [layer])[layer]
    network.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        quick = network.features(picture.to(memory_format=torch.channels_last), [layer])[layer]
    assert quick.dtype == torch.bfloat16
    assert (quick.float() - exact).norm() < 0.05 * exact.norm()


@pytest.mark.parametrize(("make", "layer"), [(Vgg19, "relu2_1"), (SqueezeNet, "fire3")])
def test_networks_are_compiled_without_breaks(
    make: Callable[[], PerceptualNetwork], layer: str
) -> None:
    network, picture = build(make), noise(1, 3, 33, 40)
    # "eager" checks that the graph is captured whole, without the minutes of code generation.
    compiled = torch.compile(network.features, backend="eager", fullgraph=True)
    expected = network.features(picture, (layer,))[layer]
    torch.testing.assert_close(compiled(picture, (layer,))[layer], expected)
