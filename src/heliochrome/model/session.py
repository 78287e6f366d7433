"""Running a trained network: ONNX Runtime, or OpenVINO where it is installed and asked for.

Both are imported only when a network is opened. Every fact about a network comes from its card.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from heliochrome.errors import CardError, MissingExtraError, ModelError, OptionError
from heliochrome.model.card import ModelCard, TensorFacts
from heliochrome.model.store import StoredModel, read_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

Backend = Literal["onnxruntime", "openvino"]

# Sizes are padded up to multiples of this many pixels (or of the card's own multiple where that is
# larger), so that photos of all shapes meet a few dozen input shapes at most: both backends plan
# memory per shape, and plans for ever new shapes pile up.
BUCKET = 32

_Inputs = Mapping[str, "NDArray[np.float32]"]
_Outputs = dict[str, "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class Network:
    """An opened network with its card. May be run from several threads at once."""

    card: ModelCard
    backend: Backend
    _execute: Callable[[_Inputs], _Outputs]

    def run(self, inputs: _Inputs) -> _Outputs:
        """Run the network once on float32 arrays, named and shaped as the card states.

        Raises:
            ModelError: an input is missing, unknown or of another shape than the card states, or
                the backend failed.

        """
        _check_inputs(self.card, inputs)
        try:
            return self._execute(inputs)
        except Exception as error:  # each backend has its own untyped exceptions
            raise ModelError(
                self.card.name,
                f"failed while running ({_first_line(error)})",
                "try the other backend, or verify it with `heliochrome models verify`",
            ) from error


def open_network(
    model: StoredModel, *, threads: int | None = None, backend: Backend = "onnxruntime"
) -> Network:
    """Verify and load a network.

    Args:
        model: what `find_model` returned.
        threads: CPU threads to use; `None` leaves the choice to the backend (all cores).
        backend: "onnxruntime", or "openvino" with the extra of the same name.

    Raises:
        ModelTamperedError: the file's hash is not the card's.
        CardError: the network's inputs or outputs are not those of the card.
        ModelError: the file is not a network that the backend can load.
        MissingExtraError: OpenVINO is not installed.
        OptionError: `threads` is below 1 or `backend` is unknown.

    """
    if threads is not None and threads < 1:
        raise OptionError("threads", f"is {threads}", "give 1 or more")
    loaders = {"onnxruntime": _load_onnxruntime, "openvino": _load_openvino}
    if backend not in loaders:
        raise OptionError("backend", f"'{backend}' is unknown", f"use one of {', '.join(loaders)}")
    data = read_network(model)
    names_in, names_out, execute = loaders[backend](model, data, threads)
    _check_names(model, "inputs", model.card.inputs, names_in)
    _check_names(model, "outputs", model.card.outputs, names_out)
    return Network(model.card, backend, execute)


def bucket_size(height: int, width: int, multiple: int) -> tuple[int, int]:
    """Size (height, width) in pixels to which an input of this size is padded before a run."""
    step = math.lcm(BUCKET, multiple)
    return -(-height // step) * step, -(-width // step) * step


def pad_to(planes: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Pad (..., H, W) at the bottom and right by mirroring, the border pixel included."""
    rows, columns = height - planes.shape[-2], width - planes.shape[-1]
    margins = [(0, 0)] * (planes.ndim - 2) + [(0, rows), (0, columns)]
    return np.pad(planes, margins, mode="symmetric")


_Loaded = tuple[list[str], list[str], Callable[[_Inputs], _Outputs]]


def _load_onnxruntime(model: StoredModel, data: bytes, threads: int | None) -> _Loaded:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3  # errors only: its warnings are of no use to a user
    try:
        session = onnxruntime.InferenceSession(
            data, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:
        raise _unloadable(model, error) from error
    names_out = [output.name for output in session.get_outputs()]

    def execute(inputs: _Inputs) -> _Outputs:
        return dict(zip(names_out, session.run(names_out, dict(inputs)), strict=True))

    return [entry.name for entry in session.get_inputs()], names_out, execute


def _load_openvino(model: StoredModel, data: bytes, threads: int | None) -> _Loaded:
    try:
        import openvino
    except ImportError as error:
        raise MissingExtraError("backend openvino", "openvino") from error
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    try:
        compiled = openvino.compile_model(openvino.Core().read_model(data), "CPU", settings)
    except Exception as error:
        raise _unloadable(model, error) from error
    names_out = [output.any_name for output in compiled.outputs]

    def execute(inputs: _Inputs) -> _Outputs:
        request = compiled.create_infer_request()  # one per call: requests are not thread-safe
        results = request.infer(dict(inputs))
        return {name: np.array(results[name], np.float32) for name in names_out}

    return [entry.any_name for entry in compiled.inputs], names_out, execute


def _check_names(
    model: StoredModel, kind: str, facts: tuple[TensorFacts, ...], found: list[str]
) -> None:
    stated = [fact.name for fact in facts]
    if sorted(stated) != sorted(found):
        raise CardError(
            model.path,
            f"has the {kind} {', '.join(found)} but its card states {', '.join(stated)}",
            "export the network and its card together",
        )


def _check_inputs(card: ModelCard, inputs: _Inputs) -> None:
    stated = {fact.name: fact.shape for fact in card.inputs}
    if stated.keys() != inputs.keys():
        raise ModelError(
            card.name, f"was given the inputs {sorted(inputs)}", f"give {sorted(stated)}"
        )
    for name, shape in stated.items():
        if not _fits(inputs[name].shape, shape):
            raise ModelError(
                card.name, f"input '{name}' has the shape {inputs[name].shape}", f"give {shape}"
            )


def _fits(found: tuple[int, ...], stated: tuple[int | str, ...]) -> bool:
    return len(found) == len(stated) and all(
        isinstance(expected, str) or size == expected
        for size, expected in zip(found, stated, strict=True)
    )


def _unloadable(model: StoredModel, error: Exception) -> ModelError:
    return ModelError(
        model.path, f"cannot be loaded ({_first_line(error)})", "install the network again"
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
