"""What `heliochrome vintage --list-looks` says."""

from __future__ import annotations

from typing import Any

import typer
import yaml

from heliochrome.cli.report import emit
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
    look = change(find_look(name), parse_settings(settings))
    if as_json:
        emit(_described(look))
    else:
        typer.echo("\n".join(_as_file(look)))


def _list(as_json: bool) -> None:
    if as_json:
        emit({"looks": [_described(look) for look in LOOKS], "parameters": _parameters()})
        return
    widths = [max(len(getattr(look, part)) for look in LOOKS) for part in ("name", "period")]
    for look in LOOKS:
        typer.echo(f"{look.name:{widths[0]}}  {look.period:{widths[1]}}  {look.summary}")


def _described(look: Look) -> dict[str, Any]:
    texts = {"name": look.name, "period": look.period, "summary": look.summary}
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
