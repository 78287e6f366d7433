"""How fast this machine convolves at best: the yardstick for a network's speed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from heliochrome.evaluation.network_cost import count_flops

# (channels, side): compute-bound 3x3 convolutions, like those of a U-Net from top to bottom
SHAPES = ((64, 128), (64, 256), (128, 64), (128, 128), (256, 32), (256, 64), (384, 32), (512, 32))
LAYERS = 4
SECONDS_PER_SHAPE = 0.6


def convolution_peak(threads: int | None = None) -> tuple[float, tuple[int, int]]:
    """Best GFLOPS of ONNX Runtime over `SHAPES`, and the (channels, side) that reached it."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    speeds = {shape: _gflops(*shape, options) for shape in SHAPES}
    best = max(speeds, key=lambda shape: speeds[shape])
    return speeds[best], best


def best_seconds(run: object, seconds: float) -> float:
    """Shortest duration of calls of `run` within about `seconds`, after a first one to warm up."""
    return min(_durations(run, seconds))


def _durations(run: object, seconds: float) -> Iterator[float]:
    assert callable(run)
    run()
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        run()
        stop = time.perf_counter()
        yield stop - start
        if stop > end:
            return


def _gflops(channels: int, side: int, options: onnxruntime.SessionOptions) -> float:
    model = _convolutions(channels)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    x = np.random.default_rng(0).standard_normal((1, channels, side, side), np.float32)
    seconds = best_seconds(lambda: session.run(None, {"x": x}), SECONDS_PER_SHAPE)
    return count_flops(model, {"x": x.shape}) / seconds / 1e9


def _convolutions(channels: int) -> onnx.ModelProto:
    """Chain `LAYERS` of them, so that the layout conversions at its ends weigh little."""
    rng = np.random.default_rng(0)
    shape = (channels, channels, 3, 3)
    weights = [
        numpy_helper.from_array(rng.standard_normal(shape, np.float32) / channels, f"w{index}")
        for index in range(LAYERS)
    ]
    names = ["x", *(f"x{index}" for index in range(1, LAYERS)), "y"]
    nodes = [
        helper.make_node("Conv", [names[index], f"w{index}"], [names[index + 1]], pads=[1, 1, 1, 1])
        for index in range(LAYERS)
    ]
    tensor = [1, channels, "h", "w"]
    graph = helper.make_graph(
        nodes,
        "convolutions",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, tensor)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, tensor)],
        weights,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
