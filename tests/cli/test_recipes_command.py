from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from heliochrome.image.read import read_picture
from heliochrome.recipe.load import load_recipe


def test_recipes_are_listed_with_their_parameters(run: Callable) -> None:
    ended = run("recipes")
    assert ended.code == 0
    assert "in-the-manner-of  (restyle)" in ended.out
    assert "--set style=…  a picture, or a saved style code" in ended.out
    listed = json.loads(run("recipes", "--json").out)["recipes"]
    assert "restore" in [recipe["name"] for recipe in listed]


def test_a_recipe_is_printed_to_be_changed(run: Callable, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(run("recipes", "postcard-1910").out)
    assert load_recipe(path).recipe.name == "postcard-1910"
    path.write_text(run("recipes", "postcard-1910", "--json").out)  # JSON is YAML, too
    assert load_recipe(path).recipe.name == "postcard-1910"
    ended = run("recipes", "postcard-1911")
    assert ended.code == 2
    assert "did you mean postcard-1910?" in ended.err


def test_a_shipped_recipe_is_run_by_its_name(run: Callable, photo: Path) -> None:
    output = photo.with_name("out.png")
    ended = run("run", "postcard-1910", photo, "-o", output, "--set", "strength=0.5", "--json")
    assert ended.code == 0
    (step,) = json.loads(ended.out)["done"][0]["steps"]
    assert step["parameters"]["strength"] == 0.5
    assert read_picture(output).pixels.shape[2] == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["postcard-1910", "--set", "strenght=1"], "did you mean strength?"),
        (["postcard-1910", "--set", "strength"], "is not a setting"),
        (["in-the-manner-of"], "style must be given"),
        (["postcard"], "did you mean postcard-1910"),
    ],
)
def test_wrong_settings_are_told(
    run: Callable, photo: Path, arguments: list[str], said: str
) -> None:
    recipe, *options = arguments
    ended = run("run", recipe, photo, "-o", photo.with_name("out.png"), *options)
    assert ended.code == 2
    assert said in ended.err


def test_a_style_is_given_from_the_current_folder(
    run: Callable, photo: Path, style: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(style.parent)
    output = photo.with_name("out.png")
    ended = run("run", "in-the-manner-of", photo, "-o", output, "--set", f"style={style.name}")
    assert (ended.code, output.exists()) == (0, True)
    before = style.read_bytes()
    ended = run(
        "run", "in-the-manner-of", photo, "-o", style, "--set", f"style={style.name}", "--overwrite"
    )
    assert ended.code == 2
    assert style.read_bytes() == before
