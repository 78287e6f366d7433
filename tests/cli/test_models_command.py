from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_colorizer import write_fake_colorizer
from heliochrome.model import store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that is searched, with two networks in it."""
    monkeypatch.setattr(store, "model_folders", lambda: (tmp_path,))
    write_fake_colorizer(tmp_path, "first")
    write_fake_colorizer(tmp_path, "second")
    return tmp_path


def test_networks_are_listed(run: Callable, folder: Path) -> None:
    lines = run("models", "list").out.splitlines()
    assert [line.split()[0] for line in lines] == ["first", "second"]
    assert lines[0].endswith(str(folder / "first.onnx"))
    (first, _) = json.loads(run("models", "list", "--json").out)["models"]
    assert (first["name"], first["task"], first["version"]) == ("first", "colorize", "0.0.1")


def test_a_broken_card_does_not_hide_the_others(run: Callable, folder: Path) -> None:
    (folder / "broken.card.json").write_text("{}")
    ended = run("models", "list")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 2
    assert f"Error: {folder / 'broken.card.json'}: is not a valid model card" in ended.err


def test_an_empty_store_names_its_folders(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "model_folders", lambda: (tmp_path,))
    ended = run("models", "list")
    assert (ended.code, ended.out) == (0, "")
    assert str(tmp_path) in ended.err


def test_a_card_is_shown(run: Callable, folder: Path) -> None:
    shown = run("models", "show", "first").out
    assert "working_size: 128" in shown
    assert "bins: 49 ab centers" in shown
    card = json.loads(run("models", "show", folder / "first.onnx", "--json").out)
    assert card == json.loads((folder / "first.card.json").read_text())


def test_an_unknown_network_is_an_error(run: Callable, folder: Path) -> None:
    assert run("models", "show", "third").code == 2
    assert run("models", "verify", "third").code == 2


def test_intact_networks_verify(run: Callable, folder: Path) -> None:
    ended = run("models", "verify")
    assert ended.code == 0
    assert ended.out.splitlines() == [
        f"{folder / name}: intact" for name in ("first.onnx", "second.onnx")
    ]


def test_a_changed_network_is_found(run: Callable, folder: Path) -> None:
    (folder / "second.onnx").write_bytes(b"changed")
    assert run("models", "verify", "second").code == 2
    ended = run("models", "verify", "--json")
    assert ended.code == 1
    document = json.loads(ended.out)
    assert document["intact"] == [str(folder / "first.onnx")]
    assert [fault["type"] for fault in document["failed"]] == ["ModelTamperedError"]
