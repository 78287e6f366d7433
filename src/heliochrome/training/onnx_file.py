"""Writing trained networks as ONNX, and checking what was written against PyTorch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import Tensor, nn

from heliochrome.errors import TrainingError

SMALL = 1024
"""Weights with no more elements than this stay in float32."""


@dataclass(frozen=True)
class Signature:
    """Names of a network's inputs and outputs, and the inputs' free dimensions."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: tuple[dict[int, Any], ...]
    """For every input, its free dimensions as `torch.export.Dim`."""


def round_weights(network: nn.Module) -> None:
    """Round large weights to float16 in place: the file stores them so, at half the size.

    They are rounded before the parity check, so that the check compares like with like.
    """
    with torch.no_grad():
        for tensor in (*network.parameters(), *network.buffers()):
            if tensor.is_floating_point() and tensor.numel() > SMALL:
                tensor.copy_(tensor.half())


def write_onnx(
    network: nn.Module, sample: tuple[Tensor, ...], signature: Signature, path: Path
) -> None:
    """Export `network`, traced on the inputs `sample`; large weights are stored as float16.

    Raises:
        TrainingError: the exporter failed.

    """
    # The exporter reports its own deprecations and each pass it makes; none is about this network.
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            sample,
            input_names=list(signature.inputs),
            output_names=list(signature.outputs),
            dynamic_shapes=signature.shapes,
            dynamo=True,
            verbose=False,
        )
    if program is None:
        raise TrainingError(path, "the exporter returned nothing", "update torch and onnxscript")
    model = program.model_proto
    _forget_sources(model)
    _halve_initializers(model)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def _forget_sources(model: onnx.ModelProto) -> None:
    """Take out what the exporter notes of the code: stack traces, with paths of this machine."""
    for part in (model.graph, *model.functions):
        del part.metadata_props[:]
        for entry in (*part.node, *part.value_info):
            del entry.metadata_props[:]
            entry.doc_string = ""
    for entry in (*model.graph.input, *model.graph.output):
        del entry.metadata_props[:]


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


@torch.no_grad()
def check_parity(
    network: nn.Module,
    samples: Iterable[tuple[Tensor, ...]],
    signature: Signature,
    path: Path,
    tolerance: float,
) -> float:
    """Largest difference between PyTorch and ONNX Runtime over all outputs of all `samples`.

    Raises:
        TrainingError: it is above `tolerance`.

    """
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    worst = 0.0
    for sample in samples:
        expected = network(*sample)
        named = {n: value.numpy() for n, value in zip(signature.inputs, sample, strict=True)}
        found = session.run(list(signature.outputs), named)
        wanted: Sequence[Tensor] = expected if isinstance(expected, tuple) else (expected,)
        for own, other in zip(wanted, found, strict=True):
            worst = max(worst, float(np.abs(other - own.numpy()).max()))
    if not worst <= tolerance:
        raise TrainingError(
            path, f"differs from PyTorch by {worst:.2g}", "report it with the versions of torch"
        )
    return worst
