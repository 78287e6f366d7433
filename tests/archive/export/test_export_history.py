from __future__ import annotations

from typing import Any

from heliochrome.archive.export.history import (
    CHANGE_NOTE,
    COLOR_NOTE,
    DETAIL_NOTE,
    STYLE_NOTE,
    UsedNetwork,
    cropped_box,
    networks_of,
    notes_on,
    steps_of,
)

NETWORK = {"name": "net", "version": "1.0", "sha256": "ab" * 32}


def step(task: str, *, network: bool = True, **parameters: Any) -> dict[str, Any]:
    return {"task": task, "model": NETWORK if network else None, "parameters": parameters}


def recipe(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"task": "recipe", "steps": list(steps)}


def test_steps_are_listed_in_order_with_their_networks() -> None:
    colorize = {**step("colorize", seed=1), "mean_confidence": 0.4}
    steps = steps_of(recipe(step("crop-borders", network=False, most=0.1), colorize))
    assert [one.title for one in steps] == ["Borders cropped", "Colorized"]
    assert steps[0].network is None
    assert steps[1].network == UsedNetwork("net", "1.0", "ab" * 32)
    assert (steps[1].mean_confidence, steps[1].parameters) == (0.4, {"seed": 1})


def test_a_record_of_one_task_is_one_step_and_coloring_on_the_way_comes_first() -> None:
    record = {**step("upscale", mode="faithful"), "coloring": step("colorize")}
    assert [one.task for one in steps_of(record)] == ["colorize", "upscale"]
    assert notes_on(record) == (COLOR_NOTE,)
    assert networks_of(record) == (UsedNetwork("net", "1.0", "ab" * 32),)


def test_notes_say_what_was_not_in_the_photograph() -> None:
    assert notes_on(recipe(step("colorize"))) == (COLOR_NOTE,)
    assert notes_on(recipe(step("restyle", from_gray=True))) == (COLOR_NOTE, STYLE_NOTE)
    assert notes_on(recipe(step("restyle", from_gray=False))) == (STYLE_NOTE,)
    assert notes_on(recipe(step("vintage", learned={"from_gray": True}))) == (
        COLOR_NOTE,
        STYLE_NOTE,
    )
    assert notes_on(recipe(step("upscale", mode="crisp"))) == (DETAIL_NOTE,)
    assert notes_on(recipe(step("upscale", mode="faithful"))) == (CHANGE_NOTE,)
    assert notes_on(recipe(step("vintage", network=False, look="cyanotype"))) == (CHANGE_NOTE,)


def test_the_cropped_margins_are_those_of_the_first_change_of_size() -> None:
    crop = step("crop-borders", margins={"left": 3, "top": 5, "right": 0, "bottom": 7})
    assert cropped_box(recipe(crop, step("upscale", scale=2))) == (3, 5, 0, 7)
    assert cropped_box(recipe(step("upscale", scale=2), crop)) is None
    assert cropped_box(recipe(step("crop-borders", margins={"left": 0, "top": 0}))) is None
    # Restoring faded color measures margins too, and crops nothing.
    assert cropped_box(recipe(step("restore-color", margins={"left": 9}))) is None


def test_a_record_of_another_program_does_not_stop_an_export() -> None:
    (one,) = steps_of({"task": "sharpen-edges", "model": {"name": "x"}})
    assert one.title == "Sharpen edges"
    assert one.network == UsedNetwork("x", "not stated", "not stated")
    assert steps_of({})[0].task == "unknown"
