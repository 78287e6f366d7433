"""Weights of PyTorch to ONNX, with a stand-in for spandrel that knows one architecture."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from heliochrome.cli import main
from heliochrome.errors import ModelError, TrainingError
from heliochrome.model import store
from heliochrome.training.convert import ConverterMissingError, convert_weights


class Net(nn.Module):
    """Repeats pixels, and adds a little of a convolution."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, 4 * channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        large = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        return large + 0.05 * nn.functional.pixel_shuffle(self.conv(x), 2)


class Descriptor:
    def __init__(self, model: nn.Module, channels: int) -> None:
        self.model = model
        self.scale = 2
        self.input_channels = self.output_channels = channels
        self.architecture = SimpleNamespace(name="Repeater")
        self.size_requirements = SimpleNamespace(minimum=0, multiple_of=2, square=False)


class Loader:
    def __init__(self, device: str) -> None:
        assert device == "cpu"

    def load_from_state_dict(self, state: dict[str, Tensor]) -> Descriptor:
        channels = state["conv.weight"].shape[1]
        model = Net(channels)
        model.load_state_dict(state)
        return Descriptor(model, channels)


@pytest.fixture
def spandrel(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module: Any = ModuleType("spandrel")
    module.__version__ = "0.4"
    module.ModelLoader = Loader
    module.ImageModelDescriptor = Descriptor
    module.canonicalize_state_dict = lambda state: state.get("params", state)
    monkeypatch.setitem(sys.modules, "spandrel", module)
    return module


@pytest.fixture
def weights() -> dict[str, Tensor]:
    torch.manual_seed(0)
    return Net().state_dict()


def test_weights_become_the_same_network(
    spandrel: ModuleType, weights: dict[str, Tensor], tmp_path: Path
) -> None:
    save_file(weights, tmp_path / "a.safetensors")
    torch.save({"params": weights}, tmp_path / "a.pth")
    for name in ("a.safetensors", "a.pth"):
        converted = convert_weights(tmp_path / name, tmp_path / "a.onnx")
        assert (converted.architecture, converted.scale) == ("Repeater", 2)
        assert converted.parameters == 3 * 12 * 9 + 12
        assert converted.difference < 1e-4
        network = Net()
        network.load_state_dict(weights)
        picture = torch.rand(1, 3, 22, 34)
        session = onnxruntime.InferenceSession(tmp_path / "a.onnx")
        (found,) = session.run(["enlarged"], {"picture": picture.numpy()})
        expected = network(picture).detach().numpy()
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_pickled_code_is_not_run(spandrel: ModuleType, tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return Path.touch, (tmp_path / "harm",)

    with (tmp_path / "bad.pth").open("wb") as file:
        pickle.dump({"conv.weight": Harm()}, file, protocol=2)
    torch.save({"conv.weight": Harm()}, tmp_path / "worse.pth")
    for name in ("bad.pth", "worse.pth"):
        with pytest.raises(ModelError, match=r"get the weights as \.safetensors|is damaged"):
            convert_weights(tmp_path / name, tmp_path / "a.onnx")
    assert not (tmp_path / "harm").exists()


def test_files_that_hold_no_known_network_are_refused(
    spandrel: ModuleType, weights: dict[str, Tensor], tmp_path: Path
) -> None:
    save_file({"other": torch.zeros(3)}, tmp_path / "other.safetensors")
    save_file(Net(1).state_dict(), tmp_path / "gray.safetensors")
    (tmp_path / "broken.safetensors").write_bytes(b"12345678nothing")
    (tmp_path / "broken.pth").write_bytes(b"nothing")
    for name, named in (
        ("other.safetensors", "not of an architecture that spandrel 0.4 knows"),
        ("gray.safetensors", "from 1 to 1 channels"),
        ("broken.safetensors", "damaged"),
        ("broken.pth", "damaged|more than weights"),
        ("none.safetensors", "cannot be read|damaged"),
    ):
        with pytest.raises(ModelError, match=named):
            convert_weights(tmp_path / name, tmp_path / "a.onnx")
    assert not (tmp_path / "a.onnx").exists()


def test_an_export_that_is_not_the_same_is_an_error(
    spandrel: ModuleType,
    weights: dict[str, Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("heliochrome.training.convert.TOLERANCE", -1.0)
    save_file(weights, tmp_path / "a.safetensors")
    with pytest.raises(TrainingError, match="differs from PyTorch"):
        convert_weights(tmp_path / "a.safetensors", tmp_path / "a.onnx")


@pytest.fixture
def broken_spandrel(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where torchvision does not fit the torch that is installed."""

    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "spandrel":
                raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.delitem(sys.modules, "spandrel", raising=False)
    finder = Finder()
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])


@pytest.mark.usefixtures("broken_spandrel")
def test_a_converter_that_does_not_work_is_named_with_what_to_do(
    weights: dict[str, Tensor], tmp_path: Path
) -> None:
    save_file(weights, tmp_path / "a.safetensors")
    with pytest.raises(ConverterMissingError) as caught:
        convert_weights(tmp_path / "a.safetensors", tmp_path / "a.onnx")
    assert "torchvision::nms" in caught.value.problem
    assert "pip install spandrel" in caught.value.remedy


def test_weights_are_added_by_the_command(
    spandrel: ModuleType,
    weights: dict[str, Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "models"))
    save_file(weights, tmp_path / "repeat.safetensors")
    assert main(["models", "add", str(tmp_path / "repeat.safetensors"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["architecture"] == "Repeater"
    assert told["card"]["architecture"] == "Repeater"
    assert told["card"]["size_multiple"] == 1
    assert told["card"]["upscaler"] == {"mode": "crisp", "denoise": False}
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [
        "repeat.card.json",
        "repeat.onnx",
    ]
