"""A tiny stand-in for the trained restyler that keeps its contract and can be foretold.

Its encoder is linear: three 3x3 binomial convolutions, one after another, of stride 2 each, on
L* / 100, a* / 100 and b* / 100. AdaIN brings every level to the style's code; enlarged to the
photo's size, half of the coarsest level and a quarter of each other are the red, green and blue of
the result, smoothed by one more convolution. So it sees 16 pixels far, its encoder 8, and no
further. The detail code's means at the finest level are added to the enlarged pictures, one tenth
of them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from heliochrome.model.card import (
    ModelCard,
    RestylerFacts,
    TensorFacts,
    TrainingFacts,
    write_card,
)

LEVELS = (3, 3, 3)
CODE = sum(LEVELS)
STRIDES = (2, 4, 8)
SHARES = (0.25, 0.25, 0.5)
DETAIL_SHARE = 0.1
HALO = 16
ENCODER_HALO = 8
STYLE_SIZE = 64
SCALES = (1, 2, 4)
NOISE = 1

BINOMIAL = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16


def write_fake_restyler(folder: Path, name: str = "restyler") -> Path:
    """Write `<name>.onnx` and its card into `folder` and return the network's path."""
    network = folder / f"{name}.onnx"
    network.write_bytes(_network().SerializeToString())
    sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
    write_card(fake_restyler_card(name, sha256), folder / f"{name}.card.json")
    return network


def fake_restyler_card(name: str = "restyler", sha256: str = "0" * 64) -> ModelCard:
    code = ("N", 2, CODE)
    return ModelCard(
        name=name,
        version="0.0.1",
        task="restyle",
        architecture="three binomial convolutions with AdaIN",
        inputs=(
            _facts("picture", ("N", 4, "H", "W"), (-128, 128), "CIE L*, a*, b*, mask"),
            _facts("weight", ("N", 1, "H", "W"), (0, 1), "what counts for the moments"),
            _facts("noise", ("N", NOISE, "H", "W"), (-6, 6), "standard normal noise"),
            _facts("content", code, (-100, 100), "code of the photo"),
            _facts("style", code, (-100, 100), "code of the style"),
            _facts("detail", code, (-100, 100), "code of the style at the output's scale"),
        ),
        outputs=(
            _facts("moments", code, (-100, 100), "means of x and of its square"),
            *(_facts(f"x{s}", ("N", 3, f"{s}H", f"{s}W"), (0, 1), "sRGB") for s in SCALES),
        ),
        size_multiple=8,
        scale=1,
        halo=HALO,
        color_space="CIELAB, D65",
        working_size=128,
        sha256=sha256,
        license="Apache-2.0",
        training=TrainingFacts(
            data="none", license_notes="none", steps=0, images=0, hours=0.0, commit=None
        ),
        metrics=None,
        restyler=RestylerFacts(
            channels=LEVELS,
            style_size=STYLE_SIZE,
            encoder_halo=ENCODER_HALO,
            scales=SCALES,
            noise=NOISE,
        ),
    )


def _facts(name: str, shape: tuple[int | str, ...], limits: tuple[float, float], meaning: str):
    return TensorFacts(name=name, shape=shape, range=limits, meaning=meaning)


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {}

    def add(self, kind: str, inputs: list[str], *outputs: str, **attributes: object) -> str:
        """Add a node and return the name of its (first) output."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs[0]

    def constant(self, name: str, values: object, dtype: type = np.float32) -> str:
        self.constants[name] = np.asarray(values, dtype)
        return name

    def convolve(self, source: str, kernel: str, output: str, stride: int = 1) -> str:
        return self.add(
            "Conv",
            [source, kernel],
            output,
            strides=[stride, stride],
            kernel_shape=[3, 3],
            pads=[1] * 4,
        )

    def enlarge(self, source: str, output: str, factor: int) -> str:
        scales = self.constant(f"{output}_scales", [1, 1, factor, factor])
        return self.add("Resize", [source, self.constant("nowhere", []), scales], output)


def _network() -> onnx.ModelProto:
    graph = _Graph()
    graph.constant("spatial", [2, 3], np.int64)
    graph.constant("second", [1], np.int64)
    graph.constant("lab", _diagonal(4) / 100)
    graph.constant("binomial", _diagonal(3))
    for name in ("content", "style", "detail"):
        _split_code(graph, name)
    features = "picture"
    for level, stride in enumerate(STRIDES):
        kernel = "binomial" if level else "lab"
        features = graph.convolve(features, kernel, f"features_{level}", stride=2)
        _take_moments(graph, features, level, stride)
        _adapt(graph, features, level, stride)
    rows = []
    for row in ("mean", "square"):
        flat = graph.add("Concat", [f"{row}_{i}" for i in range(3)], f"{row}_flat", axis=1)
        rows.append(graph.add("Unsqueeze", [flat, "second"], f"{row}_row"))
    # As exporters leave it: backends that drop the last node find a tensor of two names.
    graph.add("Identity", [graph.add("Concat", rows, "joined", axis=1)], "moments")
    # Too little noise to be seen: backends drop an input that nothing needs.
    graph.add("Mul", ["noise", graph.constant("noise_share", 1e-9)], "noise_part")
    graph.add("Sum", [*(f"part_{level}" for level in range(3)), "noise_part"], "sum")
    share = graph.constant("detail_share", DETAIL_SHARE)
    graph.add("Mul", ["detail_mean_0", share], "detail_part")
    for scale in SCALES:
        _render(graph, scale)
    return _model(graph)


def _diagonal(inputs: int) -> np.ndarray:
    """Kernel (3, inputs, 3, 3) that smooths each of the first three channels by itself."""
    kernel = np.zeros((3, inputs, 3, 3), np.float32)
    kernel[[0, 1, 2], [0, 1, 2]] = BINOMIAL
    return kernel


def _split_code(graph: _Graph, name: str) -> None:
    levels = graph.constant("levels", LEVELS, np.int64)
    for index, row in enumerate(("mean", "deviation")):
        chosen = graph.constant(f"row_{index}", index, np.int64)
        values = graph.add("Gather", [name, chosen], f"{name}_{row}", axis=1)
        parts = [f"{name}_{row}_{level}" for level in range(3)]
        graph.add("Split", [values, levels], *(f"{part}_flat" for part in parts), axis=1)
        for part in parts:
            graph.add("Unsqueeze", [f"{part}_flat", "spatial"], part)


def _take_moments(graph: _Graph, features: str, level: int, stride: int) -> None:
    pool = {"kernel_shape": [stride, stride], "strides": [stride, stride]}
    counts = graph.add("AveragePool", ["weight"], f"counts_{level}", **pool)
    total = graph.add("ReduceSum", [counts, "spatial"], f"total_{level}", keepdims=0)
    squares = graph.add("Mul", [features, features], f"squares_{level}")
    for row, values in (("mean", features), ("square", squares)):
        weighted = graph.add("Mul", [values, counts], f"{row}_weighted_{level}")
        summed = graph.add("ReduceSum", [weighted, "spatial"], f"{row}_sum_{level}", keepdims=0)
        graph.add("Div", [summed, total], f"{row}_{level}")


def _adapt(graph: _Graph, features: str, level: int, stride: int) -> None:
    centered = graph.add("Sub", [features, f"content_mean_{level}"], f"centered_{level}")
    normal = graph.add("Div", [centered, f"content_deviation_{level}"], f"normal_{level}")
    scaled = graph.add("Mul", [normal, f"style_deviation_{level}"], f"scaled_{level}")
    adapted = graph.add("Add", [scaled, f"style_mean_{level}"], f"adapted_{level}")
    grown = graph.enlarge(adapted, f"grown_{level}", stride)
    share = graph.constant(f"share_{level}", SHARES[level])
    graph.add("Mul", [grown, share], f"part_{level}")


def _render(graph: _Graph, scale: int) -> None:
    large = graph.enlarge("sum", f"large_{scale}", scale)
    result = graph.convolve(large, "binomial", f"smooth_{scale}")
    if scale > 1:
        result = graph.add("Add", [result, "detail_part"], f"lifted_{scale}")
    limits = [graph.constant("zero", 0), graph.constant("one", 1)]
    graph.add("Clip", [result, *limits], f"x{scale}")


def _model(graph: _Graph) -> onnx.ModelProto:
    card = fake_restyler_card()
    inputs, outputs = (
        [helper.make_tensor_value_info(f.name, TensorProto.FLOAT, f.shape) for f in facts]
        for facts in (card.inputs, card.outputs)
    )
    constants = [numpy_helper.from_array(v, name) for name, v in graph.constants.items()]
    made = helper.make_graph(graph.nodes, "fake_restyler", inputs, outputs, constants)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
