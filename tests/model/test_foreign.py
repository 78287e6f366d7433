"""Cards of networks from elsewhere, derived by running them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from fake_upscaler import HALO, fake_upscaler
from heliochrome.errors import CardError, ModelError
from heliochrome.model.foreign import Origin, derive_card

FILE = Path("elsewhere.onnx")


def _derive(model: onnx.ModelProto, **origin: object):
    return derive_card(model.SerializeToString(), FILE, Origin("elsewhere", **origin))


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_scale_reach_and_names_are_found_out(scale: int) -> None:
    model = fake_upscaler(scale)
    card = _derive(model, mode="faithful", license="MIT", data="noise", architecture="two layers")
    assert (card.name, card.task, card.scale, card.size_multiple) == (
        "elsewhere",
        "upscale",
        scale,
        1,
    )
    assert HALO <= card.halo <= 4
    assert card.inputs[0].name == "picture"
    assert card.outputs[0].name == "enlarged"
    assert card.inputs[0].range == card.outputs[0].range == (0, 1)
    assert card.upscaler is not None
    assert (card.upscaler.mode, card.upscaler.denoise) == ("faithful", False)
    assert (card.license, card.training.data, card.architecture) == ("MIT", "noise", "two layers")
    assert card.sha256 == hashlib.sha256(model.SerializeToString()).hexdigest()


def _changed(change: Callable[[list], None], scale: int = 2) -> onnx.ModelProto:
    """The fake with other nodes."""
    model = fake_upscaler(scale)
    nodes = list(model.graph.node)
    change(nodes)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return model


def _constant(model: onnx.ModelProto, name: str, values: object) -> None:
    model.graph.initializer.append(numpy_helper.from_array(np.array(values), name))


def test_the_multiple_that_sides_must_have_is_found_out() -> None:
    """This one sorts pixels into 8 x 8 blocks and back first, as windowed attention does."""

    def block(nodes: list) -> None:
        nodes[0].input[0] = "whole"
        nodes.insert(0, helper.make_node("DepthToSpace", ["blocks"], ["whole"], blocksize=8))
        nodes.insert(0, helper.make_node("SpaceToDepth", ["picture"], ["blocks"], blocksize=8))

    card = _derive(_changed(block))
    assert (card.size_multiple, card.scale) == (8, 2)
    assert card.halo % 8 == 0


def test_the_range_of_values_is_found_out() -> None:
    """This one rounds to whole numbers, of which 0..255 has enough."""

    def whole(nodes: list) -> None:
        nodes[0].input[0] = "rounded"
        nodes.insert(0, helper.make_node("Round", ["picture"], ["rounded"]))

    assert _derive(_changed(whole)).inputs[0].range == (0, 255)
    with pytest.raises(CardError, match="not like their input"):
        _derive(_changed(whole), range=(0.0, 1.0))


def test_a_range_that_is_stated_is_believed() -> None:
    assert _derive(fake_upscaler(2), range=(-1.0, 1.0)).inputs[0].range == (-1, 1)


def test_one_that_looks_at_the_whole_gets_wide_surroundings() -> None:
    def normalize(nodes: list) -> None:
        nodes[-1].output[0] = "bright"
        mean = helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=1)
        nodes.append(mean)
        nodes.append(helper.make_node("Add", ["bright", "mean"], ["brighter"]))
        nodes.append(helper.make_node("Sub", ["brighter", "half"], ["enlarged"]))

    model = _changed(normalize)
    _constant(model, "half", np.float32(0.5))
    assert _derive(model).halo >= 32


def _with_input(shape: tuple[int | str, ...], kind: int = TensorProto.FLOAT) -> onnx.ModelProto:
    model = fake_upscaler(2)
    del model.graph.input[:]
    model.graph.input.append(helper.make_tensor_value_info("picture", kind, shape))
    return model


def _negative() -> onnx.ModelProto:
    def negate(nodes: list) -> None:
        nodes[-1].output[0] = "positive"
        nodes.append(helper.make_node("Neg", ["positive"], ["enlarged"]))

    return _changed(negate)


def _fractional() -> onnx.ModelProto:
    model = fake_upscaler(2)
    for tensor in model.graph.initializer:
        if tensor.name == "scales":
            values = np.array([1, 1, 1.5, 1.5], np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, "scales"))
    return model


@pytest.mark.parametrize(
    ("model", "named"),
    [
        (fake_upscaler(2, denoise=True), "has 2 inputs and 1 outputs"),
        (_with_input((1, 3, 64, 64)), "pictures of 64 x 64 pixels only; export it with free"),
        (_with_input(("N", 4, "H", "W")), "takes an input of the shape"),
        (_negative(), "gives pictures that are not like their input"),
        (_fractional(), "nothing that is its input enlarged"),
    ],
)
def test_what_is_no_upscaler_is_refused(model: onnx.ModelProto, named: str) -> None:
    with pytest.raises((CardError, ModelError), match=named):
        _derive(model)


def test_what_is_no_network_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        derive_card(b"nothing", FILE, Origin("elsewhere"))
    assert capfd.readouterr() == ("", "")
