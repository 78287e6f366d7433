"""From a training run to what the runtime loads: an ONNX file and its card."""

from __future__ import annotations

import hashlib
import logging
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from heliochrome.errors import TrainingError
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

INPUTS = ("lightness", "hints", "mask", "palette")
ODD_SIZES = ((1, 16, 16), (1, 48, 208), (3, 176, 112), (1, 256, 192))
TOLERANCE = 2e-3
"""Largest difference of logits between PyTorch and ONNX Runtime that an export may have."""
SMALL = 1024
"""Weights with no more elements than this stay in float32."""


def load_colorizer(weights: Path, widths: tuple[int, int, int]) -> tuple[Colorizer, ChromaBins]:
    """Build a colorizer in evaluation mode from a safetensors file of its weights."""
    bins = ChromaBins(gamut_centers())
    generator = Colorizer(len(bins), widths)
    load_generator(generator, weights)
    return generator.eval(), bins


@torch.no_grad()
def mix_weights(generator: Colorizer, other: Colorizer, share: float) -> None:
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


def round_weights(network: nn.Module) -> None:
    """Round large weights to float16 in place: the file stores them so, at half the size.

    They are rounded before the parity check, so that the check compares like with like.
    """
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.numel() > SMALL:
                parameter.copy_(parameter.half())


def sample_inputs(bins: int, count: int, height: int, width: int) -> tuple[Tensor, ...]:
    """Random inputs of a colorizer: lightness, hints, mask, palette."""
    noise = torch.Generator().manual_seed(height * 1000 + width)
    mask = (torch.rand(count, 1, height, width, generator=noise) > 0.97).float()
    hints = torch.randn(count, 2, height, width, generator=noise) * 30 * mask
    palette = torch.rand(count, bins + 2, generator=noise)
    palette = palette / palette.sum(1, keepdim=True)
    lightness = torch.rand(count, 1, height, width, generator=noise) * 100
    return lightness, hints, mask, palette


def write_onnx(generator: Colorizer, bins: int, path: Path) -> None:
    """Export to ONNX with free batch, height and width; large weights stored as float16."""
    # Not Dim.AUTO: only with the divisibility spelled out can the exporter see that the strides'
    # roundings agree.
    count = torch.export.Dim("count")
    rows, columns = (
        SIZE_MULTIPLE * torch.export.Dim(name, max=4096) for name in ("rows", "columns")
    )
    free = {0: count, 2: rows, 3: columns}
    shapes = (free, free, free, {0: count})
    # The exporter reports its own deprecations and each pass it makes; none is about this network.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            generator,
            sample_inputs(bins, 2, 96, 128),
            input_names=list(INPUTS),
            output_names=["logits"],
            dynamic_shapes=shapes,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise TrainingError(path, "the exporter returned nothing", "update torch and onnxscript")
    model = program.model_proto
    _halve_initializers(model)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _halve_initializers(model: onnx.ModelProto) -> None:
    """Store large float32 weights as float16 behind a Cast, which runtimes fold when loading."""
    casts = []
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size <= SMALL:
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + ".half"))
        casts.append(
            onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT)
        )
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def parity(generator: nn.Module, bins: int, path: Path) -> float:
    """Largest difference of logits between PyTorch and ONNX Runtime over odd sizes and batches.

    Raises:
        TrainingError: it is above `TOLERANCE`.

    """
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = 0.0
    for count, height, width in ODD_SIZES:
        inputs = sample_inputs(bins, count, height, width)
        with torch.no_grad():
            expected = generator(*inputs).numpy()
        named = {name: value.numpy() for name, value in zip(INPUTS, inputs, strict=True)}
        (logits,) = session.run(["logits"], named)
        worst = max(worst, float(np.abs(logits - expected).max()))
    if not worst <= TOLERANCE:
        raise TrainingError(
            path, f"differs from PyTorch by {worst:.2g}", "report it with the versions of torch"
        )
    return worst


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
