"""Frozen feature networks for losses and distances: VGG-19 and SqueezeNet 1.1, of ImageNet.

They describe what a picture shows and how it is painted by the maps that their layers make of it
(Gatys, Ecker, Bethge 2016; Johnson et al. 2016). Their weights come from a file of the user's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from heliochrome.errors import ModelError, ModelNotFoundError, OptionError
from heliochrome.training.networks.squeezenet import Fire

# Of ImageNet on the 0..255 scale: what networks trained with Caffe subtract.
_RGB_MEANS = (123.68, 116.779, 103.939)

# Of ImageNet on the 0..1 scale: what torchvision's networks subtract and divide by.
_TORCHVISION_MEANS = (0.485, 0.456, 0.406)
_TORCHVISION_DEVIATIONS = (0.229, 0.224, 0.225)

# Name, inputs, outputs and place in torchvision's `features` of VGG-19's convolutions as far as
# losses use them (Simonyan and Zisserman 2015, configuration E); a pool precedes those in _POOLED.
_VGG = (
    ("conv1_1", 3, 64, 0),
    ("conv1_2", 64, 64, 2),
    ("conv2_1", 64, 128, 5),
    ("conv2_2", 128, 128, 7),
    ("conv3_1", 128, 256, 10),
    ("conv3_2", 256, 256, 12),
    ("conv3_3", 256, 256, 14),
    ("conv3_4", 256, 256, 16),
    ("conv4_1", 256, 512, 19),
)
_POOLED = frozenset({"conv2_1", "conv3_1", "conv4_1", "fire2", "fire4", "fire6"})

# Inputs, squeeze, expand (each of 1x1 and 3x3) of SqueezeNet 1.1 (Iandola et al. 2016).
_FIRES = (
    ("fire2", 64, 16, 64),
    ("fire3", 128, 16, 64),
    ("fire4", 128, 32, 128),
    ("fire5", 256, 32, 128),
    ("fire6", 256, 48, 192),
    ("fire7", 384, 48, 192),
    ("fire8", 384, 64, 256),
    ("fire9", 512, 64, 256),
)

# SqueezeNet's four halvings (3x3 without padding, stride 2) look at every pixel at sizes 16 n + 15
# only.
_HALVINGS = 16


class PerceptualNetwork(nn.Module):
    """A frozen network whose inner layers describe pictures.

    Attributes:
        label: what the network is, for reports: "VGG-19", "SqueezeNet".
        layers: names of the layers it gives, from the first to the deepest.
        sha256: hash of the weight file; empty when the weights did not come from one.

    """

    label: str
    layers: tuple[str, ...]
    sha256: str = ""

    def features(self, pictures: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """Feature maps (N, C, h, w) of `layers`, in the network's order.

        Nothing is computed beyond the deepest layer asked for. Gradients reach the pictures.

        Args:
            pictures: (N, 3, H, W) sRGB in 0..1; sides of 16 pixels or more.
            layers: some of `self.layers`.

        Raises:
            OptionError: the network has not one of these layers.

        """
        missing = [name for name in layers if name not in self.layers]
        if missing:
            raise OptionError(
                self.label, f"has no layer '{missing[0]}'", f"use {', '.join(self.layers)}"
            )
        found: dict[str, Tensor] = {}
        x = self._enter(pictures)
        for name in self.layers:
            if len(found) == len(set(layers)):
                break
            x = self._step(name, x)
            if name in layers:
                found[name] = x
        return found

    def _enter(self, pictures: Tensor) -> Tensor:
        """Bring pictures into the form that the first layer takes."""
        raise NotImplementedError

    def _step(self, name: str, x: Tensor) -> Tensor:
        """Output of the layer `name`, given that of the one before."""
        raise NotImplementedError


class Vgg19(PerceptualNetwork):
    """VGG-19's ReLU outputs, `relu1_1` to `relu4_1` at most.

    Args:
        convolutions: how many of its convolutions there are weights for: 5 end at relu3_1.
        torchvision: whether the weights are torchvision's, which expect each channel at mean 0
            and deviation 1; the Caffe release's expect 0..255 less the mean.

    """

    label = "VGG-19"

    def __init__(self, convolutions: int = 5, *, torchvision: bool = False) -> None:
        super().__init__()
        rows = _VGG[:convolutions]
        self.layers = tuple(name.replace("conv", "relu") for name, *_ in rows)
        for name, inputs, outputs, _ in rows:
            self.add_module(name, nn.Conv2d(inputs, outputs, 3, padding=1))
        scale = 1 / torch.tensor(_TORCHVISION_DEVIATIONS) if torchvision else torch.full((3,), 255)
        shift = scale * torch.tensor(_TORCHVISION_MEANS) if torchvision else _RGB_MEANS
        self.register_buffer("scale", torch.as_tensor(scale).float().view(3, 1, 1), False)
        self.register_buffer("shift", torch.as_tensor(shift).float().view(3, 1, 1), False)

    def _enter(self, pictures: Tensor) -> Tensor:
        return pictures * self.get_buffer("scale") - self.get_buffer("shift")

    def _step(self, name: str, x: Tensor) -> Tensor:
        convolution = name.replace("relu", "conv")
        if convolution in _POOLED:
            x = F.max_pool2d(x, 2)
        return F.relu(self.get_submodule(convolution)(x))


class SqueezeNet(PerceptualNetwork):
    """SqueezeNet 1.1: `conv1` (after its ReLU) and the fire modules `fire2` to `fire9`.

    The input is reflected outward to a size at which no layer drops the right or bottom border:
    what a loss does not see, a network paints stripes on.
    """

    label = "SqueezeNet"
    layers = ("conv1", *(name for name, *_ in _FIRES))

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, stride=2)
        for name, inputs, squeeze, expand in _FIRES:
            self.add_module(name, Fire(inputs, squeeze, expand))
        self.register_buffer("means", torch.tensor(_RGB_MEANS[::-1]).view(3, 1, 1), False)

    def _enter(self, pictures: Tensor) -> Tensor:
        # Blue, green, red on the 0..255 scale.
        return _reflected(pictures.flip(1) * 255 - self.get_buffer("means"))

    def _step(self, name: str, x: Tensor) -> Tensor:
        if name == "conv1":
            return F.relu(self.conv1(x))
        if name in _POOLED:
            x = F.max_pool2d(x, 3, 2)
        return self.get_submodule(name)(x)


def load_perceptual(path: Path) -> PerceptualNetwork:
    """Load VGG-19 or SqueezeNet 1.1 from a safetensors file, frozen and in float32.

    The file holds `conv1_1.weight`, `conv1_1.bias`, ... to conv3_1 or further (VGG-19 of Caffe),
    or torchvision's `features.0.weight`, ... of VGG-19 (its classifier is not read), or `conv1`
    and `fire2` to `fire9` (SqueezeNet 1.1).

    Raises:
        OptionError: the file is of another kind; a pickle is never opened.
        ModelNotFoundError: it is missing or not permitted.
        ModelError: it is damaged, incomplete, or holds another network.

    """
    if path.suffix != ".safetensors":
        raise OptionError(
            path, "is not a feature network", "give a .safetensors file (never a pickle)"
        )
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        network = _read(path)
    except OSError as error:
        raise ModelNotFoundError(
            path, f"cannot be read ({error.strerror})", "check the path of the feature network"
        ) from error
    except (SafetensorError, KeyError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(path, f"cannot be loaded ({reason})", "check the file") from error
    network.sha256 = sha256
    return network.eval().requires_grad_(False)


def _read(path: Path) -> PerceptualNetwork:
    with safe_open(path, "pt") as file:
        stored = set(file.keys())
        network, names = _recognize(path, stored)
        # Only what is used: torchvision's file is 500 MB, of which the classifier has most.
        weights = {name: file.get_tensor(key).float() for name, key in names.items()}
    network.load_state_dict(weights)
    return network


def _recognize(path: Path, stored: set[str]) -> tuple[PerceptualNetwork, Mapping[str, str]]:
    """Give the network that a file of these names holds, and where each of its weights is."""
    if "fire9.expand3x3.weight" in stored:
        network: PerceptualNetwork = SqueezeNet()
        return network, {name: name for name in network.state_dict()}
    if "conv3_1.weight" in stored:
        count = sum(f"{name}.weight" in stored for name, *_ in _VGG)
        network = Vgg19(count)
        return network, {name: name for name in network.state_dict()}
    if "features.19.weight" in stored:
        names = {
            f"{name}.{kind}": f"features.{place}.{kind}"
            for name, _, _, place in _VGG
            for kind in ("weight", "bias")
        }
        return Vgg19(len(_VGG), torchvision=True), names
    raise ModelError(
        path, "holds neither VGG-19 nor SqueezeNet 1.1", "see load_perceptual for the names"
    )


def _reflected(x: Tensor) -> Tensor:
    """Pad (N, C, H, W) by reflection on all sides up to the next size 16 n + 15."""
    margins = []
    for size in (x.shape[-1], x.shape[-2]):
        total = (_HALVINGS - 1 - size) % _HALVINGS
        margins += [total // 2, total - total // 2]
    return F.pad(x, margins, mode="reflect")
