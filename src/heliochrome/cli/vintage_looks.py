"""What `heliochrome vintage --list-looks` says."""

from __future__ import annotations

from typing import Any

import typer
import yaml

from heliochrome.cli.report import emit
from heliochrome.errors import HeliochromeError
from heliochrome.model.store import find_model
from heliochrome.tasks.code_file import load_style_code
from heliochrome.tasks.options import DEFAULT_RESTYLER
from heliochrome.tasks.style_code import check_code
from heliochrome.tasks.vintage.learned import LEARNED_LOOKS, LearnedLook, find_learned_look
from heliochrome.tasks.vintage.looks import LOOKS
from heliochrome.tasks.vintage.overrides import change, find_look, parse_settings
from heliochrome.tasks.vintage.parameters import PARAMETERS, Look, group_values


def show(name: str | None, settings: list[str], *, as_json: bool) -> None:
    """List all looks, or describe the one called `name` so that it can serve as a look file.

    Raises:
        OptionError: there is no such look, or a setting is wrong.

    """
    if name is None:
        _list(as_json)
        return
    learned = find_learned_look(name)
    if learned is not None:
        _describe_learned(learned, as_json)
        return
    look = change(find_look(name), parse_settings(settings))
    if as_json:
        emit(_described(look))
    else:
        typer.echo("\n".join(_as_file(look)))


def _list(as_json: bool) -> None:
    if as_json:
        looks = [_described(look) for look in LOOKS]
        learned = [_described_learned(look) for look in LEARNED_LOOKS]
        emit({"looks": [*looks, *learned], "parameters": _parameters()})
        return
    every: list[Look | LearnedLook] = [*LOOKS, *LEARNED_LOOKS]
    widths = [max(len(getattr(look, part)) for look in every) for part in ("name", "period")]
    for look in every:
        line = f"{look.name:{widths[0]}}  {look.period:{widths[1]}}  {look.summary}"
        if isinstance(look, LearnedLook):
            line += " (learned)" if _fault(look) is None else " (learned; unavailable)"
        typer.echo(line)


def _describe_learned(look: LearnedLook, as_json: bool) -> None:
    described = _described_learned(look)
    if as_json:
        emit(described)
        return
    for key, value in described.items():
        if value is not None:
            typer.echo(f"{key}: {value}")


def _described_learned(look: LearnedLook) -> dict[str, Any]:
    """Give the facts of a learned look; of its pictures too where it can be used."""
    texts = {"name": look.name, "period": look.period, "summary": look.summary, "kind": "learned"}
    fault = _fault(look)
    if fault is not None:
        return {**texts, "available": False, "fault": str(fault)}
    code = load_style_code(look.code_path())
    notes = {} if code.notes is None else {"pictures": code.notes.pictures, "data": code.notes.data}
    return {**texts, "available": True, "model_sha256": code.model_sha256, **notes}


def _fault(look: LearnedLook) -> HeliochromeError | None:
    """Tell what keeps a learned look from being used with the network that ships."""
    try:
        path = look.code_path()
        check_code(load_style_code(path), find_model(DEFAULT_RESTYLER).card, path)
    except HeliochromeError as error:
        return error
    return None


def _described(look: Look) -> dict[str, Any]:
    texts = {"name": look.name, "period": look.period, "summary": look.summary, "kind": "process"}
    return {**texts, **group_values(look)}


def _parameters() -> list[dict[str, str]]:
    return [
        {"key": key, "allowed": str(parameter.allowed), "meaning": parameter.meaning}
        for key, parameter in PARAMETERS.items()
    ]


def _as_file(look: Look) -> list[str]:
    """Lines of a look file that gives `look`, each parameter with its meaning."""
    # Every parameter follows, so that any base would do.
    lines = [f"base: {LOOKS[0].name}", f"name: my-{look.name}"]
    for key, parameter in PARAMETERS.items():
        value = look.value(key)
        shown = list(value) if isinstance(value, tuple) else value
        text = yaml.safe_dump(shown, default_flow_style=True).split("\n")[0]
        lines.append(f"{key}: {text}  # {parameter.meaning}; {parameter.allowed}")
    return lines
