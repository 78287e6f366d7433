"""Reading recipes, and saying what is wrong with one."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from heliochrome.errors import OptionError, ReadError
from heliochrome.recipe.load import load_recipe, parse_recipe
from heliochrome.recipe.schema import Contrast, Recipe, Restyle, step_names
from heliochrome.tasks import adjust_options, options

EXAMPLE = Path(__file__).parents[2] / "examples" / "recipe.yaml"
OPTIONS = {
    "crop-borders": adjust_options.BorderOptions,
    "restore-color": adjust_options.UnfadeOptions,
    "contrast": adjust_options.ContrastOptions,
    "color-balance": adjust_options.BalanceOptions,
    "colorize": options.ColorizeOptions,
    "restyle": options.RestyleOptions,
    "upscale": options.UpscaleOptions,
}
# Of one photo only, of several results, or of this machine.
NOT_IN_RECIPES = {"hints", "variants", "seed", "temperature", "tile"}


def parse(text: str) -> Recipe:
    return parse_recipe(yaml.safe_load(text), "r.yaml")


def fault(text: str) -> str:
    with pytest.raises(OptionError) as caught:
        parse(text)
    assert caught.value.subject == "r.yaml"
    return f"{caught.value.problem}; {caught.value.remedy}"


def test_steps_are_read_in_order_with_their_defaults() -> None:
    recipe = parse("{version: 1, steps: [{step: contrast, clip: 0.01}, {step: crop-borders}]}")
    assert [step.step for step in recipe.steps] == ["contrast", "crop-borders"]
    assert isinstance(recipe.steps[0], Contrast)
    assert recipe.steps[0].options() == adjust_options.ContrastOptions(clip=0.01)


def test_every_step_of_the_example_is_known() -> None:
    loaded = load_recipe(EXAMPLE)
    assert loaded.folder == EXAMPLE.parent
    assert len(loaded.sha256) == 64
    assert len(loaded.recipe.steps) >= 4


@pytest.mark.parametrize("name", OPTIONS)
def test_a_step_has_the_options_of_its_task(name: str) -> None:
    """An option that a task gets must get into recipes too, or be left out on purpose."""
    known = {field.name for field in fields(OPTIONS[name])}
    offered = set(step_names()[name].model_fields) - {"step", "model", "look", "style", "weights"}
    left_out = known - offered - {"model"}
    if name == "color-balance":
        assert left_out == set()
    assert left_out <= NOT_IN_RECIPES
    assert offered <= known


@pytest.mark.parametrize("name", OPTIONS)
def test_a_step_without_keys_is_the_task_s_default(name: str) -> None:
    model = step_names()[name]
    step = model(step=name, style="a.jpg") if model is Restyle else model(step=name)
    assert step.options() == OPTIONS[name]()


def test_one_style_may_be_given_without_a_list() -> None:
    recipe = parse("{version: 1, steps: [{step: restyle, style: a.jpg}]}")
    assert isinstance(recipe.steps[0], Restyle)
    assert recipe.steps[0].styles() == ["a.jpg"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1, 2]", "does not hold a recipe; write lines like 'version: 1'"),
        ("{steps: [{step: contrast}]}", "key 'version' is missing; add 'version: ...'"),
        ("{version: 2, steps: [{step: contrast}]}", "version is 2; give version: 1"),
        ("{version: 1}", "key 'steps' is missing"),
        ("{version: 1, steps: []}", "'steps' is []"),
        ("{version: 1, stages: [], steps: [{step: contrast}]}", "did you mean steps?"),
        ("{version: 1, steps: [{step: sharpen}]}", "step 1 (sharpen): step 'sharpen' is unknown"),
        ("{version: 1, steps: [{step: contrasts}]}", "did you mean contrast?"),
        ("{version: 1, steps: [{gamma: 2}]}", "step 1: key 'step' is missing; name one of crop"),
        ("{version: 1, steps: [contrast]}", "step 1: "),
        (
            "{version: 1, steps: [{step: crop-borders}, {step: contrast, gama: 2}]}",
            "step 2 (contrast): key 'gama' is unknown; did you mean gamma?",
        ),
        (
            "{version: 1, steps: [{step: contrast, foo: 2}]}",
            "choose from step, black, white, gamma, clip, most",
        ),
        ("{version: 1, steps: [{step: contrast, gamma: high}]}", "step 1 (contrast): 'gamma' is"),
        ("{version: 1, steps: [{step: contrast, gamma: true}]}", "'gamma' is True"),
        ("{version: 1, steps: [{step: restyle}]}", "step 1 (restyle): key 'style' is missing"),
        ("{version: 1, steps: [{step: restyle, style: []}]}", "step 1 (restyle): 'style' is []"),
        ("{version: 1, steps: [{step: color-balance, auto: best}]}", "'auto' is 'best'"),
        ("{version: 1, steps: [{step: vintage, look: ''}]}", "'look' is ''"),
    ],
)
def test_faults_name_the_step_and_the_key(text: str, said: str) -> None:
    assert said in fault(text)


def test_files_that_are_no_recipes_are_told(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read"):
        load_recipe(tmp_path / "missing.yaml")
    path = tmp_path / "broken.yaml"
    path.write_text("steps: [")
    with pytest.raises(OptionError, match="is not valid YAML"):
        load_recipe(path)
    path.write_bytes(b"\xff\xfe\x00nonsense\x80")
    with pytest.raises(OptionError, match=r"broken\.yaml"):
        load_recipe(path)
