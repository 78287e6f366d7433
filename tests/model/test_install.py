from __future__ import annotations

from pathlib import Path

import pytest

from fake_upscaler import write_fake_upscaler
from heliochrome.errors import CardError, ModelError, WriteError
from heliochrome.model import store
from heliochrome.model.card import read_card
from heliochrome.model.install import check_name, install_model
from heliochrome.model.store import find_model, read_network


@pytest.fixture
def made(tmp_path: Path) -> tuple:
    """Card and content of a network somewhere else."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    network = write_fake_upscaler(folder, "mine")
    return read_card(folder / "mine.card.json"), network.read_bytes()


def test_what_is_installed_is_found_and_intact(
    made: tuple, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new" / "models"
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(folder))
    stored = install_model(*made)
    assert stored.path == folder / "mine.onnx"
    found = find_model("mine")
    assert found == stored
    assert read_network(found) == made[1]
    assert sorted(path.name for path in folder.iterdir()) == ["mine.card.json", "mine.onnx"]


def test_nothing_is_replaced_without_leave(made: tuple, tmp_path: Path) -> None:
    card, data = made
    install_model(card, data, tmp_path)
    with pytest.raises(ModelError, match="already exists; add --overwrite"):
        install_model(card, data, tmp_path)
    other = card.model_copy(update={"license": "MIT"})
    install_model(other, data, tmp_path, overwrite=True)
    assert find_model("mine", (tmp_path,)).card.license == "MIT"


def test_a_card_of_another_network_is_refused(made: tuple, tmp_path: Path) -> None:
    card, data = made
    with pytest.raises(CardError, match="its card states another"):
        install_model(card, data + b"\0", tmp_path / "models")
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "with space", "ä"])
def test_names_that_are_no_files_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(CardError, match="is not one for a file"):
        check_name(name, tmp_path)


def test_networks_that_ship_are_not_hidden_behind(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="that ships; choose another with --name"):
        check_name("colorizer", tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(made: tuple, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError, match="cannot be written to"):
        install_model(*made, tmp_path / "file" / "models")
