from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_photos import write_photo

from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records

RECIPE = "{version: 1, name: plain, steps: [{step: crop-borders}, {step: contrast, gamma: 1.2}]}"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(RECIPE)
    return path


def test_a_photo_is_done_and_its_record_kept(run: Callable, photo: Path, recipe: Path) -> None:
    output = photo.with_name("out.png")
    ended = run("run", recipe, photo, "-o", output, "--sidecar", "--json")
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert [step["task"] for step in done["steps"]] == ["crop-borders", "contrast"]
    result = read_picture(output)
    assert (result.pixels.mean() > read_picture(photo).pixels.mean()).all()
    (record,) = read_records(result.metadata.xmp)
    assert record == json.loads(Path(f"{output}.json").read_text())
    assert record["recipe"]["name"] == "plain"


def test_a_batch_goes_on_over_bad_files(run: Callable, tmp_path: Path, recipe: Path) -> None:
    photos = [write_photo(tmp_path / "in" / name) for name in ("a.png", "b.png")]
    bad = tmp_path / "in" / "bad.png"
    bad.write_bytes(b"not a picture")
    ended = run("run", recipe, *photos, bad, "-o", tmp_path / "out")
    assert ended.code == 1
    assert "2 of 3 photos done." in ended.err
    assert "bad.png" in ended.err
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]


def test_the_same_recipe_gives_the_same_bytes(
    run: Callable, photo: Path, recipe: Path, tmp_path: Path
) -> None:
    for name in ("one.png", "two.png"):
        assert run("run", recipe, photo, "-o", tmp_path / name).code == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_inputs_of_the_recipe_are_never_replaced(
    run: Callable, photo: Path, tmp_path: Path, fake_model: Path
) -> None:
    reference = tmp_path / "reference.png"
    write_picture(Picture(np.full((40, 40, 3), (190, 60, 50), np.uint8)), reference)
    before = reference.read_bytes()
    recipe = tmp_path / "r.yaml"
    step = f"{{step: colorize, reference: reference.png, model: {fake_model}}}"
    recipe.write_text(f"{{version: 1, steps: [{step}]}}")
    ended = run("run", recipe, photo, "-o", reference, "--overwrite")
    assert ended.code == 2
    assert reference.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{version: 1, steps: [{step: sharpen}]}", "step 'sharpen' is unknown"),
        ("{version: 1, steps: [{step: contrast, gama: 1}]}", "did you mean gamma?"),
        ("{version: 1, steps: [{step: contrast, gamma: 99}]}", "step 1 (contrast), gamma"),
    ],
)
def test_a_wrong_recipe_is_told_and_nothing_written(
    run: Callable, photo: Path, recipe: Path, text: str, said: str
) -> None:
    recipe.write_text(text)
    ended = run("run", recipe, photo, "-o", photo.with_name("out.png"))
    assert ended.code == 2
    assert said in ended.err
    assert not photo.with_name("out.png").exists()


def test_a_missing_recipe_is_told(run: Callable, photo: Path, tmp_path: Path) -> None:
    ended = run("run", tmp_path / "none.yaml", photo, "-o", tmp_path / "out.png")
    assert ended.code == 2
    assert "none.yaml: cannot be read" in ended.err
