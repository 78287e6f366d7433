from __future__ import annotations

from pathlib import Path

from heliochrome.tasks.vintage.learned import LEARNED_LOOKS
from heliochrome.tasks.vintage.looks import LOOKS
from heliochrome.tasks.vintage.parameters import PARAMETERS, Look

PAGE = (Path(__file__).parents[2] / "docs" / "vintage.md").read_text(encoding="utf-8")


def test_the_page_lists_every_look() -> None:
    for look in (*LOOKS, *LEARNED_LOOKS):
        assert f"\n| {look.name} | " in PAGE


def test_the_page_lists_every_parameter_as_it_is() -> None:
    plain = Look("plain")
    for key, parameter in PARAMETERS.items():
        value = plain.value(key)
        if isinstance(value, tuple):
            shown = ", ".join(f"{part:g}" for part in value)
        else:
            shown = value if isinstance(value, str) else f"{value:g}"
        assert f"| `{key}` | {shown} | {parameter.allowed} | {parameter.meaning} |" in PAGE
