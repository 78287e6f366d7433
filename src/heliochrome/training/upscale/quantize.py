"""Upscalers in 8-bit integers: several times faster on a CPU, and somewhat less exact."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor

from heliochrome.errors import DataError
from heliochrome.model.store import StoredModel
from heliochrome.training.config import load_config_of
from heliochrome.training.export_run import write_card
from heliochrome.training.upscale.config import UpscaleConfig
from heliochrome.training.upscale.data import open_upscale_data, validation_batch
from heliochrome.training.upscale.degrade import degrade

SUFFIX = "-int8"
"""What the name of a quantized network ends in."""

_COLORS = 3


class _Pictures(CalibrationDataReader):
    """Hands pictures (h, w, 3) uint8 sRGB on as the network's inputs.

    One that removes noise gets every picture with none and with all of it.
    """

    def __init__(self, pictures: Iterable[NDArray[np.uint8]], *, denoise: bool) -> None:
        noises = (0.0, 1.0) if denoise else (None,)
        self._given: Iterator[dict[str, Any]] = (
            self._inputs(pixels, noise) for pixels in pictures for noise in noises
        )

    def get_next(self) -> dict[str, Any] | None:
        """Give the next picture's inputs; None behind the last."""
        return next(self._given, None)

    @staticmethod
    def _inputs(pixels: NDArray[np.uint8], noise: float | None) -> dict[str, Any]:
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], np.float32) / 255
        if noise is None:
            return {"picture": planes}
        return {"picture": planes, "noise": np.full((1, 1, 1, 1), noise, np.float32)}


def held_out_pictures(run: Path) -> list[NDArray[np.uint8]]:
    """Give the pictures that a run was not trained on, as its network is given them (h, w, 3).

    Of a crisp run there are as many degraded ones as clean ones.

    Raises:
        ConfigError: the run's configuration cannot be read or is of another task.
        DataError: its pictures are not where they were.

    """
    config = load_config_of(UpscaleConfig, run / "config.yaml")
    _, held = open_upscale_data(config)
    batch = validation_batch(held, config)
    clean = _pixels(batch.picture)
    if not config.is_crisp:
        return clean
    rng = np.random.default_rng(config.seed)
    damage = config.data.degrade
    return [*clean, *(degrade(t, config.scale, damage, rng)[0] for t in _pixels(batch.truth))]


def _pixels(batch: Tensor) -> list[NDArray[np.uint8]]:
    """Give pictures (h, w, 3) of a batch (N, 3, h, w) in 0..1."""
    return list((batch * 255).round().byte().permute(0, 2, 3, 1).numpy())


def quantize_upscaler(
    model: StoredModel, pictures: Iterable[NDArray[np.uint8]], output: Path
) -> StoredModel:
    """Write `output` (an .onnx) and its card: `model` with the convolutions of its blocks in int8.

    The first and the last convolution, the bicubic skip and all sums stay in float32: they decide
    how exact the result is, and take little time. Ranges are those met on `pictures`.

    Args:
        model: an upscaler as `export_upscaler` writes it.
        pictures: small pictures (h, w, 3) uint8 sRGB, as the network would be given; a few dozen.
        output: the name of the network is this file's.

    Raises:
        DataError: there are no pictures.

    """
    chosen = list(pictures)
    if not chosen:
        raise DataError("calibration", "has no pictures", "give some dozen small pictures")
    facts = model.card.upscaler
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        # Weights are stored as float16 behind a cast: fold these first.
        quant_pre_process(str(model.path), str(plain), skip_symbolic_shape=True)
        quantize_static(
            str(plain),
            str(output),
            _Pictures(chosen, denoise=facts is not None and facts.denoise),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            nodes_to_exclude=_outer_convolutions(onnx.load(plain), model.card.scale),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    sha256 = hashlib.sha256(output.read_bytes()).hexdigest()
    changes = {
        "name": output.stem,
        "sha256": sha256,
        "architecture": f"{model.card.architecture}; blocks in int8",
        "metrics": None,
    }
    card = model.card.model_copy(update=changes)
    write_card(card, output)
    return StoredModel(card, output)


def _outer_convolutions(model: onnx.ModelProto, scale: int) -> list[str]:
    """Names of the convolutions that take colors in or give them out."""
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    outer = []
    for node in model.graph.node:
        if node.op_type == "Conv":
            outputs, inputs = shapes[node.input[1]][:2]
            if inputs == _COLORS or outputs == _COLORS * scale**2:
                outer.append(node.name)
    return outer
