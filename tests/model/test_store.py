from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fake_colorizer import write_fake_colorizer
from heliochrome.errors import CardError, ModelNotFoundError, ModelTamperedError
from heliochrome.model import store


def test_the_first_folder_with_the_name_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        write_fake_colorizer(folder, "both")
    write_fake_colorizer(second, "late")
    folders = (first, second)
    assert store.find_model("both", folders).path == first / "both.onnx"
    assert store.find_model("late", folders).path == second / "late.onnx"
    assert [path.name.split(".")[0] for path in store.card_paths(folders)] == [
        "both",
        "both",
        "late",
    ]


def test_a_network_is_found_by_its_own_path_or_its_cards(fake_model: Path) -> None:
    card = fake_model.with_name("colorizer.card.json")
    assert store.find_model(str(fake_model)).path == fake_model
    assert store.find_model(card).path == fake_model


def test_the_users_folder_is_searched_after_the_package(
    fake_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(store.FOLDER_VARIABLE, str(fake_model.parent))
    package, user = store.model_folders()
    assert package.parts[-2:] == ("heliochrome", "weights")
    assert user == fake_model.parent


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_DATA_HOME": "/data"}, Path("/data/heliochrome/models")),
        ("linux", {}, Path.home() / ".local/share/heliochrome/models"),
        ("darwin", {}, Path.home() / "Library/Application Support/heliochrome/models"),
        ("win32", {"LOCALAPPDATA": "/local"}, Path("/local/heliochrome/models")),
        ("linux", {"HELIOCHROME_MODELS": "/mine"}, Path("/mine")),
    ],
)
def test_the_users_folder_follows_the_platform(
    platform: str, environment: dict[str, str], expected: Path
) -> None:
    assert store.user_folder(environment, platform) == expected


def test_an_unknown_name_is_answered_with_the_folders_searched(tmp_path: Path) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        store.find_model("nobody", (tmp_path,))
    assert str(tmp_path) in caught.value.problem
    assert "models list" in caught.value.remedy


@pytest.mark.parametrize("name", ["missing.onnx", "missing.card.json", "weights.pkl"])
def test_a_path_that_is_no_network_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelNotFoundError):
        store.find_model(tmp_path / name)


def test_a_card_without_its_network_is_refused(tmp_path: Path) -> None:
    write_fake_colorizer(tmp_path).unlink()
    with pytest.raises(ModelNotFoundError, match="missing or unreadable"):
        store.find_model("colorizer", (tmp_path,))


def test_a_network_under_anothers_name_is_refused(tmp_path: Path) -> None:
    network = write_fake_colorizer(tmp_path)
    shutil.copy(network, tmp_path / "other.onnx")
    shutil.copy(tmp_path / "colorizer.card.json", tmp_path / "other.card.json")
    with pytest.raises(CardError, match="names its network 'colorizer'"):
        store.find_model("other", (tmp_path,))


def test_the_bytes_read_are_the_verified_ones(fake_model: Path) -> None:
    assert store.read_network(store.find_model(fake_model)) == fake_model.read_bytes()


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + b"\0"])
def test_a_changed_network_is_refused(tmp_path: Path, change) -> None:
    network = write_fake_colorizer(tmp_path)
    network.write_bytes(change(network.read_bytes()))
    with pytest.raises(ModelTamperedError, match=r"has SHA-256 [0-9a-f]{12}… but its card states"):
        store.read_network(store.find_model(network))
