from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from heliochrome.model.pruning import prune


def test_what_leads_to_an_output_stays_and_nothing_else(fake_restyler: Path) -> None:
    whole = onnx.load(fake_restyler).graph
    part = onnx.load_from_string(prune(fake_restyler.read_bytes(), ["moments"]))
    onnx.checker.check_model(part)
    assert [output.name for output in part.graph.output] == ["moments"]
    assert list(part.graph.input) == list(whole.input)
    kinds = [node.op_type for node in part.graph.node]
    assert kinds.count("Conv") == 3  # of the encoder; the others are the scales'
    assert "Resize" not in kinds
    whole_order = [node.output[0] for node in whole.node]
    order = [whole_order.index(node.output[0]) for node in part.graph.node]
    assert order == sorted(order)


def test_what_nothing_needs_goes_and_the_rest_is_untouched(fake_restyler: Path) -> None:
    whole = onnx.load(fake_restyler)
    names = [output.name for output in whole.graph.output]
    once = onnx.load_from_string(prune(fake_restyler.read_bytes(), names))
    # The fake splits the detail code into more rows than it uses.
    gone = [node for node in whole.graph.node if node not in once.graph.node]
    assert gone
    assert all(name.startswith("detail") for node in gone for name in node.output)
    for node in gone:
        whole.graph.node.remove(node)
    assert once == whole


def test_what_is_no_network_is_refused(fake_restyler: Path) -> None:
    data = fake_restyler.read_bytes()
    for wrong in (data[:-1], data + b"\x80", b"\xff" * 20, b"\x0b\x01"):
        with pytest.raises(ValueError, match="ends too early|wire type"):
            prune(wrong, ["moments"])
