import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from heliochrome.training.config import TrainConfig, parse_config


def render(seed: int, side: int = 48) -> np.ndarray:
    """Sky over ground with a ball: colors that follow from where and how bright things are."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    picture = np.empty((side, side, 3), np.float64)
    picture[:] = (110, 160, 230)
    picture[rows > rng.uniform(0.4, 0.6) * side] = (70, 130, 50)
    center = rng.uniform(0.3, 0.7, 2) * side
    picture[np.hypot(rows - center[0], columns - center[1]) < side / 6] = (200, 60, 40)
    return np.clip(picture + rng.normal(0, 6, picture.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for seed in range(12):
        Image.fromarray(render(seed)).save(folder / f"{seed:02}.png")
    return folder


MakeConfig = Callable[..., TrainConfig]


@pytest.fixture
def make_config(pictures: Path) -> MakeConfig:
    """Return a maker of tiny, exact configurations; keywords are merged over them."""

    def make(**changes: Any) -> TrainConfig:
        values: dict[str, Any] = {
            "name": "tiny",
            "data": {"crop": 32, "sources": [{"path": str(pictures)}], "validation": 4},
            "generator": {"widths": [32, 32, 32]},
            "steps": 4,
            "batch": 2,
            "precision": "float32",
            "compile": False,
            "log_every": 1,
            "validate_every": 100,
        }
        for key, value in changes.items():
            values[key] = values[key] | value if isinstance(values.get(key), dict) else value
        return parse_config(json.loads(json.dumps(values)))

    return make


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def cifar_batch(count: int, seed: int = 0) -> bytes:
    """Records of CIFAR-10's binary version: one label byte, then 3072 bytes of planes."""
    rng = np.random.default_rng(seed)
    records = [
        struct.pack("B", i % 10) + rng.integers(0, 256, 3072, np.uint8).tobytes()
        for i in range(count)
    ]
    return b"".join(records)


@pytest.fixture
def squeezenet_file(tmp_path: Path) -> Path:
    """A file with the keys and shapes of SqueezeNet 1.1 and random weights."""
    shapes = {"conv1": (64, 3, 3)}
    inputs = {2: 64, 3: 128, 4: 128, 5: 256, 6: 256, 7: 384, 8: 384, 9: 512}
    for fire, channels in inputs.items():
        squeeze, expand = 16 * (fire // 2), 64 * (fire // 2)
        shapes[f"fire{fire}.squeeze1x1"] = (squeeze, channels, 1)
        shapes[f"fire{fire}.expand1x1"] = (expand, squeeze, 1)
        shapes[f"fire{fire}.expand3x3"] = (expand, squeeze, 3)
    noise = torch.Generator().manual_seed(3)
    tensors = {}
    for name, (outputs, channels, side) in shapes.items():
        tensors[f"{name}.weight"] = torch.randn(outputs, channels, side, side, generator=noise) / 9
        tensors[f"{name}.bias"] = torch.randn(outputs, generator=noise)
    path = tmp_path / "squeezenet.safetensors"
    save_file(tensors, path)
    return path
