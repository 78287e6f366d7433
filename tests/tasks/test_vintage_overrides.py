from __future__ import annotations

from pathlib import Path

import pytest

from heliochrome.errors import OptionError, ReadError
from heliochrome.tasks.vintage.looks import KODACHROME, LOOKS
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change, find_look, load_look, parse_settings
from heliochrome.tasks.vintage.parameters import GROUPS, PARAMETERS, Grain, Look, Tone, group_values


def test_looks_are_found_by_name() -> None:
    assert find_look("kodachrome") is KODACHROME
    assert len({look.name for look in LOOKS}) == len(LOOKS)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
def test_every_look_says_what_it_is(look: Look) -> None:
    assert look.period
    assert 20 < len(look.summary) < 90


def test_every_parameter_has_a_meaning_and_a_default_in_its_range() -> None:
    look = Look("plain")
    assert {key.split(".")[0] for key in PARAMETERS} == {g.__name__.lower() for g in GROUPS}
    for key, parameter in PARAMETERS.items():
        assert parameter.meaning
        assert parameter.read(look.value(key)) == look.value(key)


def test_settings_change_single_parameters() -> None:
    values = parse_settings(
        [
            "grain.amount=0.3",
            "toning.shadows=3,-30",
            "border.density=[0, 1,2]",
            "grain.origin=negative",
        ]
    )
    look = change(KODACHROME, values)
    assert look.grain.amount == 0.3
    assert look.grain.origin == "negative"
    assert look.toning.shadows == (3, -30)
    assert look.border.density == (0, 1, 2)
    assert look.grain.size == KODACHROME.grain.size
    assert KODACHROME.grain.amount != 0.3


@pytest.mark.parametrize(
    ("key", "value", "problem", "remedy"),
    [
        ("grain.amout", 0.3, "is not a parameter of a look", "did you mean grain.amount?"),
        ("grian.amount", 0.3, "is not a parameter of a look", "did you mean grain.amount?"),
        ("zzz", 1, "is not a parameter of a look", "--list-looks"),
        ("grain.amount", 3, "is 3", "give a value from 0 to 1"),
        ("grain.amount", float("nan"), "is nan", "give a value from 0 to 1"),
        ("grain.amount", True, "is True", "give a value from 0 to 1"),
        ("grain.amount", "much", "is 'much'", "give a value from 0 to 1"),
        ("grain.origin", "middle", "is 'middle'", "give 'negative' or 'positive'"),
        ("toning.shadows", 3, "is 3", "give 2 values from -80 to 80, separated by commas"),
        ("toning.shadows", [3, 300], "is [3, 300]", "give 2 values from -80 to 80"),
    ],
)
def test_wrong_settings_name_the_key_and_the_way_out(
    key: str, value: object, problem: str, remedy: str
) -> None:
    with pytest.raises(OptionError) as caught:
        change(KODACHROME, {key: value})
    assert caught.value.subject == key
    assert caught.value.problem == problem
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("setting", ["grain.amount", "grain.amount="])
def test_a_setting_without_a_value_is_an_error(setting: str) -> None:
    with pytest.raises(OptionError, match=r"is not a setting; write it as grain\.amount=0\.3"):
        parse_settings([setting])


def test_parameters_check_themselves_in_python_too() -> None:
    with pytest.raises(OptionError, match=r"tone\.gamma: is 9; give a value from 0\.2 to 4"):
        Tone(gamma=9)
    assert Grain(amount=1).amount == 1.0


@pytest.mark.parametrize(
    ("strength", "seed"), [(1.2, 0), (-0.1, 0), (float("nan"), 0), (1, -1), (1, 2**32)]
)
def test_options_check_their_ranges(strength: float, seed: int) -> None:
    with pytest.raises(OptionError):
        VintageOptions(KODACHROME, strength=strength, seed=seed)


def test_unknown_looks_are_errors_with_the_nearest_name() -> None:
    with pytest.raises(OptionError, match=r"kodacrome: is not .*; did you mean kodachrome\?"):
        find_look("kodacrome")
    with pytest.raises(OptionError, match="choose daguerreotype, .*or a .yaml file"):
        find_look("qqq")


def test_a_look_file_holds_what_differs_from_its_base(tmp_path: Path) -> None:
    path = tmp_path / "summer.yaml"
    path.write_text(
        "base: kodachrome\nsummary: a summer\ngrain: {amount: 0.1}\ntoning.shadows: [1, 2]\n"
    )
    look = find_look(str(path))
    assert (look.name, look.summary, look.period) == ("summer", "a summer", KODACHROME.period)
    assert look.grain.amount == 0.1
    assert look.toning.shadows == (1, 2)
    values, base = group_values(look), group_values(KODACHROME)
    assert {group for group in values if values[group] != base[group]} == {"grain", "toning"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("grain.amount: 0.1", "names no base look"),
        ("base: kodak", "kodak is not the name of a look"),
        ("base: other.yaml", "is based on another file"),
        ("base: kodachrome\ngrain: {amont: 1}", "grain.amont is not a parameter of a look"),
        ("base: kodachrome\ngrain: 3", "grain is not a parameter of a look"),
        ("base: kodachrome\ngrain.amount: 7", "grain.amount is 7"),
        ("base: kodachrome\nname: 7", "name is 7"),
        ("- base", "does not hold keys and values"),
        ("base: [", "is not valid YAML"),
        ("", "does not hold keys and values"),
    ],
)
def test_wrong_look_files_are_errors_that_name_the_file(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "look.yaml"
    path.write_text(text)
    with pytest.raises(OptionError) as caught:
        load_look(path)
    assert caught.value.subject == str(path)
    assert problem in caught.value.problem


def test_a_missing_look_file_is_a_read_error(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="No such file"):
        find_look(str(tmp_path / "none.yaml"))
