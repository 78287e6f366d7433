from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_colorizer import write_fake_colorizer
from fake_upscaler import fake_upscaler, write_fake_upscaler
from heliochrome.image.read import read_picture
from heliochrome.model import store


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's folder, not made yet."""
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A network without a card."""
    path = tmp_path / "super.onnx"
    path.write_bytes(fake_upscaler(3).SerializeToString())
    return path


def test_a_network_without_a_card_is_measured_added_and_used(
    run: Callable, models: Path, bare: Path, photo: Path
) -> None:
    ended = run("models", "add", bare, "--license", "MIT", "--data-note", "noise")
    assert (ended.code, ended.err) == (0, "")
    assert "super: not stated, x3" in ended.out
    assert "use it with --model super" in ended.out
    card = json.loads(run("models", "show", "super", "--json").out)
    assert (card["license"], card["training"]["data"]) == ("MIT", "noise")
    assert card["upscaler"]["mode"] == "crisp"
    output = photo.with_name("out.png")
    assert run("upscale", photo, "-o", output, "--model", "super").code == 0
    assert read_picture(output).pixels.shape == (144, 192, 1)


def test_mode_range_and_name_can_be_stated(run: Callable, models: Path, bare: Path) -> None:
    ended = run(
        *("models", "add", bare, "--name", "mine-x3", "--mode", "faithful"),
        *("--range", "0..255", "--json"),
    )
    assert (ended.code, ended.err) == (0, "")
    told = json.loads(ended.out)
    assert told["path"] == str(models / "mine-x3.onnx")
    assert told["card"]["upscaler"]["mode"] == "faithful"
    assert told["card"]["inputs"][0]["range"] == [0, 255]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_card_that_is_there_is_taken(
    run: Callable, models: Path, tmp_path: Path, elsewhere: bool
) -> None:
    network = write_fake_upscaler(tmp_path, "crisp4", scale=4, mode="crisp", denoise=True)
    arguments: tuple[str | Path, ...] = ()
    if elsewhere:
        arguments = ("--card", tmp_path / "notes.json")
        (tmp_path / "crisp4.card.json").rename(tmp_path / "notes.json")
    assert run("models", "add", network, *arguments).code == 0
    card = json.loads(run("models", "show", "crisp4", "--json").out)
    assert card["upscaler"] == {"mode": "crisp", "denoise": True}
    assert run("models", "add", network, *arguments, "--name", "other").code == 0
    assert run("models", "verify", "other").code == 0


def _refuse(run: Callable, models: Path, *arguments: str | Path) -> str:
    before = sorted(models.glob("*")) if models.exists() else []
    ended = run("models", "add", *arguments)
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert (sorted(models.glob("*")) if models.exists() else []) == before
    (line,) = ended.err.strip().splitlines()
    assert "internal error" not in line
    return str(line)


def test_wrong_cards_are_found_out(run: Callable, models: Path, tmp_path: Path, bare: Path) -> None:
    network = write_fake_upscaler(tmp_path, "mine")
    path = tmp_path / "mine.card.json"
    fields = json.loads(path.read_text())
    for changes, named in (
        ({"scale": 4}, "instead of (1, 3,"),
        ({"sha256": "0" * 64}, "has SHA-256"),
        ({"sorcery": 1}, "is not a valid model card: sorcery"),
        ({"name": "../mine"}, "is not one for a file"),
        ({"outputs": [fields["outputs"][0] | {"name": "larger"}]}, "its card states larger"),
    ):
        path.write_text(json.dumps(fields | changes))
        assert named in _refuse(run, models, network)
    other = write_fake_colorizer(tmp_path, "colors")
    assert "is a network for 'colorize'" in _refuse(run, models, other)


def test_wrong_files_are_refused(run: Callable, models: Path, tmp_path: Path, bare: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no network")
    assert "cannot be loaded" in _refuse(run, models, text)
    assert "does not exist" in _refuse(run, models, tmp_path / "none.onnx")
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"")
    assert "give one of .onnx, .safetensors" in _refuse(run, models, photo)
    assert "is the name of a network that ships" in _refuse(
        run, models, bare, "--name", "colorizer"
    )
    assert run("models", "add", bare).code == 0
    assert "already exists; add --overwrite" in _refuse(run, models, bare)
    assert run("models", "add", bare, "--overwrite").code == 0
