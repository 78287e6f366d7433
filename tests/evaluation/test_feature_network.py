from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.torch import save_file

from heliochrome.errors import DataError, ModelError, ModelNotFoundError, OptionError
from heliochrome.evaluation.feature_network import (
    InceptionFeatures,
    OnnxFeatures,
    SqueezeNetFeatures,
    load_feature_network,
    picture_tensor,
)


def mean_color_onnx(
    path: Path,
    *,
    size: tuple[int | str, int | str] = ("H", "W"),
    kind: int = TensorProto.FLOAT,
    logits: bool = False,
) -> Path:
    """A network whose features are the picture itself, and whose logits its mean color."""
    nodes = [helper.make_node("Cast", ["rgb"], ["features"], to=TensorProto.FLOAT)]
    outputs = [helper.make_tensor_value_info("features", TensorProto.FLOAT, None)]
    initializers = []
    if logits:
        nodes.append(helper.make_node("ReduceMean", ["features", "axes"], ["logits"], keepdims=0))
        outputs.insert(0, helper.make_tensor_value_info("logits", TensorProto.FLOAT, None))
        initializers.append(numpy_helper.from_array(np.array([2, 3]), "axes"))
    picture = helper.make_tensor_value_info("rgb", kind, ["N", 3, *size])
    graph = helper.make_graph(nodes, "mean_color", [picture], outputs, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def squeezenet() -> SqueezeNetFeatures:
    torch.manual_seed(0)
    return SqueezeNetFeatures().eval().requires_grad_(False)


def test_squeezenet_has_the_published_number_of_parameters(squeezenet) -> None:
    # SqueezeNet 1.1 has 1,235,496 in torchvision, of which its classifier, a 1 x 1 convolution
    # from 512 channels to 1000 classes, has 513,000.
    assert sum(p.numel() for p in squeezenet.parameters()) == 1_235_496 - 513_000


def test_squeezenet_describes_any_size(squeezenet) -> None:
    for height, width in ((16, 16), (47, 64), (65, 30)):
        features, logits = squeezenet.describe(torch.rand(2, 3, height, width))
        assert features.shape == (2, 512)
        assert logits is None


@pytest.mark.parametrize("size", [(48, 50), (47, 47), (33, 62)])
def test_squeezenet_sees_every_border_pixel(squeezenet, size: tuple[int, int]) -> None:
    picture = torch.rand(1, 3, *size, requires_grad=True)
    with torch.enable_grad():
        squeezenet(picture).sum().backward()
    seen = picture.grad.abs().sum(dim=(0, 1))
    for edge in (seen[0], seen[-1], seen[:, 0], seen[:, -1]):
        assert (edge > 0).float().mean() > 0.3


def test_squeezenet_takes_blue_green_red_without_its_means(squeezenet) -> None:
    # A picture of the means becomes zero, so that only the first layer's bias is left.
    means = torch.tensor([123.68, 116.779, 103.939]).view(1, 3, 1, 1) / 255
    entered = []
    handle = squeezenet.conv1.register_forward_hook(lambda _, inputs, __: entered.append(inputs[0]))
    squeezenet(means.expand(1, 3, 31, 31))
    handle.remove()
    torch.testing.assert_close(entered[0], torch.zeros(1, 3, 31, 31), atol=2e-5, rtol=0)


def test_squeezenet_weights_are_loaded_by_name(squeezenet, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_file(squeezenet.state_dict(), path)
    loaded = load_feature_network(path)
    picture = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(loaded(picture), squeezenet(picture))
    assert (loaded.frechet_name, loaded.kernel_name) == ("FD-SqueezeNet", "KD-SqueezeNet")
    assert len(loaded.sha256) == 64
    assert not any(weight.requires_grad for weight in loaded.parameters())


def test_incomplete_weights_are_refused(squeezenet, tmp_path: Path) -> None:
    weights = dict(squeezenet.state_dict())
    del weights["fire4.squeeze1x1.bias"]
    save_file(weights, tmp_path / "weights.safetensors")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_feature_network(tmp_path / "weights.safetensors")


@pytest.mark.parametrize(
    ("classes", "name"), [(1008, "Inception"), (1000, "Inception-torchvision")]
)
def test_inception_is_named_by_its_classes(classes: int, name: str) -> None:
    with torch.device("meta"):
        network = InceptionFeatures(classes)
    assert (network.frechet_name, network.kernel_name) == (f"FID-{name}", f"KID-{name}")


class Recorder(torch.nn.Module):
    """Stands in for a network and keeps what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        self.given.append(x)
        return x, x


@pytest.mark.parametrize(("level", "expected"), [(1.0, 1.0), (0.0, -1.0), (0.5, 0.0)])
def test_inception_sees_every_picture_at_299_from_minus_one(level: float, expected: float) -> None:
    with torch.device("meta"):
        network = InceptionFeatures()
    network.network = Recorder()
    network.describe(torch.full((1, 3, 60, 90), level))
    torch.testing.assert_close(
        network.network.given[0], torch.full((1, 3, 299, 299), expected), atol=1e-5, rtol=0
    )


def test_onnx_features_are_averaged_over_the_picture(tmp_path: Path) -> None:
    network = load_feature_network(mean_color_onnx(tmp_path / "color.onnx"))
    picture = torch.rand(2, 3, 20, 30)
    torch.testing.assert_close(network(picture), picture.mean(dim=(2, 3)))
    assert network.num_features == 3
    assert network.frechet_name == "FD-color"


def test_onnx_network_of_fixed_size_gets_it(tmp_path: Path) -> None:
    network = OnnxFeatures(mean_color_onnx(tmp_path / "color.onnx", size=(24, 16)))
    ramp = torch.linspace(0, 1, 96).expand(1, 3, 48, 96)
    torch.testing.assert_close(network(ramp), torch.full((1, 3), 0.5), atol=1e-3, rtol=0)


def test_onnx_network_of_bytes_gets_levels(tmp_path: Path) -> None:
    network = OnnxFeatures(mean_color_onnx(tmp_path / "color.onnx", kind=TensorProto.UINT8))
    torch.testing.assert_close(network(torch.full((1, 3, 8, 8), 0.2)), torch.full((1, 3), 51.0))


def test_onnx_logits_are_told_from_features(tmp_path: Path) -> None:
    network = OnnxFeatures(mean_color_onnx(tmp_path / "color.onnx", logits=True))
    picture = torch.rand(1, 3, 8, 8)
    features, logits = network.describe(picture)
    torch.testing.assert_close(features, picture.mean(dim=(2, 3)))
    torch.testing.assert_close(logits, picture.mean(dim=(2, 3)))


def test_a_name_alone_does_not_make_an_inception(tmp_path: Path) -> None:
    network = OnnxFeatures(mean_color_onnx(tmp_path / "inception.onnx"))
    assert network.num_features == 3
    assert network.label == "inception"
    assert network.frechet_name == "FD-inception"


@pytest.mark.parametrize("name", ["missing.onnx", "missing.safetensors"])
def test_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError, match=name):
        load_feature_network(tmp_path / name)


@pytest.mark.parametrize("name", ["broken.onnx", "broken.safetensors"])
def test_broken_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"not a network")
    with pytest.raises(ModelError, match=name):
        load_feature_network(tmp_path / name)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="never a pickle"):
        load_feature_network(tmp_path / "weights.pth")


def test_other_weights_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="neither SqueezeNet"):
        load_feature_network(tmp_path / "a.safetensors")


def test_an_onnx_that_takes_no_picture_is_refused(tmp_path: Path, fake_model: Path) -> None:
    with pytest.raises(ModelError, match="RGB picture"):
        OnnxFeatures(fake_model)


def test_large_pictures_are_reduced_to_the_short_side() -> None:
    assert picture_tensor(np.zeros((300, 600, 3), np.uint8)).shape == (1, 3, 256, 512)
    assert picture_tensor(np.zeros((200, 100, 3), np.uint8)).shape == (1, 3, 200, 100)


def test_picture_tensor_keeps_colors_and_orientation() -> None:
    pixels = np.zeros((16, 18, 3), np.uint8)
    pixels[2, 5] = (255, 51, 0)
    torch.testing.assert_close(picture_tensor(pixels)[0, :, 2, 5], torch.tensor([1.0, 0.2, 0.0]))


def test_tiny_pictures_are_refused() -> None:
    with pytest.raises(DataError, match="16 or more"):
        picture_tensor(np.zeros((15, 40, 3), np.uint8))
