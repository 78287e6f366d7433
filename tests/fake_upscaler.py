"""A tiny stand-in for a trained upscaler that keeps its contract and can be foretold.

It smooths with a 3x3 binomial, repeats every pixel `scale` times a side, and smooths again: it sees
two pixels far, and leaves flat areas and the inside of ramps as they are. Like a network that was
trained with its border, it does not darken that: what it pads with are copies of border pixels. One
that removes noise adds a tenth of the noise it is told of.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from heliochrome.model.card import (
    ModelCard,
    TensorFacts,
    TrainingFacts,
    UpscalerFacts,
    write_card,
)

HALO = 2
NOISE_SHARE = 0.1
BINOMIAL = np.outer([1, 2, 1], [1, 2, 1]).astype(np.float32) / 16


def write_fake_upscaler(
    folder: Path,
    name: str | None = None,
    *,
    scale: int = 2,
    mode: Literal["faithful", "crisp"] = "faithful",
    denoise: bool = False,
    full_scale: float = 1.0,
    lift: float = 0.0,
) -> Path:
    """Write `<name>.onnx` and its card into `folder` and return the network's path.

    It takes and gives 0 to `full_scale`, and makes everything `lift` of that lighter.
    """
    name = name or f"upscaler-{mode}-x{scale}"
    network = folder / f"{name}.onnx"
    network.write_bytes(fake_upscaler(scale, denoise, full_scale * lift).SerializeToString())
    sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
    card = fake_upscaler_card(
        name, sha256, scale=scale, mode=mode, denoise=denoise, full_scale=full_scale
    )
    write_card(card, folder / f"{name}.card.json")
    return network


def fake_upscaler_card(
    name: str = "upscaler-faithful-x2",
    sha256: str = "0" * 64,
    *,
    scale: int = 2,
    mode: Literal["faithful", "crisp"] = "faithful",
    denoise: bool = False,
    full_scale: float = 1.0,
) -> ModelCard:
    limits = (0.0, full_scale)
    large = ("N", 3, f"{scale}*H", f"{scale}*W")
    noise = TensorFacts(name="noise", shape=("N", 1, 1, 1), range=(0.0, 1.0), meaning="noise")
    return ModelCard(
        name=name,
        version="0.0.1",
        task="upscale",
        architecture="two binomial convolutions",
        inputs=(
            TensorFacts(name="picture", shape=("N", 3, "H", "W"), range=limits, meaning="sRGB"),
            *([noise] if denoise else []),
        ),
        outputs=(TensorFacts(name="enlarged", shape=large, range=limits, meaning="sRGB"),),
        size_multiple=1,
        scale=scale,
        halo=HALO,
        color_space="sRGB",
        working_size=64,
        sha256=sha256,
        license="Apache-2.0",
        training=TrainingFacts(
            data="none", license_notes="none", steps=0, images=0, hours=0.0, commit=None
        ),
        metrics=None,
        upscaler=UpscalerFacts(mode=mode, denoise=denoise),
    )


def fake_upscaler(scale: int, denoise: bool = False, lift: float = 0.0) -> onnx.ModelProto:
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    kernel[[0, 1, 2], [0, 1, 2]] = BINOMIAL
    constants = {
        "kernel": kernel,
        "scales": np.array([1, 1, scale, scale], np.float32),
        "nowhere": np.zeros(0, np.float32),
        "lift": np.array(lift, np.float32),
        "share": np.array(NOISE_SHARE, np.float32),
        "margins": np.array([0, 0, 1, 1] * 2, np.int64),
    }
    nodes = [
        helper.make_node("Pad", ["picture", "margins"], ["wide"], mode="edge"),
        helper.make_node("Conv", ["wide", "kernel"], ["smooth"]),
        helper.make_node(
            "Resize",
            ["smooth", "nowhere", "scales"],
            ["large"],
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        ),
        helper.make_node("Pad", ["large", "margins"], ["wider"], mode="edge"),
        helper.make_node("Conv", ["wider", "kernel"], ["result"]),
        helper.make_node("Add", ["result", "lift"], ["lifted" if denoise else "enlarged"]),
    ]
    inputs = [("picture", ("N", 3, "H", "W"))]
    if denoise:
        inputs.append(("noise", ("N", 1, 1, 1)))
        nodes += [
            helper.make_node("Mul", ["noise", "share"], ["part"]),
            helper.make_node("Add", ["lifted", "part"], ["enlarged"]),
        ]
    graph = helper.make_graph(
        nodes,
        "upscaler",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs],
        [helper.make_tensor_value_info("enlarged", TensorProto.FLOAT, ("N", 3, "h", "w"))],
        [numpy_helper.from_array(values, name) for name, values in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    return model
