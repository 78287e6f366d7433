from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

import fake_restyler
from fake_colorizer import AB_PER_LIGHTNESS, BINS, fake_card, write_fake_colorizer
from heliochrome.errors import (
    BackendError,
    CardError,
    MissingExtraError,
    ModelError,
    OptionError,
)
from heliochrome.model.card import TensorFacts, write_card
from heliochrome.model.session import Network, bucket_size, open_network, pad_to
from heliochrome.model.store import find_model


def _inputs(level: float = 75.0, size: int = 16) -> dict[str, np.ndarray]:
    return {
        "lightness": np.full((1, 1, size, size), level, np.float32),
        "hints": np.zeros((1, 2, size, size), np.float32),
        "mask": np.zeros((1, 1, size, size), np.float32),
        "palette": np.zeros((1, len(BINS) + 2), np.float32),
    }


def _mean_ab(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.einsum("nqhw,qc->nchw", weights / weights.sum(axis=1, keepdims=True), np.array(BINS))


def test_a_network_computes_what_its_formula_says(fake_network: Network) -> None:
    logits = fake_network.run(_inputs(level=75))["logits"]
    assert logits.shape == (1, len(BINS), 4, 4)
    # A Gaussian on a 20-unit grid with s = 15 has its mean within 0.2 of the continuous one.
    expected = 25 * np.array(AB_PER_LIGHTNESS)
    np.testing.assert_allclose(_mean_ab(logits)[0, :, 2, 1], expected, atol=0.2)


def test_openvino_agrees_with_onnxruntime(fake_model: Path, fake_network: Network) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    other = open_network(find_model(fake_model), threads=1, backend="openvino")
    ours, theirs = (network.run(_inputs())["logits"] for network in (fake_network, other))
    # OpenVINO may compute in bfloat16 where the processor has it: 8 bits of significand.
    np.testing.assert_allclose(theirs, ours, atol=0.01 * np.abs(ours).max())


def _restyler_inputs(size: int = 16) -> dict[str, np.ndarray]:
    code = np.ones((1, 2, fake_restyler.CODE), np.float32)
    return {
        "picture": np.full((1, 4, size, size), 50, np.float32),
        "weight": np.ones((1, 1, size, size), np.float32),
        "noise": np.zeros((1, fake_restyler.NOISE, size, size), np.float32),
        **dict.fromkeys(("content", "style", "detail"), code),
    }


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_only_the_outputs_asked_for_are_given(fake_restyler: Path, backend) -> None:
    pytest.importorskip(backend, reason=f"'{backend}' is not installed")
    network = open_network(find_model(fake_restyler), threads=1, backend=backend)
    everything = network.run(_restyler_inputs())
    assert list(everything) == ["moments", "x1", "x2", "x4"]
    some = network.run(_restyler_inputs(), {"x2", "moments"})
    assert list(some) == ["moments", "x2"]
    for name, values in some.items():
        np.testing.assert_allclose(values, everything[name], rtol=0.01)


def test_what_no_output_asked_for_needs_is_not_computed(tmp_path: Path) -> None:
    """Proof by a network one of whose outputs cannot be computed."""
    inputs = [helper.make_tensor_value_info("lightness", TensorProto.FLOAT, ["N"])]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N"]) for name in ("good", "bad")
    ]
    wrong = numpy_helper.from_array(np.ones(7, np.float32), "wrong")
    nodes = [
        helper.make_node("Neg", ["lightness"], ["good"]),
        helper.make_node("Add", ["lightness", "wrong"], ["bad"]),
    ]
    graph = helper.make_graph(nodes, "half_broken", inputs, outputs, [wrong])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    path = tmp_path / "half.onnx"
    path.write_bytes(made.SerializeToString())
    facts = {"shape": ("N",), "range": (0.0, 1.0), "meaning": "test"}
    card = fake_card("half", hashlib.sha256(path.read_bytes()).hexdigest()).model_copy(
        update={
            "inputs": (TensorFacts(name="lightness", **facts),),
            "outputs": tuple(TensorFacts(name=name, **facts) for name in ("good", "bad")),
        }
    )
    write_card(card, tmp_path / "half.card.json")
    network = open_network(find_model(path), threads=1)
    given = {"lightness": np.ones(3, np.float32)}
    np.testing.assert_array_equal(network.run(given, ["good"])["good"], [-1, -1, -1])
    with pytest.raises(ModelError, match="failed while running"):
        network.run(given)


@pytest.mark.parametrize("outputs", [[], ["sorcery"], ["logits", "sorcery"]])
def test_unknown_outputs_are_refused(fake_network: Network, outputs: list[str]) -> None:
    with pytest.raises(ModelError, match="was asked for the outputs"):
        fake_network.run(_inputs(), outputs)


def test_threads_share_one_network(fake_network: Network) -> None:
    def mean_a(level: float) -> float:
        return float(_mean_ab(fake_network.run(_inputs(level))["logits"])[0, 0, 0, 0])

    levels = [float(level) for level in range(10, 90, 2)]
    alone = [mean_a(level) for level in levels]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(mean_a, levels)) == alone


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lightness": np.zeros((1, 3, 16, 16), np.float32)}, "'lightness' has the shape"),
        ({"palette": np.zeros((1, 5), np.float32)}, "'palette' has the shape"),
        ({"surprise": np.zeros((1,), np.float32)}, "was given the inputs"),
        ({"mask": np.zeros((1, 1, 32, 16), np.float32)}, "failed while running"),
    ],
)
def test_wrong_inputs_are_model_errors(fake_network: Network, change, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        fake_network.run(_inputs() | change)


def test_a_network_that_is_not_its_cards_is_refused(tmp_path: Path) -> None:
    network = write_fake_colorizer(tmp_path)
    sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
    card = fake_card("colorizer", sha256)
    inputs = (card.inputs[0].model_copy(update={"name": "luma"}), *card.inputs[1:])
    write_card(card.model_copy(update={"inputs": inputs}), tmp_path / "colorizer.card.json")
    with pytest.raises(CardError, match=r"has the inputs .* but its card states luma"):
        open_network(find_model(network))


def test_a_file_that_is_no_network_is_refused(tmp_path: Path) -> None:
    (tmp_path / "noise.onnx").write_bytes(b"not a network")
    sha256 = hashlib.sha256(b"not a network").hexdigest()
    write_card(fake_card("noise", sha256), tmp_path / "noise.card.json")
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_network(find_model(tmp_path / "noise.onnx"))


def test_options_are_checked_before_anything_is_loaded(fake_model: Path) -> None:
    with pytest.raises(OptionError, match="threads"):
        open_network(find_model(fake_model), threads=0)
    with pytest.raises(OptionError, match="backend"):
        open_network(find_model(fake_model), backend="tpu")  # type: ignore[arg-type]


def test_a_backend_that_is_not_installed_names_its_extra(
    fake_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'heliochrome\[openvino\]'"):
        open_network(find_model(fake_model), backend="openvino")


@pytest.fixture
def broken_backend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a package of a name in the way of the installed one, that does on import what is said."""

    def put(name: str, program: str) -> None:
        (tmp_path / f"{name}.py").write_text(program)
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(tmp_path)

    return put


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
@pytest.mark.parametrize(
    "program", ["raise ImportError('DLL load failed')", "import one_that_is_not_there"]
)
def test_a_backend_that_does_not_load_is_named(
    fake_model: Path, broken_backend: Callable, backend, program: str
) -> None:
    broken_backend(backend, program)
    with pytest.raises(BackendError, match="cannot be imported") as caught:
        open_network(find_model(fake_model), backend=backend)
    assert caught.value.subject == backend
    assert caught.value.remedy.endswith(f"pip install --force-reinstall {backend}")


INTERRUPTED = """
try:
    raise KeyboardInterrupt
except KeyboardInterrupt as error:
    raise ImportError("numpy failed to import"){cause}
"""


@pytest.mark.parametrize("cause", ["", " from error", " from None"])
@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_an_interrupt_stays_one_while_a_backend_loads(
    fake_model: Path, broken_backend: Callable, backend, cause: str
) -> None:
    broken_backend(backend, INTERRUPTED.format(cause=cause))
    with pytest.raises(KeyboardInterrupt):
        open_network(find_model(fake_model), backend=backend)


def test_an_interrupt_stays_one_while_a_network_is_read(
    fake_model: Path, broken_backend: Callable
) -> None:
    lines = INTERRUPTED.format(cause=" from error").strip().splitlines()
    broken_backend("onnxruntime", "\n    ".join(["def SessionOptions():", *lines]))
    with pytest.raises(KeyboardInterrupt):
        open_network(find_model(fake_model))


def test_few_buckets_hold_all_shapes() -> None:
    shapes = {bucket_size(height, 384, 16) for height in range(1, 385)}
    assert len(shapes) == 12
    assert bucket_size(64, 65, 16) == (64, 96)
    assert bucket_size(1, 1, 48) == (96, 96)  # least common multiple of 32 and 48


def test_padding_mirrors_even_beyond_the_planes_own_size() -> None:
    planes = np.array([[[1, 2, 3]]], np.float32)
    padded = pad_to(planes, 2, 8)
    assert padded.shape == (1, 2, 8)
    np.testing.assert_array_equal(padded[0], [[1, 2, 3, 3, 2, 1, 1, 2]] * 2)
