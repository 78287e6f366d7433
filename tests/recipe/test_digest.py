"""What makes two recipes the same one."""

from __future__ import annotations

from pathlib import Path

import pytest

from heliochrome.errors import ModelNotFoundError, ReadError
from heliochrome.model.store import find_model
from heliochrome.recipe.digest import model_sha256s
from heliochrome.recipe.load import load_recipe


def digest(folder: Path, text: str, name: str = "r.yaml") -> str:
    path = folder / name
    path.write_text(text)
    return load_recipe(path).sha256


def test_formatting_defaults_and_descriptions_do_not_matter(tmp_path: Path) -> None:
    plain = digest(tmp_path, "{version: 1, name: a, steps: [{step: contrast, gamma: 1.2}]}")
    spaced = "# why\nversion: 1\nabout: text\nname: a\nsteps:\n  - gamma: 1.2\n    step: contrast\n"
    assert digest(tmp_path, spaced, "other.yaml") == plain
    text = "{version: 1, name: a, steps: [{step: contrast, gamma: 1.2, black: null}]}"
    assert digest(tmp_path, text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "{version: 1, name: a, steps: [{step: contrast, gamma: 1.3}]}",
        "{version: 1, name: b, steps: [{step: contrast, gamma: 1.2}]}",
        "{version: 1, name: a, steps: [{step: contrast, gamma: 1.2}, {step: contrast}]}",
    ],
)
def test_content_matters(tmp_path: Path, text: str) -> None:
    plain = digest(tmp_path, "{version: 1, name: a, steps: [{step: contrast, gamma: 1.2}]}")
    assert digest(tmp_path, text) != plain


def test_files_count_by_their_bytes_and_not_by_their_names(tmp_path: Path) -> None:
    text = "{{version: 1, steps: [{{step: colorize, reference: {}}}]}}"
    (tmp_path / "a.jpg").write_bytes(b"one")
    (tmp_path / "b.jpg").write_bytes(b"one")
    (tmp_path / "c.jpg").write_bytes(b"two")
    first, renamed, other = (digest(tmp_path, text.format(f"{name}.jpg")) for name in "abc")
    assert first == renamed
    assert first != other


def test_every_kind_of_file_counts(tmp_path: Path) -> None:
    look = tmp_path / "look.yaml"
    style = tmp_path / "style.png"
    text = (
        "{version: 1, steps: [{step: vintage, look: look.yaml}, "
        "{step: restyle, style: [style.png]}]}"
    )
    found = set()
    for look_text, style_text in (("a", "a"), ("b", "a"), ("a", "b")):
        look.write_text(look_text)
        style.write_text(style_text)
        found.add(digest(tmp_path, text))
    assert len(found) == 3


def test_a_network_given_by_its_path_counts_by_its_hash(tmp_path: Path, fake_model: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    for path in (fake_model, fake_model.with_name("colorizer.card.json")):
        (moved / path.name).write_bytes(path.read_bytes())
    text = "{{version: 1, steps: [{{step: colorize, model: {}}}]}}"
    digests = {
        digest(tmp_path, text.format(place)) for place in (fake_model, moved / "colorizer.onnx")
    }
    assert len(digests) == 1


def test_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=r"none\.jpg"):
        digest(tmp_path, "{version: 1, steps: [{step: colorize, reference: none.jpg}]}")


def test_networks_are_listed_once_by_their_hashes(tmp_path: Path, fake_model: Path) -> None:
    step = f"{{step: colorize, model: {fake_model}}}"
    path = tmp_path / "r.yaml"
    path.write_text(f"{{version: 1, steps: [{step}, {{step: contrast}}, {step}]}}")
    assert model_sha256s(load_recipe(path).recipe) == (find_model(fake_model).card.sha256,)
    path.write_text("{version: 1, steps: [{step: colorize, model: nowhere}]}")
    with pytest.raises(ModelNotFoundError):
        model_sha256s(load_recipe(path).recipe)
