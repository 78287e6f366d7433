"""Arithmetic of a network in an ONNX file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import onnx

from heliochrome.errors import ModelError

Shape = tuple[int, ...]
_Counter = Callable[[onnx.NodeProto, Mapping[str, Shape]], int]


def count_flops(model: onnx.ModelProto, inputs: Mapping[str, Shape]) -> int:
    """Count the floating-point operations of all convolutions and matrix products of one run.

    A multiplication and an addition count as two. Everything else (activations, norms, resizing)
    is left out, as is usual where a network's speed is compared with a convolution's.

    Args:
        model: the network; not changed.
        inputs: shape of every input.

    Raises:
        ModelError: a size that is needed does not follow from those of the inputs.

    """
    shapes = _infer_shapes(model, inputs)
    total = 0
    for node in model.graph.node:
        counter = _COUNTERS.get(node.op_type)
        if counter is not None:
            total += counter(node, shapes)
    return total


def _infer_shapes(model: onnx.ModelProto, inputs: Mapping[str, Shape]) -> _KnownShapes:
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    # Shapes recorded at export with free dimensions would win over those that follow here.
    del fixed.graph.value_info[:]
    for entry in fixed.graph.input:
        _fix(entry, inputs)
    for entry in fixed.graph.output:
        entry.type.tensor_type.ClearField("shape")
    try:
        inferred = onnx.shape_inference.infer_shapes(fixed, strict_mode=True, data_prop=True)
    except onnx.shape_inference.InferenceError as error:
        raise ModelError(
            model.graph.name, f"does not take these inputs ({error})", "give shapes that fit"
        ) from error
    graph = inferred.graph
    known = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    for value in (*graph.input, *graph.value_info, *graph.output):
        known[value.name] = tuple(d.dim_value for d in value.type.tensor_type.shape.dim)
    return _KnownShapes(known)


def _fix(entry: onnx.ValueInfoProto, inputs: Mapping[str, Shape]) -> None:
    if entry.name not in inputs:
        raise ModelError(entry.name, "has no shape", "give the shape of every input")
    entry.type.tensor_type.ClearField("shape")
    for size in inputs[entry.name]:
        entry.type.tensor_type.shape.dim.add().dim_value = size


class _KnownShapes(dict[str, Shape]):
    """Shapes by tensor name; asking for one that could not be inferred is an error."""

    def __missing__(self, name: str) -> Shape:
        raise ModelError(name, "has a shape that cannot be inferred", "export with static shapes")


def _convolution(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    # Every output value sums over the weights of one filter: (inputs / groups) · kernel.
    return 2 * math.prod(shapes[node.output[0]]) * math.prod(shapes[node.input[1]][1:])


def _transposed_convolution(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    # Every input value is spread over the weights of its channel: (outputs / groups) · kernel.
    return 2 * math.prod(shapes[node.input[0]]) * math.prod(shapes[node.input[1]][1:])


def _matrix_product(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    return 2 * math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]


def _general_product(node: onnx.NodeProto, shapes: Mapping[str, Shape]) -> int:
    transposed = any(entry.name == "transA" and entry.i for entry in node.attribute)
    inner = shapes[node.input[0]][0 if transposed else 1]
    return 2 * math.prod(shapes[node.output[0]]) * inner


_COUNTERS: dict[str, _Counter] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed_convolution,
    "Gemm": _general_product,
    "MatMul": _matrix_product,
}
