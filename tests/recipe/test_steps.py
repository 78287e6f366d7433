"""Recipes done to photos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from skimage import data

from fake_upscaler import write_fake_upscaler
from heliochrome.errors import OptionError, ReadError
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture
from heliochrome.recipe.load import RecipeFile, parse_recipe
from heliochrome.recipe.steps import PreparedRecipe, prepare_recipe
from heliochrome.tasks.adjust_options import ContrastOptions
from heliochrome.tasks.borders import crop_borders
from heliochrome.tasks.contrast import adjust_contrast
from heliochrome.tasks.provenance import file_sha256

SHA256 = "ab" * 32


def prepared(folder: Path, *steps: dict[str, Any]) -> PreparedRecipe:
    recipe = parse_recipe({"version": 1, "name": "test", "steps": list(steps)}, "r.yaml")
    return prepare_recipe(RecipeFile(recipe, folder, "cd" * 32, ""), threads=1)


def framed() -> Picture:
    whole = np.full((460, 660, 3), 3, np.uint8)
    whole[30:430, 30:630] = 60 + data.coffee() // 3
    return Picture(whole)


def test_steps_are_done_in_order(tmp_path: Path) -> None:
    recipe = prepared(tmp_path, {"step": "crop-borders"}, {"step": "contrast", "clip": 0.01})
    result = recipe.apply(framed(), SHA256).picture
    cropped = crop_borders(framed()).picture
    expected = adjust_contrast(cropped, ContrastOptions(clip=0.01)).picture
    assert result.pixels.shape == (400, 600, 3)
    np.testing.assert_array_equal(result.pixels, expected.pixels)


def test_the_record_lists_every_step_with_every_parameter(tmp_path: Path) -> None:
    steps = ("crop-borders", "restore-color", "contrast", "color-balance")
    recipe = prepared(tmp_path, *({"step": name} for name in steps))
    provenance = recipe.apply(framed(), SHA256).provenance
    assert provenance.source_type == "algorithmicallyEnhanced"
    record = provenance.record
    assert (record["task"], record["input_sha256"]) == ("recipe", SHA256)
    assert record["recipe"] == {"name": "test", "sha256": "cd" * 32}
    assert [step["task"] for step in record["steps"]] == list(steps)
    parameters = [step["parameters"] for step in record["steps"]]
    margins = {"top": 30, "bottom": 30, "left": 30, "right": 30}
    assert parameters[0] == {"most": 0.2, "tolerance": 6.0, "margins": margins}
    assert {"look", "strength", "most_clipping", "gains", "stain"} <= parameters[1].keys()
    assert {"black", "white", "gamma", "clip", "most", "found"} == parameters[2].keys()
    assert {"auto", "strength", "temperature", "tint", "cast"} == parameters[3].keys()
    assert "input_sha256" not in record["steps"][0]


def test_generated_color_marks_the_whole(tmp_path: Path, fake_model: Path) -> None:
    reference = tmp_path / "reference.png"
    write_picture(Picture(data.coffee()), reference)
    recipe = prepared(
        tmp_path,
        {"step": "colorize", "model": str(fake_model), "reference": "reference.png"},
        {"step": "contrast"},
    )
    gray = Picture(data.camera()[..., None])
    result = recipe.apply(gray, SHA256)
    assert result.provenance.source_type == "compositeWithTrainedAlgorithmicMedia"
    colored = result.provenance.record["steps"][0]
    assert len(colored["model"]["sha256"]) == 64
    assert colored["parameters"]["reference_sha256"] == file_sha256(reference)
    assert recipe.inputs == (reference,)
    assert result.picture.pixels.shape == (512, 512, 3)


def test_restyling_and_aging_are_steps(tmp_path: Path, fake_restyler: Path) -> None:
    style = tmp_path / "style.png"
    write_picture(Picture(data.coffee()[:128, :128]), style)
    recipe = prepared(
        tmp_path,
        {"step": "restyle", "style": "style.png", "model": str(fake_restyler), "scale": 2},
        {"step": "vintage", "look": "cyanotype", "set": {"grain.amount": 0.0}, "seed": 3},
    )
    result = recipe.apply(Picture(data.chelsea()[:64, :96]), SHA256)
    assert min(result.picture.pixels.shape[:2]) >= 128
    restyled, aged = result.provenance.record["steps"]
    assert restyled["parameters"]["styles"][0]["sha256"] == file_sha256(style)
    assert aged["parameters"]["look"] == "cyanotype"
    assert aged["parameters"]["seed"] == 3


def test_a_seed_may_differ_from_photo_to_photo(tmp_path: Path) -> None:
    recipe = prepared(tmp_path, {"step": "vintage", "look": "polaroid", "vary_seed": True})
    photo = Picture(data.chelsea()[:48, :64])
    seeds = [
        recipe.apply(photo, sha256).provenance.record["steps"][0]["parameters"]["seed"]
        for sha256 in (SHA256, "01" * 32)
    ]
    assert seeds == [0xABABABAB, 0x01010101]


def test_a_network_is_opened_once(tmp_path: Path, fake_model: Path) -> None:
    step = {"step": "colorize", "model": str(fake_model)}
    from unittest.mock import patch

    from heliochrome.recipe import resources as module

    with patch.object(module, "open_network", wraps=module.open_network) as opened:
        prepared(tmp_path, step, {**step, "vividness": 1.5})
    assert opened.call_count == 1


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"step": "contrast", "gamma": 99}, r"step 2 \(contrast\), gamma: is 99"),
        ({"step": "vintage", "look": "cyanotipe"}, r"step 2 \(vintage\), cyanotipe: is not"),
        ({"step": "vintage", "look": "polaroid", "set": {"grain.size": 0}}, "grain.size"),
        ({"step": "color-balance", "temperature": 100}, "temperature: is 100"),
    ],
)
def test_values_out_of_range_name_the_step(tmp_path: Path, step: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        prepared(tmp_path, {"step": "crop-borders"}, step)


def test_missing_pictures_are_told_before_the_work(tmp_path: Path, fake_model: Path) -> None:
    step = {"step": "colorize", "model": str(fake_model), "reference": "none.jpg"}
    with pytest.raises(ReadError, match=r"none\.jpg"):
        prepared(tmp_path, step)


def test_a_colored_photo_has_its_confidence(tmp_path: Path, fake_model: Path) -> None:
    step = {"step": "colorize", "model": str(fake_model)}
    gray = Picture(data.camera()[..., None])
    result = prepared(tmp_path, step, {"step": "contrast"}).apply(gray, SHA256)
    confidence = result.confidence
    assert confidence is not None
    assert max(confidence.shape) <= 512
    assert 0 <= confidence.min() < confidence.max() <= 1
    mean = result.provenance.record["steps"][0]["mean_confidence"]
    assert float(confidence.mean()) == pytest.approx(mean, abs=1e-4)


def test_confidence_is_kept_when_a_photo_is_enlarged(tmp_path: Path, fake_model: Path) -> None:
    write_fake_upscaler(tmp_path)
    color = {"step": "colorize", "model": str(fake_model)}
    enlarge = {"step": "upscale", "model": str(tmp_path / "upscaler-faithful-x2.onnx")}
    gray = Picture(data.camera()[::4, ::4][..., None].copy())
    alone = prepared(tmp_path, color).apply(gray, SHA256)
    enlarged = prepared(tmp_path, color, enlarge).apply(gray, SHA256)
    assert enlarged.picture.width == 2 * alone.picture.width
    np.testing.assert_array_equal(enlarged.confidence, alone.confidence)


@pytest.mark.parametrize(
    "later", [{"step": "crop-borders"}, {"step": "vintage", "look": "cyanotype"}]
)
def test_confidence_is_lost_with_the_place_or_the_colors(
    tmp_path: Path, fake_model: Path, later: dict[str, Any]
) -> None:
    color = {"step": "colorize", "model": str(fake_model)}
    assert prepared(tmp_path, color, later).apply(framed(), SHA256).confidence is None
    assert prepared(tmp_path, later, color).apply(framed(), SHA256).confidence is not None


def test_a_crop_that_finds_nothing_keeps_the_confidence(tmp_path: Path, fake_model: Path) -> None:
    color = {"step": "colorize", "model": str(fake_model)}
    photo = Picture(data.camera()[100:300, 100:300][..., None].copy())
    recipe = prepared(tmp_path, color, {"step": "crop-borders"})
    assert recipe.apply(photo, SHA256).confidence is not None


def test_what_is_not_colored_has_no_confidence(tmp_path: Path) -> None:
    assert prepared(tmp_path, {"step": "contrast"}).apply(framed(), SHA256).confidence is None


def test_a_recipe_lists_its_networks(tmp_path: Path, fake_model: Path) -> None:
    step = {"step": "colorize", "model": str(fake_model)}
    models = prepared(tmp_path, step, {"step": "contrast"}, step).models
    assert models == (file_sha256(fake_model),)
