"""Recipes on their way to other machines."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from heliochrome.errors import ReadError
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture
from heliochrome.recipe.load import load_recipe
from heliochrome.recipe.packed import pack_recipe
from heliochrome.recipe.steps import prepare_recipe

SHA256 = "ab" * 32


def test_a_packed_recipe_does_the_same_without_its_files(
    tmp_path: Path, fake_model: Path, fake_restyler: Path
) -> None:
    write_picture(Picture(data.coffee()[:64, :64]), tmp_path / "style.png")
    (tmp_path / "look.yaml").write_text("base: cyanotype\ngrain.amount: 0.2\n")
    path = tmp_path / "r.yaml"
    path.write_text(
        f"{{version: 1, steps: [{{step: colorize, reference: style.png, model: {fake_model}}}, "
        f"{{step: restyle, style: [style.png], model: {fake_restyler}}}, "
        "{step: vintage, look: look.yaml}]}"
    )
    file = load_recipe(path)
    photo = Picture(data.camera()[::8, ::8][..., None].copy())
    expected = prepare_recipe(file, threads=1).apply(photo, SHA256)
    sent = pickle.dumps(pack_recipe(file))
    for name in ("style.png", "look.yaml"):
        (tmp_path / name).unlink()
    result = pickle.loads(sent).prepare(threads=1).apply(photo, SHA256)
    np.testing.assert_array_equal(result.picture.pixels, expected.picture.pixels)
    steps = zip(result.provenance.record["steps"], expected.provenance.record["steps"], strict=True)
    for step, wanted in steps:
        step["parameters"].pop("look", None)
        wanted["parameters"].pop("look", None)
        assert step == wanted
    assert result.provenance.record["recipe"] == expected.provenance.record["recipe"]


def test_files_that_are_gone_are_told(tmp_path: Path) -> None:
    style = tmp_path / "style.png"
    style.write_bytes(b"a picture")
    path = tmp_path / "r.yaml"
    path.write_text("{version: 1, steps: [{step: restyle, style: style.png}]}")
    file = load_recipe(path)
    style.unlink()
    with pytest.raises(ReadError, match=r"style\.png"):
        pack_recipe(file)
