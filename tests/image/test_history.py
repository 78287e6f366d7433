"""What records say was done: every form that the tasks write, and forms that nobody should."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliochrome.image.history import (
    Step,
    UsedNetwork,
    cropped_box,
    record_steps,
    software_agent,
    source_sha256,
)

COLORIZER = {"name": "colorizer", "version": "1.1.0", "sha256": "c" * 64}
COLORED = {
    "task": "colorize",
    "heliochrome_version": "0.1.0",
    "input_sha256": "a" * 64,
    "model": COLORIZER,
    "parameters": {"vividness": 1.0, "seed": 3, "hints": [{"x": 1}, {"x": 2}], "reference": None},
    "mean_confidence": 0.6123,
}


def test_a_task_is_one_step() -> None:
    (step,) = record_steps(COLORED)
    assert step.task == "colorize"
    assert step.networks == (UsedNetwork("colorizer", "1.1.0", "c" * 64),)
    assert step.parameters["seed"] == 3
    assert step.mean_confidence == 0.6123


def test_a_recipe_has_its_steps_in_order() -> None:
    steps = [
        {"task": "crop-borders", "model": None, "parameters": {}},
        {key: COLORED[key] for key in ("task", "model", "parameters", "mean_confidence")},
        {"task": "contrast", "model": None, "parameters": {"gamma": 1.2}},
    ]
    record = {"task": "recipe", "recipe": {"name": "x"}, "steps": steps}
    assert [step.task for step in record_steps(record)] == ["crop-borders", "colorize", "contrast"]


def test_coloring_on_the_way_comes_before_enlarging() -> None:
    record = {"task": "upscale", "parameters": {"mode": "faithful"}, "coloring": COLORED}
    assert [step.task for step in record_steps(record)] == ["colorize", "upscale"]


def test_feature_networks_are_networks() -> None:
    record = {"task": "restyle", "feature_networks": {"vgg19": "2" * 64, "squeeze": "1" * 64}}
    (step,) = record_steps(record)
    assert step.networks == (
        UsedNetwork("squeeze", None, "1" * 64),
        UsedNetwork("vgg19", None, "2" * 64),
    )


def test_what_a_record_does_not_say_of_a_network_is_said_to_be_unstated() -> None:
    (step,) = record_steps({"task": "colorize", "model": {"version": 2}})
    assert step.networks == (UsedNetwork(None, "2", None),)
    assert str(step) == "colorize; network not stated 2 (sha256 not stated)"


NETWORK = (UsedNetwork("n", "1", "0" * 64),)
GENERATED, ENHANCED = "compositeWithTrainedAlgorithmicMedia", "algorithmicallyEnhanced"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (Step("colorize", {}, NETWORK), GENERATED),
        (Step("contrast", {"gamma": 2}), ENHANCED),
        (Step("upscale", {"mode": "faithful"}, NETWORK), ENHANCED),
        (Step("upscale", {"mode": "crisp"}, NETWORK), GENERATED),
        (Step("restyle", {"strength": 0.5}, NETWORK), GENERATED),
        (Step("restyle", {"strength": 0}, NETWORK), ENHANCED),
        (Step("vintage", {"strength": 0.8}), ENHANCED),
        (Step("vintage", {"learned": {"strength": 0.8}}, NETWORK), GENERATED),
        (Step("vintage", {"learned": {"strength": 0.0}}, NETWORK), ENHANCED),
    ],
)
def test_only_what_a_network_invents_is_generated(step: Step, expected: str) -> None:
    assert step.source_type == expected


@pytest.mark.parametrize(
    ("step", "color", "style", "detail"),
    [
        (Step("colorize", {}, NETWORK), True, False, False),
        (Step("contrast", {"gamma": 2}), False, False, False),
        (Step("upscale", {"mode": "faithful"}, NETWORK), False, False, False),
        (Step("upscale", {"mode": "crisp"}, NETWORK), False, False, True),
        (Step("restyle", {"from_gray": True}, NETWORK), True, True, False),
        (Step("restyle", {"from_gray": False}, NETWORK), False, True, False),
        (Step("restyle", {"from_gray": True, "strength": 0}, NETWORK), False, False, False),
        (Step("vintage", {"learned": {"from_gray": True}}, NETWORK), True, True, False),
        (Step("vintage", {"from_gray": True}), False, False, False),
    ],
)
def test_what_a_step_invents(step: Step, color: bool, style: bool, detail: bool) -> None:
    assert (step.guesses_color, step.restyles, step.invents_detail) == (color, style, detail)


def step_record(task: str, **parameters: Any) -> dict[str, Any]:
    return {"task": task, "parameters": parameters}


CROP = step_record("crop-borders", margins={"left": 3, "top": 5, "right": 0, "bottom": 7})


@pytest.mark.parametrize(
    ("steps", "box"),
    [
        ([CROP, step_record("upscale", scale=2)], (3, 5, 0, 7)),
        ([step_record("upscale", scale=1), CROP], (3, 5, 0, 7)),
        ([step_record("upscale", scale=2), CROP], None),
        ([step_record("crop-borders", margins={"left": 0, "top": 0})], None),
        ([step_record("crop-borders", margins={"left": "3", "top": None, "right": -1})], None),
        # Restoring faded color measures margins too, and crops nothing.
        ([step_record("restore-color", margins={"left": 9})], None),
    ],
)
def test_the_cropped_margins_are_those_of_the_first_change_of_size(
    steps: list[dict[str, Any]], box: tuple[int, int, int, int] | None
) -> None:
    assert cropped_box({"task": "recipe", "steps": steps}) == box


def test_a_step_says_itself_in_a_line() -> None:
    (step,) = record_steps(COLORED)
    assert str(step) == (
        "colorize: hints=[2 values], seed=3, vividness=1; "
        f"network colorizer 1.1.0 (sha256 {'c' * 64}); mean confidence 0.6123"
    )
    assert str(Step("contrast")) == "contrast"


def test_facts_of_the_whole_record() -> None:
    assert software_agent(COLORED) == "heliochrome 0.1.0"
    assert software_agent({}) == "heliochrome"
    assert source_sha256(COLORED) == "a" * 64
    assert source_sha256({"input_sha256": 5}) is None


ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = ("task", "model", "parameters", "steps", "coloring", "mean_confidence", "feature_networks")


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING | st.just("recipe")))
def test_records_of_any_form_are_harmless(record: dict[str, Any]) -> None:
    for step in record_steps(record):
        assert step.source_type in (GENERATED, ENHANCED)
        assert str(step).startswith(step.task)
    cropped_box(record)
