"""Upscalers in PyTorch's formats, by whatever project: to ONNX once, by way of spandrel.

spandrel (MIT) knows several dozen architectures by their weights. Safetensors hold nothing but
numbers; pickled files are read by PyTorch's loader for weights only, which runs no code of theirs.
"""

from __future__ import annotations

import itertools
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from heliochrome.errors import HeliochromeError, ModelError, TrainingError
from heliochrome.training.onnx_file import Signature, check_parity, round_weights, write_onnx

PICKLED_SUFFIXES = (".pth", ".pt", ".ckpt")
TENSOR_SUFFIXES = (".safetensors",)
TOLERANCE = 2e-3
"""Largest difference between PyTorch and ONNX Runtime, half a level of 255."""
_CELLS = (7, 5, 9)
"""Sides, in multiples of what the network demands, at which both are compared."""
_LEAST_SIDE = 16


class ConverterMissingError(HeliochromeError):
    """The package that knows the architectures is not there, or does not work here."""


@dataclass(frozen=True)
class Converted:
    """What came of a conversion.

    Attributes:
        architecture: as spandrel calls it.
        scale: of the enlargement.
        parameters: how many weights there are.
        difference: largest one between PyTorch and ONNX Runtime.
        rounding: largest one that storing weights in 16 bits made; full scale is 1.

    """

    architecture: str
    scale: int
    parameters: int
    difference: float
    rounding: float


@torch.no_grad()
def convert_weights(weights: Path, output: Path) -> Converted:
    """Export the upscaler whose weights a file holds to ONNX, and compare both.

    Args:
        weights: .safetensors, or a pickled .pth, .pt or .ckpt.
        output: the .onnx file to write; input `picture`, output `enlarged`.

    Raises:
        ConverterMissingError: spandrel cannot be imported.
        ModelError: the file cannot be read, or is not of an upscaler for RGB that spandrel knows.
        TrainingError: the export failed, or does not give what PyTorch gives.

    """
    spandrel = _import_spandrel()
    descriptor = _descriptor(spandrel, _read_weights(weights), weights)
    network: nn.Module = descriptor.model.float().eval()
    step = _step(descriptor)
    samples = [
        _sample(1, step * first, step * second) for first, second in itertools.pairwise(_CELLS)
    ]
    before = _run(network, samples[0], weights)
    round_weights(network)
    rounding = float((network(*samples[0]) - before).abs().max())
    rows, columns = (step * torch.export.Dim(name, min=1) for name in ("rows", "columns"))
    signature = Signature(("picture",), ("enlarged",), ({2: rows, 3: columns},))
    try:
        write_onnx(network, samples[0], signature, output)
    except TrainingError:
        raise
    except Exception as error:  # the exporter has dozens of its own
        raise TrainingError(
            weights,
            f"its network ({descriptor.architecture.name}) cannot be exported to ONNX",
            "export it where it was trained, and add the .onnx file",
        ) from error
    return Converted(
        architecture=str(descriptor.architecture.name),
        scale=int(descriptor.scale),
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        difference=check_parity(network, samples, signature, output, TOLERANCE),
        rounding=rounding,
    )


def _import_spandrel() -> Any:
    try:
        import spandrel
    except Exception as error:  # it imports torchvision, which fails in its own ways
        raise ConverterMissingError(
            "spandrel",
            f"is needed to read weights of PyTorch, and cannot be imported ({error})",
            "pip install spandrel, with the torchvision that belongs to your torch; or export the "
            "network to ONNX where it was trained, and add the .onnx file",
        ) from error
    return spandrel


def _read_weights(path: Path) -> dict[str, Any]:
    """Read tensors by name, without running anything that a file may bring."""
    try:
        if path.suffix.lower() in TENSOR_SUFFIXES:
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            path,
            "holds more than weights, which is not loaded since it could run any code",
            "get the weights as .safetensors",
        ) from error
    except OSError as error:
        raise ModelError(path, f"cannot be read ({error.strerror})", "check the path") from error
    except (SafetensorError, RuntimeError, EOFError, KeyError, ValueError) as error:
        raise ModelError(path, "is damaged, or holds no weights", "get the file again") from error


def _descriptor(spandrel: Any, state: dict[str, Any], path: Path) -> Any:
    try:
        # What training loops wrap weights in is taken off: averages, "module." and the like.
        state = spandrel.canonicalize_state_dict(state)
        descriptor = spandrel.ModelLoader(device="cpu").load_from_state_dict(state)
    except Exception as error:  # an unknown architecture, or weights that do not fit in one
        raise ModelError(
            path,
            f"is not of an architecture that spandrel {_version(spandrel)} knows",
            "get a newer spandrel, or export the network to ONNX where it was trained",
        ) from error
    if not isinstance(descriptor, spandrel.ImageModelDescriptor):
        raise ModelError(path, "is not of a network from picture to picture", "add an upscaler")
    if (descriptor.input_channels, descriptor.output_channels) != (3, 3):
        raise ModelError(
            path,
            f"is of a network from {descriptor.input_channels} to {descriptor.output_channels} "
            "channels",
            "add one from RGB to RGB",
        )
    return descriptor


def _version(spandrel: Any) -> str:
    return str(getattr(spandrel, "__version__", ""))


def _step(descriptor: Any) -> int:
    """Pixels that both sides must be multiples of; not below what makes a picture of a few."""
    needed = descriptor.size_requirements
    multiple = int(needed.multiple_of)
    least = max(_LEAST_SIDE // 4, -(-int(needed.minimum) // min(_CELLS)))
    return -(-least // multiple) * multiple


def _sample(count: int, height: int, width: int) -> tuple[Tensor]:
    noise = torch.Generator().manual_seed(height * 1000 + width)
    return (torch.rand(count, 3, height, width, generator=noise),)


def _run(network: nn.Module, sample: tuple[Tensor], path: Path) -> Tensor:
    result = network(*sample)
    if not isinstance(result, Tensor) or result.ndim != 4:
        raise ModelError(path, "gives something else than one picture", "add an upscaler")
    return result
