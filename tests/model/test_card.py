from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fake_colorizer import fake_card
from fake_restyler import fake_restyler_card
from heliochrome.errors import CardError
from heliochrome.model.card import read_card, write_card

_RESTYLER = {
    "channels": [64, 128],
    "style_size": 512,
    "encoder_halo": 32,
    "scales": [1, 2, 4],
    "noise": 4,
}


def _written(folder: Path, **changes: Any) -> Path:
    fields = json.loads(fake_card().model_dump_json()) | changes
    path = folder / "colorizer.card.json"
    path.write_text(json.dumps({key: value for key, value in fields.items() if value != "absent"}))
    return path


def test_a_written_card_reads_back_equal(tmp_path: Path) -> None:
    write_card(fake_card(), tmp_path / "a.card.json")
    assert read_card(tmp_path / "a.card.json") == fake_card()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sorcery": 1}, "sorcery"),
        ({"size_multiple": "16"}, "size_multiple"),
        ({"size_multiple": 0}, "size_multiple"),
        ({"working_size": 100}, "working_size must be a multiple of size_multiple"),
        ({"sha256": "ABC"}, "sha256"),
        ({"license": "absent"}, "license"),
        ({"name": ""}, "name"),
        ({"colorizer": None}, "'colorizer' must be given"),
        ({"task": "restyle"}, "'colorizer' must be given"),
        ({"task": "upscale", "colorizer": None, "restyler": _RESTYLER}, "'restyler' must be given"),
        ({"inputs": []}, "inputs"),
    ],
)
def test_a_faulty_field_is_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    path = _written(tmp_path, **changes)
    with pytest.raises(CardError) as caught:
        read_card(path)
    assert named in caught.value.problem
    assert caught.value.subject == str(path)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"temperature": 0}, "temperature"),
        ({"chroma_scale": -1}, "chroma_scale"),
        ({"bins": [[0, 0]]}, "bins"),
        ({"bins": [[0, 0], [1, 2, 3]]}, "bins.1"),
        ({"confidence": {"spread": [1, 0], "probability": [1, 0]}}, "strictly ascending"),
        ({"confidence": {"spread": [0, 1, 2], "probability": [1, 0]}}, "same length"),
        ({"confidence": {"spread": [0, 1], "probability": [1.5, 0]}}, "probability.0"),
    ],
)
def test_faults_in_the_operating_point_are_named(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    colorizer = json.loads(fake_card().colorizer.model_dump_json())  # type: ignore[union-attr]
    with pytest.raises(CardError, match=named):
        read_card(_written(tmp_path, colorizer=colorizer | changes))


def test_a_restylers_card_reads_back_equal(tmp_path: Path) -> None:
    write_card(fake_restyler_card(), tmp_path / "a.card.json")
    assert read_card(tmp_path / "a.card.json") == fake_restyler_card()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"channels": []}, "channels"),
        ({"channels": [64, 0]}, "channels.1"),
        ({"style_size": 0}, "style_size"),
        ({"scales": [2, 1]}, "strictly ascending"),
        ({"scales": [1, 1]}, "strictly ascending"),
        ({"corrector": {"channels": [3], "halo": 8, "steps": [1]}}, "one number for each"),
        ({"corrector": {"channels": [3], "halo": 8, "steps": [1, -1, 0]}}, "steps.1"),
        ({"corrector": {"channels": [], "halo": 8, "steps": [1, 1, 0]}}, "corrector.channels"),
    ],
)
def test_faults_in_a_restylers_facts_are_named(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(CardError, match=named):
        read_card(_written(tmp_path, task="restyle", colorizer=None, restyler=_RESTYLER | changes))


def _upscaler(*inputs: str, **facts: Any) -> dict[str, Any]:
    tensors = [
        {"name": name, "shape": ["N", 3, "H", "W"], "range": [0, 1], "meaning": "x"}
        for name in inputs
    ]
    return {"task": "upscale", "colorizer": None, "inputs": tensors, "upscaler": facts}


def test_an_upscalers_card_is_read(tmp_path: Path) -> None:
    plain = _upscaler("picture", mode="faithful", denoise=False)
    assert read_card(_written(tmp_path, **plain)).upscaler is not None
    steered = _upscaler("picture", "noise", mode="crisp", denoise=True)
    assert read_card(_written(tmp_path, **steered)).upscaler is not None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        (_upscaler("picture", mode="sharp", denoise=False), "upscaler.mode"),
        (_upscaler("picture", mode="crisp", denoise=True), "an input 'noise'"),
        (_upscaler("picture", "noise", mode="crisp", denoise=False), "an input 'noise'"),
        ({"task": "upscale", "colorizer": None}, "'upscaler' must be given"),
    ],
)
def test_faults_in_an_upscalers_facts_are_named(
    tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    with pytest.raises(CardError, match=named):
        read_card(_written(tmp_path, **changes))


def test_cards_from_before_restylers_still_load(tmp_path: Path) -> None:
    assert read_card(_written(tmp_path, restyler="absent")) == fake_card()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"\x80\x04K\x01."])
def test_what_is_not_a_json_card_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.card.json"
    path.write_bytes(content)
    with pytest.raises(CardError, match="is not a valid model card"):
        read_card(path)


def test_a_missing_card_is_a_card_error(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="cannot be read"):
        read_card(tmp_path / "none.card.json")
