"""A tiny stand-in for the trained colorizer whose every answer can be foretold.

Its logits are those of a Gaussian over the ab bins around a mean m, as a convolution can state it:
log N(c; m, s) = (c·m - |c|²/2) / s² + const. The mean is proportional to L* - 50, plus the hint
where there is one; the palette of a reference adds to the logits of its bins.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from heliochrome.model.card import (
    ColorizerFacts,
    ConfidenceTable,
    ModelCard,
    TensorFacts,
    TrainingFacts,
    write_card,
)

AXIS = (-60, -40, -20, 0, 20, 40, 60)
BINS = tuple((float(a), float(b)) for a in AXIS for b in AXIS)
SPREAD = 15.0  # s, in ab units
AB_PER_LIGHTNESS = (0.2, 0.8)  # a light place is orange, a dark one blue
PALETTE_WEIGHT = 12.0


def write_fake_colorizer(
    folder: Path, name: str = "colorizer", *, ab_per_lightness: tuple[float, float] | None = None
) -> Path:
    """Write `<name>.onnx` and its card into `folder` and return the network's path."""
    network = folder / f"{name}.onnx"
    network.write_bytes(_network(ab_per_lightness or AB_PER_LIGHTNESS).SerializeToString())
    sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
    write_card(fake_card(name, sha256), folder / f"{name}.card.json")
    return network


def fake_card(name: str = "colorizer", sha256: str = "0" * 64) -> ModelCard:
    bins = len(BINS)
    return ModelCard(
        name=name,
        version="0.0.1",
        task="colorize",
        architecture="1x1 convolution",
        inputs=(
            _facts("lightness", ("N", 1, "H", "W"), (0, 100), "CIE L*"),
            _facts("hints", ("N", 2, "H", "W"), (-128, 128), "CIE ab of hints"),
            _facts("mask", ("N", 1, "H", "W"), (0, 1), "where hints are"),
            _facts("palette", ("N", bins + 2), (0, 1), "histogram, chroma / 100, presence"),
        ),
        outputs=(_facts("logits", ("N", bins, "h", "w"), (-1e6, 1e6), "of the ab bins"),),
        size_multiple=16,
        scale=1,
        halo=0,
        color_space="CIELAB, D65",
        working_size=128,
        sha256=sha256,
        license="Apache-2.0",
        training=TrainingFacts(
            data="none", license_notes="none", steps=0, images=0, hours=0.0, commit=None
        ),
        metrics=None,
        colorizer=ColorizerFacts(
            bins=BINS,
            temperature=1.0,
            chroma_scale=1.0,
            confidence=ConfidenceTable(spread=(0.0, 10.0, 40.0), probability=(0.9, 0.8, 0.1)),
        ),
    )


def _facts(name: str, shape: tuple[int | str, ...], limits: tuple[float, float], meaning: str):
    return TensorFacts(name=name, shape=shape, range=limits, meaning=meaning)


def _network(ab_per_lightness: tuple[float, float]) -> onnx.ModelProto:
    centers = np.array(BINS, np.float32)
    by_lightness = centers @ np.array(ab_per_lightness, np.float32)
    weights = np.concatenate([by_lightness[:, None], centers], axis=1) / SPREAD**2
    bias = -(50 * by_lightness + 0.5 * np.sum(centers**2, axis=1)) / SPREAD**2
    constants = {
        "weights": weights[:, :, None, None],
        "bias": bias,
        "palette_weight": np.float32(PALETTE_WEIGHT),
        "start": np.array([0], np.int64),
        "end": np.array([len(BINS)], np.int64),
        "histogram_axis": np.array([1], np.int64),
        "spatial_axes": np.array([2, 3], np.int64),
    }
    pool = {"kernel_shape": [4, 4], "strides": [4, 4]}
    nodes = [
        helper.make_node("Mul", ["hints", "mask"], ["masked"]),
        helper.make_node("Concat", ["lightness", "masked"], ["joined"], axis=1),
        helper.make_node("AveragePool", ["joined"], ["pooled"], **pool),
        helper.make_node("Conv", ["pooled", "weights", "bias"], ["local"]),
        helper.make_node("Slice", ["palette", "start", "end", "histogram_axis"], ["histogram"]),
        helper.make_node("Mul", ["histogram", "palette_weight"], ["weighted"]),
        helper.make_node("Unsqueeze", ["weighted", "spatial_axes"], ["global"]),
        helper.make_node("Add", ["local", "global"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "fake_colorizer",
        [
            _tensor("lightness", ["N", 1, "H", "W"]),
            _tensor("hints", ["N", 2, "H", "W"]),
            _tensor("mask", ["N", 1, "H", "W"]),
            _tensor("palette", ["N", len(BINS) + 2]),
        ],
        [_tensor("logits", ["N", len(BINS), "h", "w"])],
        [_initializer(name, values) for name, values in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)


def _tensor(name: str, shape: list[int | str]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _initializer(name: str, values: np.ndarray) -> onnx.TensorProto:
    array = np.asarray(values)
    kept = array if array.dtype == np.int64 else array.astype(np.float32)
    return numpy_helper.from_array(kept, name)
