"""What a user gives for one run of a recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from heliochrome.errors import OptionError
from heliochrome.recipe.load import load_recipe, parse_recipe
from heliochrome.recipe.parameters import parse_settings
from heliochrome.recipe.schema import Contrast, Restyle

TEXT = """
version: 1
parameters:
  gamma: {kind: number, default: 1.1, about: slope}
  style: {kind: file, about: a picture}
steps:
  - {step: contrast, gamma: $gamma}
  - {step: restyle, style: $style}
"""


def content() -> dict[str, Any]:
    return yaml.safe_load(TEXT)


def fault(given: dict[str, Any], *settings: str) -> str:
    with pytest.raises(OptionError) as caught:
        parse_recipe(given, "r.yaml", parse_settings(settings))
    assert caught.value.subject == "r.yaml"
    return f"{caught.value.problem}; {caught.value.remedy}"


def test_values_take_the_place_of_parameters() -> None:
    recipe = parse_recipe(content(), "r.yaml", parse_settings(["gamma=2", "style=a.jpg"]))
    contrast, restyle = recipe.steps
    assert isinstance(contrast, Contrast)
    assert contrast.gamma == 2
    assert isinstance(restyle, Restyle)
    assert restyle.styles() == [str(Path("a.jpg").absolute())]


def test_defaults_are_taken_and_repeated_settings_are_lists() -> None:
    recipe = parse_recipe(content(), "r.yaml", parse_settings(["style=a.jpg", "style=b.jpg"]))
    contrast, restyle = recipe.steps
    assert isinstance(contrast, Contrast)
    assert contrast.gamma == 1.1
    assert isinstance(restyle, Restyle)
    assert [Path(name).name for name in restyle.styles()] == ["a.jpg", "b.jpg"]


def test_the_text_of_a_filled_in_recipe_stands_for_itself(tmp_path: Path) -> None:
    """What an archive keeps of a recipe must give the same recipe without the settings."""
    path = tmp_path / "r.yaml"
    path.write_text(TEXT)
    (tmp_path / "a.jpg").write_bytes(b"a style")
    settings = parse_settings([f"style={tmp_path / 'a.jpg'}", "gamma=1.3"])
    filled = load_recipe(path, settings)
    again = tmp_path / "again.yaml"
    again.write_text(filled.text)
    assert load_recipe(again).sha256 == filled.sha256


def test_without_settings_the_text_is_kept_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text("# a note\nversion: 1\nsteps: [{step: contrast}]\n")
    assert load_recipe(path).text == path.read_text()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ([], "style must be given for this recipe; give --set style=VALUE: a picture"),
        (["style=a.jpg", "gama=2"], "gama is not a parameter of this recipe; did you mean gamma?"),
        (["style=a.jpg", "gamma=much"], "gamma is 'much'; give a number"),
        (["style=a.jpg", "gamma=1", "gamma=2"], "step 1 (contrast): 'gamma' is [1, 2]"),
        (["style=a.jpg", "gamma=nan"], "step 1 (contrast): 'gamma' is nan"),
    ],
)
def test_settings_that_do_not_fit_are_told(settings: list[str], said: str) -> None:
    assert said in fault(content(), *settings)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"style": {"about": "x"}}, "parameter style.kind field required"),
        ({"style": {"about": "x", "kind": "color"}}, "parameter style.kind input should be"),
        ({"style": {"about": "x", "kind": "file", "most": 3}}, "parameter style.most extra"),
        ([], "parameter input should be a valid dictionary"),
        ({}, "$gamma is not declared; add it to the recipe's parameters"),
    ],
)
def test_malformed_parameters_are_told(parameters: Any, said: str) -> None:
    assert said in fault({**content(), "parameters": parameters})


@pytest.mark.parametrize("text", ["style", "=a", "style=", " =a"])
def test_settings_without_name_or_value_are_told(text: str) -> None:
    with pytest.raises(OptionError, match="is not a setting"):
        parse_settings([text])


@pytest.mark.parametrize(("text", "value"), [("true", True), ("No", False), ("on", True)])
def test_switches_are_read(text: str, value: bool) -> None:
    given = {
        "version": 1,
        "parameters": {"vary": {"kind": "switch", "about": "whether"}},
        "steps": [{"step": "vintage", "look": "cyanotype", "vary_seed": "$vary"}],
    }
    recipe = parse_recipe(given, "r.yaml", {"vary": [text]})
    assert recipe.steps[0].model_dump()["vary_seed"] is value
    assert "give true or false" in fault(given, "vary=maybe")
