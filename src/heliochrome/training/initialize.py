"""Starting weights from safetensors files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from heliochrome.errors import TrainingError
from heliochrome.training.checkpoint import TENSORS, section
from heliochrome.training.colorspace import lab_to_srgb
from heliochrome.training.networks.colorizer import Colorizer, Encoder
from heliochrome.training.networks.corrector import Critic
from heliochrome.training.networks.restyler import Restyler, StyleEncoder
from heliochrome.training.networks.squeezenet import SqueezeLayers
from heliochrome.training.networks.upscaler import Upscaler

_ChangeStem = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

# Mean of ImageNet in BGR order, 0..255, as the Caffe release of SqueezeNet subtracts it.
BGR_MEAN = (103.939, 116.779, 123.68)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file.

    Raises:
        TrainingError: it is missing or damaged.

    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise TrainingError(path, f"cannot be read ({error})", "give a safetensors file") from error


def _gray_stem(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Fold a BGR stem (64, 3, 3, 3) into one that takes L* / 50 - 1, hints and mask.

    The gray level 0..255 is close to 2.55 L*, the same in all three channels. Hints and mask
    start at 0: they are learned.
    """
    total = weight.sum(1, keepdim=True)
    gray = 127.5 * total
    mean = torch.tensor(BGR_MEAN).view(1, 3, 1, 1)
    shifted = bias + (127.5 * total.sum((1, 2, 3))) - (weight * mean).sum((1, 2, 3))
    extra = torch.zeros(weight.shape[0], 3, *weight.shape[2:])
    return torch.cat((gray, extra), 1), shifted


def load_squeezenet(encoder: Encoder, path: Path) -> None:
    """Start `encoder` from SqueezeNet 1.1 as trained on ImageNet (Caffe's BGR convention).

    Raises:
        TrainingError: the file does not hold SqueezeNet 1.1.

    """
    _load_layers(encoder, path, _gray_stem)


# Of SqueezeNet's features, which are made for input in 0..255 and reach into the hundreds.
FEATURE_SCALE = 1 / 64


def _color_stem(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Fold a BGR stem into one that takes L* / 50 - 1, a* / 50, b* / 50 and a mask.

    Chroma is turned into blue, green and red by their slopes at mid gray.
    """
    gray, shifted = _gray_stem(weight, bias)
    step = torch.tensor([[50.0, 0, 0], [50.0, 1, 0], [50.0, 0, 1]]).view(3, 3, 1, 1)
    middle, redder, yellower = lab_to_srgb(step)[:, :, 0, 0].flip(1) * 255
    slopes = 50 * torch.stack((redder - middle, yellower - middle))
    gray[:, 1:3] = torch.einsum("ochw,kc->okhw", weight, slopes)
    return gray, shifted


def load_style_encoder(encoder: StyleEncoder, path: Path) -> None:
    """Start `encoder` from SqueezeNet 1.1, its features scaled by `FEATURE_SCALE`.

    Raises:
        TrainingError: the file does not hold SqueezeNet 1.1.

    """
    _load_layers(encoder, path, _color_stem, FEATURE_SCALE)


def _srgb_stem(weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Turn a stem for BGR on 0..255, less its mean, into one that takes RGB on 0..1."""
    mean = torch.tensor(BGR_MEAN).view(1, 3, 1, 1)
    return 255 * weight.flip(1), bias - (weight * mean).sum((1, 2, 3))


def load_critic(critic: Critic, path: Path) -> None:
    """Start `critic` from SqueezeNet 1.1, its features scaled by `FEATURE_SCALE`.

    Raises:
        TrainingError: the file does not hold SqueezeNet 1.1.

    """
    _load_layers(critic, path, _srgb_stem, FEATURE_SCALE)


def _load_layers(
    network: SqueezeLayers, path: Path, stem: _ChangeStem, feature_scale: float = 1.0
) -> None:
    """Load SqueezeNet 1.1's weights, with another first layer, its features scaled."""
    tensors = read_tensors(path)
    try:
        weight, bias = stem(tensors["conv1.weight"], tensors["conv1.bias"])
        tensors["conv1.weight"], tensors["conv1.bias"] = feature_scale * weight, bias
        # ReLU is homogeneous: with every bias scaled alike, so is every feature.
        scaled = {k: feature_scale * v if k.endswith("bias") else v for k, v in tensors.items()}
        network.load_state_dict({k: v for k, v in scaled.items() if k in network.state_dict()})
    except (KeyError, RuntimeError) as error:
        raise TrainingError(path, "is not SqueezeNet 1.1", "see docs/training.md") from error


def read_generator(path: Path) -> dict[str, Tensor]:
    """Read a generator's weights: a safetensors file, or a run folder's averaged weights.

    Raises:
        TrainingError: there are none.

    """
    if path.is_dir():
        return section(read_tensors(path / TENSORS), "module.average.")
    return read_tensors(path)


def load_generator(generator: nn.Module, path: Path) -> None:
    """Load a generator's weights; see `read_generator`.

    Raises:
        TrainingError: there are none, or they are of another network.

    """
    _load_found(generator, read_generator(path), path)


def _load_found(generator: nn.Module, found: dict[str, Tensor], path: Path) -> None:
    try:
        generator.load_state_dict(found)
    except RuntimeError as error:
        raise TrainingError(path, "is of another network", "use weights of this shape") from error


def start_colorizer(generator: Colorizer, encoder: str | None, weights: str | None) -> None:
    """Load the encoder's and then the whole network's starting weights where they are given."""
    if encoder:
        load_squeezenet(generator.encoder, Path(encoder))
    if weights:
        load_generator(generator, Path(weights))


def start_restyler(generator: Restyler, encoder: str | None, weights: str | None) -> None:
    """Load the encoder's and critic's, then the network's starting weights where they are given.

    Weights from before there was a corrector, or what finishes tails, leave these as they begin.

    Raises:
        TrainingError: there are none, or they are of another network.

    """
    if encoder:
        load_style_encoder(generator.encoder, Path(encoder))
        load_critic(generator.corrector.critic, Path(encoder))
    if weights:
        found = read_generator(Path(weights))
        if not section(found, "corrector."):
            begun = generator.corrector.state_dict()
            found |= {f"corrector.{name}": value for name, value in begun.items()}
        _leave_finishes(generator, found)
        _load_found(generator, found, Path(weights))


def _leave_finishes(generator: Restyler, found: dict[str, Tensor]) -> None:
    """Add to weights found for a restyler what its tails are finished by, where it is missing."""
    own = generator.state_dict()
    if any(".finish." in name for name in found):
        return
    for name, begun in own.items():
        if ".finish." in name:
            found[name] = begun
        elif name.startswith("tail_modulation.") and ".film." in name and name in found:
            # Its modulation comes last.
            found[name] = torch.cat((found[name].to(begun.dtype), begun[len(found[name]) :]))


def start_upscaler(generator: Upscaler, weights: str) -> None:
    """Load an upscaler's weights, as far as they are of the same kind.

    The tail of another scale is left out, and so is what another upscaler knows of noise: both
    keep what they begin with. Blocks that the other network does not have pass on what they get.

    Raises:
        TrainingError: there are none, or they are of another network.

    """
    path, own = Path(weights), generator.state_dict()
    found = read_generator(path)
    known = {name.split(".")[1] for name in found if name.startswith("blocks.")}
    fresh = [index for index in range(len(generator.blocks)) if str(index) not in known]
    generator.pass_through(fresh)
    free = ("noise", "tail.", *(f"blocks.{index}." for index in fresh))
    for name in own.keys() | found.keys():
        if not name.startswith(free):
            continue
        if name not in own:
            del found[name]
        elif name not in found or found[name].shape != own[name].shape:
            found[name] = own[name]
    try:
        generator.load_state_dict(found)
    except RuntimeError as error:
        raise TrainingError(path, "is of another network", "use weights of this shape") from error
