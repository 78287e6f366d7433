"""What records say, in words: titles of steps, and what in a picture was not in the photograph."""

from __future__ import annotations

from typing import Any

import pytest

from heliochrome.archive.provenance.wording import (
    CHANGE_NOTE,
    COLOR_NOTE,
    DETAIL_NOTE,
    DOUBT_NOTE,
    NETWORK_NOTE,
    STYLE_NOTE,
    UNKNOWN_NOTE,
    ColorGuess,
    color_guess,
    notes_on,
    step_title,
)

NETWORK = {"name": "net", "version": "1.0", "sha256": "ab" * 32}


def step(task: str, *, network: bool = True, **parameters: Any) -> dict[str, Any]:
    return {"task": task, "model": NETWORK if network else None, "parameters": parameters}


def recipe(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"task": "recipe", "steps": list(steps)}


def test_titles_are_words_and_other_programs_tasks_have_one() -> None:
    assert step_title("crop-borders") == "Borders cropped"
    assert step_title("sharpen-edges") == "Sharpen edges"


@pytest.mark.parametrize(
    ("record", "notes"),
    [
        (step("colorize"), (COLOR_NOTE,)),
        (recipe(step("contrast", network=False), step("colorize")), (COLOR_NOTE,)),
        ({**step("upscale", mode="faithful"), "coloring": step("colorize")}, (COLOR_NOTE,)),
        (step("restyle", from_gray=True), (COLOR_NOTE, STYLE_NOTE)),
        (step("restyle", from_gray=False), (STYLE_NOTE,)),
        (step("restyle", from_gray=True, strength=0), (CHANGE_NOTE,)),
        (step("vintage", learned={"from_gray": True}), (COLOR_NOTE, STYLE_NOTE)),
        (step("vintage", network=False, look="cyanotype"), (CHANGE_NOTE,)),
        (step("upscale", mode="crisp"), (DETAIL_NOTE,)),
        (step("upscale", mode="faithful"), (CHANGE_NOTE,)),
        (recipe(step("upscale", mode="crisp"), step("colorize")), (COLOR_NOTE, DETAIL_NOTE)),
    ],
)
def test_notes_say_what_was_not_in_the_photograph(
    record: dict[str, Any], notes: tuple[str, ...]
) -> None:
    assert notes_on(record) == notes
    assert notes_on(step("contrast", network=False), record) == notes


@pytest.mark.parametrize(
    ("confidence", "notes"),
    [(0.17, (COLOR_NOTE, DOUBT_NOTE)), (0.2999, (COLOR_NOTE, DOUBT_NOTE)), (0.3, (COLOR_NOTE,))],
)
def test_a_kind_of_picture_that_the_network_hardly_knows_is_told(
    confidence: float, notes: tuple[str, ...]
) -> None:
    colored = {**step("colorize"), "mean_confidence": confidence}
    assert notes_on(colored) == notes
    assert notes_on(recipe(colored, step("contrast", network=False))) == notes
    assert notes_on({**step("upscale", mode="faithful"), "coloring": colored}) == notes


def test_the_last_guess_of_colors_counts() -> None:
    unsure, sure = ({**step("colorize"), "mean_confidence": share} for share in (0.2, 0.5))
    assert color_guess(unsure, sure) == ColorGuess(0.5)
    assert notes_on(sure, recipe(step("contrast", network=False), unsure))[1] == DOUBT_NOTE


def test_only_a_guess_has_a_confidence() -> None:
    assert color_guess() is None
    assert color_guess({**step("contrast", network=False), "mean_confidence": 0.2}) is None
    assert color_guess(step("restyle", from_gray=True)) == ColorGuess(None)
    for wrong in (-0.1, 1.5, float("nan"), "0.2"):
        assert color_guess({**step("colorize"), "mean_confidence": wrong}) == ColorGuess(None)


def test_a_picture_without_a_record_has_no_notes() -> None:
    assert notes_on() == ()


def test_nothing_is_promised_of_what_is_not_understood() -> None:
    assert notes_on(step("sharpen-edges")) == (NETWORK_NOTE,)
    for record in ({}, recipe(), {"unreadable": "…"}):
        assert notes_on(record) == (UNKNOWN_NOTE,)
