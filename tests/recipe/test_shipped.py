"""The recipes that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from fake_colorizer import write_fake_colorizer
from fake_restyler import write_fake_restyler
from fake_upscaler import write_fake_upscaler
from heliochrome.errors import ModelNotFoundError, OptionError
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture
from heliochrome.model import store
from heliochrome.recipe.shipped import find_recipe, recipe_path, shipped_recipes
from heliochrome.recipe.steps import RecipeResult, prepare_recipe

GRAY = Picture(data.camera()[::4, ::4][..., None].copy())  # 128 x 128


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that networks are looked for in."""
    folder = tmp_path / "models"
    folder.mkdir()
    write_fake_colorizer(folder)
    write_fake_restyler(folder)
    monkeypatch.setattr(store, "model_folders", lambda: (folder,))
    return folder


def apply(name: str, picture: Picture = GRAY, **settings: str) -> RecipeResult:
    file = find_recipe(name, {key: [text] for key, text in settings.items()})
    return prepare_recipe(file, threads=1).apply(picture, "ab" * 32)


def test_every_recipe_is_described_and_has_its_own_name() -> None:
    recipes = {recipe.name: recipe for recipe in shipped_recipes()}
    wanted = {"restore", "color-only", "exhibition", "postcard-1910", "in-the-manner-of"}
    assert recipes.keys() == wanted
    for name, recipe in recipes.items():
        required = [key for key, value in recipe.parameters.items() if value.default is None]
        assert required == (["style"] if name == "in-the-manner-of" else [])
        assert recipe.about
        settings = {key: [__file__] for key in required}
        assert find_recipe(name, settings).recipe.name == name


def test_restore_colors_removes_noise_and_doubles(models: Path) -> None:
    write_fake_upscaler(models, mode="crisp", scale=2, denoise=True)
    result = apply("restore")
    assert result.picture.pixels.shape == (256, 256, 3)
    colored, enlarged = result.provenance.record["steps"]
    assert (colored["task"], enlarged["task"]) == ("colorize", "upscale")
    assert enlarged["parameters"]["denoise"] == 0.5
    assert result.confidence is not None


def test_exhibition_crops_colors_and_enlarges(models: Path) -> None:
    write_fake_upscaler(models, mode="faithful", scale=4)
    framed = np.pad(GRAY.pixels[..., 0], 12, constant_values=2)[..., None]
    result = apply("exhibition", Picture(framed))
    assert result.picture.pixels.shape == (512, 512, 3)
    assert result.confidence is not None  # colored after the crop


def test_color_only_keeps_the_size(models: Path) -> None:
    result = apply("color-only", vividness="0")
    assert result.picture.pixels.shape == (128, 128, 3)
    spread = np.ptp(result.picture.pixels.astype(int), axis=2)
    assert spread.max() <= 1  # no color at all


def test_a_postcard_is_brown_with_a_border() -> None:
    result = apply("postcard-1910")
    pixels = result.picture.pixels
    assert pixels.shape[0] > 128
    red, _, blue = pixels.reshape(-1, 3).mean(axis=0)
    assert red > blue + 20
    assert result.confidence is None


def test_the_manner_is_that_of_a_picture(models: Path, tmp_path: Path) -> None:
    style = tmp_path / "style.png"
    write_picture(Picture(data.coffee()[:128, :128]), style)
    result = apply("in-the-manner-of", style=str(style))
    (step,) = result.provenance.record["steps"]
    assert len(step["parameters"]["styles"]) == 1
    with pytest.raises(OptionError, match="style must be given") as caught:
        find_recipe("in-the-manner-of")
    assert caught.value.subject == "in-the-manner-of"


def test_networks_that_are_not_there_are_told(models: Path) -> None:
    with pytest.raises(ModelNotFoundError, match="mode crisp, scale 2: no network"):
        apply("restore")


def test_names_and_paths_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("restore").write_text("a file of a shipped recipe's name")
    Path("own").write_text("{version: 1, steps: [{step: contrast}]}")
    assert recipe_path("restore").name == "restore.yaml"
    assert recipe_path("own") == Path("own")
    assert recipe_path("./restore") == Path("./restore")
    with pytest.raises(OptionError, match="did you mean restore"):
        find_recipe("restor")
    with pytest.raises(OptionError, match="choose color-only, exhibition"):
        find_recipe("qqq")
