"""Running a trained network: ONNX Runtime, or OpenVINO where it is installed and asked for.

Both are imported only when a network is opened. Every fact about a network comes from its card.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from heliochrome.errors import (
    BackendError,
    CardError,
    MissingExtraError,
    ModelError,
    OptionError,
)
from heliochrome.model.backend_import import first_line, import_backend, raise_interrupt
from heliochrome.model.card import ModelCard, TensorFacts
from heliochrome.model.pruning import prune
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
# What runs a network: from its inputs and the names of the outputs wanted to these outputs.
_Execute = Callable[[_Inputs, tuple[str, ...]], _Outputs]


@dataclass(frozen=True, slots=True)
class Network:
    """An opened network with its card. May be run from several threads at once."""

    card: ModelCard
    backend: Backend
    _execute: _Execute

    def run(self, inputs: _Inputs, outputs: Collection[str] | None = None) -> _Outputs:
        """Run the network once on float32 arrays, named and shaped as the card states.

        Args:
            inputs: all inputs; those that no wanted output depends on only need the right shape.
            outputs: the outputs wanted, and nothing else is computed; None for all of them.

        Raises:
            ModelError: an input is missing, unknown or of another shape than the card states, an
                output is unknown, or the backend failed.

        """
        _check_inputs(self.card, inputs)
        wanted = _wanted_outputs(self.card, outputs)
        try:
            return self._execute(inputs, wanted)
        except Exception as error:  # each backend has its own untyped exceptions
            raise_interrupt(error)
            raise ModelError(
                self.card.name,
                f"failed while running ({first_line(error)})",
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
        BackendError: what runs networks cannot be imported.
        OptionError: `threads` is below 1 or `backend` is unknown.

    """
    if threads is not None and threads < 1:
        raise OptionError("threads", f"is {threads}", "give 1 or more")
    stated = frozenset(fact.name for fact in (*model.card.inputs, *model.card.outputs))
    loaders: dict[str, Callable[[int | None, bytes], _Loaded]] = {
        "onnxruntime": _load_onnxruntime,
        "openvino": partial(_load_openvino, stated),
    }
    if backend not in loaders:
        raise OptionError("backend", f"'{backend}' is unknown", f"use one of {', '.join(loaders)}")
    data = read_network(model)
    load = partial(loaders[backend], threads)
    whole = _load_whole(model, data, load)
    _check_names(model, "inputs", model.card.inputs, whole[0])
    _check_names(model, "outputs", model.card.outputs, whole[1])
    return Network(model.card, backend, _partial_execution(data, load, whole))


def bucket_size(height: int, width: int, multiple: int) -> tuple[int, int]:
    """Size (height, width) in pixels to which an input of this size is padded before a run."""
    step = math.lcm(BUCKET, multiple)
    return -(-height // step) * step, -(-width // step) * step


def pad_to(planes: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Pad (..., H, W) at the bottom and right by mirroring, the border pixel included."""
    rows, columns = height - planes.shape[-2], width - planes.shape[-1]
    margins = [(0, 0)] * (planes.ndim - 2) + [(0, rows), (0, columns)]
    return np.pad(planes, margins, mode="symmetric")


# What a backend makes of an ONNX file: names of the inputs and outputs, and what computes them all.
_Loaded = tuple[list[str], list[str], Callable[[_Inputs], _Outputs]]


def _load_whole(model: StoredModel, data: bytes, load: Callable[[bytes], _Loaded]) -> _Loaded:
    try:
        return load(data)
    except (BackendError, MissingExtraError):
        raise
    except Exception as error:  # each backend has its own untyped exceptions
        raise_interrupt(error)
        raise ModelError(
            model.path, f"cannot be loaded ({first_line(error)})", "install the network again"
        ) from error


def _load_onnxruntime(threads: int | None, data: bytes) -> _Loaded:
    onnxruntime = import_backend("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0
    options.log_severity_level = 3  # errors only: its warnings are of no use to a user
    session = onnxruntime.InferenceSession(
        data, sess_options=options, providers=["CPUExecutionProvider"]
    )
    names_out = [output.name for output in session.get_outputs()]

    def execute(inputs: _Inputs) -> _Outputs:
        return dict(zip(names_out, session.run(names_out, dict(inputs)), strict=True))

    return [entry.name for entry in session.get_inputs()], names_out, execute


def _load_openvino(stated: frozenset[str], threads: int | None, data: bytes) -> _Loaded:
    openvino = import_backend("openvino", extra="openvino")
    settings: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        settings["INFERENCE_NUM_THREADS"] = threads
    compiled = openvino.compile_model(openvino.Core().read_model(data), "CPU", settings)

    def name(entry: Any) -> str:
        # A tensor may have names besides the one in the file: those of what was merged into it.
        names: set[str] = entry.get_names()
        return min(stated & names, default=min(names))

    names_in, names_out = (
        [name(entry) for entry in entries] for entries in (compiled.inputs, compiled.outputs)
    )

    def execute(inputs: _Inputs) -> _Outputs:
        request = compiled.create_infer_request()  # one per call: requests are not thread-safe
        # Inputs that nothing needs are no longer there in what was compiled.
        results = request.infer({name: inputs[name] for name in names_in})
        return {name: np.array(results[name], np.float32) for name in names_out}

    return names_in, names_out, execute


def _partial_execution(data: bytes, load: Callable[[bytes], _Loaded], whole: _Loaded) -> _Execute:
    """Make what computes any outputs wanted, and nothing else, by loading a part for each choice.

    Parts are kept: a task asks for one or two choices, over and over.
    """
    _, names_out, execute_all = whole

    @cache
    def executor(wanted: frozenset[str]) -> Callable[[_Inputs], _Outputs]:
        return execute_all if wanted == set(names_out) else load(prune(data, wanted))[2]

    def execute(inputs: _Inputs, wanted: tuple[str, ...]) -> _Outputs:
        given = executor(frozenset(wanted))(inputs)
        return {name: given[name] for name in wanted}

    return execute


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


def _wanted_outputs(card: ModelCard, outputs: Collection[str] | None) -> tuple[str, ...]:
    """Names of the outputs to compute, in the card's order."""
    stated = [fact.name for fact in card.outputs]
    if outputs is None:
        return tuple(stated)
    if not outputs or not set(outputs) <= set(stated):
        raise ModelError(card.name, f"was asked for the outputs {sorted(outputs)}", f"ask {stated}")
    return tuple(name for name in stated if name in outputs)


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
