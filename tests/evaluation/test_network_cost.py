from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from heliochrome.errors import ModelError
from heliochrome.evaluation.network_cost import count_flops


def network(node: onnx.NodeProto, rank: int, **weights: np.ndarray) -> onnx.ModelProto:
    free = [f"d{axis}" for axis in range(rank)]
    graph = helper.make_graph(
        [node],
        "one layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, free)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [
            numpy_helper.from_array(array.astype(np.float32), name)
            for name, array in weights.items()
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def layer(kind: str, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(kind, ["x", "w"], ["y"], **attributes)


def test_convolution() -> None:
    model = network(layer("Conv", pads=[1, 1, 1, 1]), 4, w=np.zeros((16, 3, 3, 3)))
    # 10 x 12 x 16 outputs of 27 multiplications and additions
    assert count_flops(model, {"x": (1, 3, 10, 12)}) == 2 * 10 * 12 * 16 * 27


def test_stride_batch_and_groups() -> None:
    model = network(layer("Conv", strides=[2, 2], group=4), 4, w=np.zeros((8, 2, 2, 2)))
    assert count_flops(model, {"x": (3, 8, 10, 12)}) == 2 * 3 * 5 * 6 * 8 * (2 * 2 * 2)


def test_transposed_convolution() -> None:
    model = network(layer("ConvTranspose", strides=[2, 2]), 4, w=np.zeros((8, 5, 2, 2)))
    assert count_flops(model, {"x": (1, 8, 4, 6)}) == 2 * 4 * 6 * 8 * (5 * 2 * 2)


@pytest.mark.parametrize(("transposed", "shape"), [(0, (4, 7)), (1, (7, 4))])
def test_general_matrix_product(transposed: int, shape: tuple[int, int]) -> None:
    model = network(layer("Gemm", transA=transposed), 2, w=np.zeros((7, 5)))
    assert count_flops(model, {"x": shape}) == 2 * 4 * 7 * 5


def test_matrix_product() -> None:
    model = network(layer("MatMul"), 3, w=np.zeros((7, 5)))
    assert count_flops(model, {"x": (2, 4, 7)}) == 2 * 2 * 4 * 7 * 5


def test_other_layers_are_free() -> None:
    assert count_flops(network(helper.make_node("Relu", ["x"], ["y"]), 2), {"x": (4, 4)}) == 0


def test_the_colorizer_costs_its_convolution(fake_model) -> None:
    shapes = {
        "lightness": (1, 1, 64, 64),
        "hints": (1, 2, 64, 64),
        "mask": (1, 1, 64, 64),
        "palette": (1, 51),
    }
    # 16 x 16 cells of 49 bins, each from 3 channels
    assert count_flops(onnx.load(fake_model), shapes) == 2 * 16 * 16 * 49 * 3


def test_shapes_must_be_given_and_fit() -> None:
    model = network(layer("Conv"), 4, w=np.zeros((16, 3, 3, 3)))
    with pytest.raises(ModelError, match="shape of every input"):
        count_flops(model, {})
    product = network(layer("MatMul"), 3, w=np.zeros((7, 5)))
    with pytest.raises(ModelError, match="does not take these inputs"):
        count_flops(product, {"x": (2, 4, 6)})
