"""Pictures and feature networks for the style protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from heliochrome.training.networks.perceptual import SqueezeNet, Vgg19


@pytest.fixture(scope="session")
def feature_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files of both feature networks with random weights, by the names of the options."""
    folder = tmp_path_factory.mktemp("features")
    torch.manual_seed(0)
    files = {}
    for name, network in (("vgg", Vgg19()), ("squeezenet", SqueezeNet())):
        files[name] = folder / f"{name}.safetensors"
        save_file(network.state_dict(), files[name])
    return files


@pytest.fixture(scope="session")
def style_data(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two contents and two styles, by the names of the options."""
    folders = {}
    for name, size in (("contents", (66, 80)), ("styles", (48, 40))):
        folders[name] = tmp_path_factory.mktemp(name)
        for seed in range(2):
            draw = np.random.default_rng([seed, *size])
            coarse = draw.integers(0, 256, (6, 8, 3), np.uint8)
            Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC).save(
                folders[name] / f"{name}{seed}.png"
            )
    return folders
