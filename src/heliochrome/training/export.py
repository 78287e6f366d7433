"""From a training run to what the runtime loads: an ONNX file and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from heliochrome.model.card import (
    ColorizerFacts,
    ConfidenceTable,
    ModelCard,
    TensorFacts,
    TrainingFacts,
)
from heliochrome.training.bins import ChromaBins, gamut_centers
from heliochrome.training.calibration import OperatingPoint
from heliochrome.training.checkpoint import Progress
from heliochrome.training.initialize import load_generator
from heliochrome.training.networks.colorizer import SIZE_MULTIPLE, Block, Colorizer
from heliochrome.training.onnx_file import Signature, check_parity, write_onnx

INPUTS = ("lightness", "hints", "mask", "palette")
ODD_SIZES = ((1, 16, 16), (1, 48, 208), (3, 176, 112), (1, 256, 192))
TOLERANCE = 2e-3
"""Largest difference of logits between PyTorch and ONNX Runtime that an export may have."""


def load_colorizer(weights: Path, widths: tuple[int, int, int]) -> tuple[Colorizer, ChromaBins]:
    """Build a colorizer in evaluation mode from a safetensors file of its weights."""
    bins = ChromaBins(gamut_centers())
    generator = Colorizer(len(bins), widths)
    load_generator(generator, weights)
    return generator.eval(), bins


@torch.no_grad()
def mix_weights(generator: nn.Module, other: nn.Module, share: float) -> None:
    """Replace `share` of the weights and statistics of `generator` by those of `other`."""
    theirs = other.state_dict()
    for name, own in generator.state_dict().items():
        if own.is_floating_point():
            own.lerp_(theirs[name], share)


def fold_batch_norms(generator: Colorizer) -> None:
    """Fold every batch norm into the convolution before it, in place."""
    for module in generator.modules():
        if isinstance(module, Block) and isinstance(module.norm, nn.BatchNorm2d):
            module.conv = fuse_conv_bn_eval(module.conv, module.norm)
            module.norm = nn.Identity()


def sample_inputs(bins: int, count: int, height: int, width: int) -> tuple[Tensor, ...]:
    """Random inputs of a colorizer: lightness, hints, mask, palette."""
    noise = torch.Generator().manual_seed(height * 1000 + width)
    mask = (torch.rand(count, 1, height, width, generator=noise) > 0.97).float()
    hints = torch.randn(count, 2, height, width, generator=noise) * 30 * mask
    palette = torch.rand(count, bins + 2, generator=noise)
    palette = palette / palette.sum(1, keepdim=True)
    lightness = torch.rand(count, 1, height, width, generator=noise) * 100
    return lightness, hints, mask, palette


def signature() -> Signature:
    """Name inputs and outputs of a colorizer, with free batch, height and width."""
    # Not Dim.AUTO: only with the divisibility spelled out can the exporter see that the strides'
    # roundings agree.
    count = torch.export.Dim("count")
    rows, columns = (
        SIZE_MULTIPLE * torch.export.Dim(name, max=4096) for name in ("rows", "columns")
    )
    free = {0: count, 2: rows, 3: columns}
    return Signature(INPUTS, ("logits",), (free, free, free, {0: count}))


def write_colorizer(generator: Colorizer, bins: int, path: Path) -> None:
    """Export to ONNX; see `write_onnx`."""
    write_onnx(generator, sample_inputs(bins, 2, 96, 128), signature(), path)


def parity(generator: nn.Module, bins: int, path: Path) -> float:
    """Largest difference of logits between PyTorch and ONNX Runtime over odd sizes and batches.

    Raises:
        TrainingError: it is above `TOLERANCE`.

    """
    samples = (sample_inputs(bins, *size) for size in ODD_SIZES)
    return check_parity(generator, samples, signature(), path, TOLERANCE)


@dataclass(frozen=True)
class CardNotes:
    """What the exporter cannot know of a network."""

    name: str
    version: str
    data: str
    license: str
    license_notes: str
    commit: str | None = None


def _tensor_facts(bins: int) -> tuple[tuple[TensorFacts, ...], tuple[TensorFacts, ...]]:
    plane = ("N", 1, "H", "W")
    inputs = (
        TensorFacts(name="lightness", shape=plane, range=(0.0, 100.0), meaning="CIE L*, D65"),
        TensorFacts(
            name="hints",
            shape=("N", 2, "H", "W"),
            range=(-128.0, 128.0),
            meaning="CIE a*, b* of hinted pixels, 0 elsewhere",
        ),
        TensorFacts(name="mask", shape=plane, range=(0.0, 1.0), meaning="1 where a hint is"),
        TensorFacts(
            name="palette",
            shape=("N", bins + 2),
            range=(0.0, 1.0),
            meaning="ab histogram over the bins, mean chroma / 100, 1; all 0 without a reference",
        ),
    )
    output = TensorFacts(
        name="logits",
        shape=("N", bins, "H/4", "W/4"),
        range=(-100.0, 100.0),
        meaning="unnormalized log probability of each ab bin",
    )
    return inputs, (output,)


def colorizer_card(
    path: Path,
    bins: ChromaBins,
    notes: CardNotes,
    progress: Iterable[Progress],
    operating: OperatingPoint,
    table: tuple[list[float], list[float]],
    working_size: int,
) -> ModelCard:
    """Card of an exported colorizer; `progress` lists its training stages."""
    stages = list(progress)
    inputs, outputs = _tensor_facts(len(bins))
    spread, probability = table
    return ModelCard(
        name=notes.name,
        version=notes.version,
        task="colorize",
        architecture="U-Net, SqueezeNet-1.1-shaped encoder, FiLM context, ab-bin classifier",
        inputs=inputs,
        outputs=outputs,
        size_multiple=SIZE_MULTIPLE,
        scale=1,
        halo=0,
        color_space="CIELAB, D65",
        working_size=working_size,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        license=notes.license,
        training=TrainingFacts(
            data=notes.data,
            license_notes=notes.license_notes,
            steps=sum(stage.step for stage in stages),
            images=sum(stage.images for stage in stages),
            hours=round(sum(stage.seconds for stage in stages) / 3600, 2),
            commit=notes.commit,
        ),
        metrics=None,
        colorizer=ColorizerFacts(
            bins=tuple((float(a), float(b)) for a, b in bins.centers),
            temperature=operating.temperature,
            chroma_scale=operating.chroma_scale,
            confidence=ConfidenceTable(spread=tuple(spread), probability=tuple(probability)),
        ),
    )
