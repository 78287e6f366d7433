"""`heliochrome recipes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from heliochrome.cli import common

if TYPE_CHECKING:
    from heliochrome.recipe.shipped import Summary


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Print this one's YAML, to be changed and kept."),
    ] = None,
    as_json: common.AsJson = False,
) -> None:
    """List the recipes that ship, for `run` and `archive build`."""
    import yaml

    from heliochrome.cli.report import emit
    from heliochrome.recipe.load import read_text
    from heliochrome.recipe.shipped import recipe_path, shipped_recipes

    if name is not None:
        text = read_text(recipe_path(name))
        if as_json:
            emit(yaml.safe_load(text))
        else:
            typer.echo(text, nl=False)
        return
    recipes = shipped_recipes()
    if as_json:
        emit({"recipes": [_facts(recipe) for recipe in recipes]})
        return
    for recipe in recipes:
        typer.echo("\n".join(_lines(recipe)))


def _facts(recipe: Summary) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "about": recipe.about,
        "steps": list(recipe.steps),
        "parameters": {name: p.model_dump() for name, p in recipe.parameters.items()},
    }


def _lines(recipe: Summary) -> list[str]:
    lines = [f"{recipe.name}  ({', '.join(recipe.steps)})", f"  {recipe.about}"]
    for name, parameter in recipe.parameters.items():
        default = parameter.default
        shown = default if not isinstance(default, bool) else str(default).lower()
        value = "must be given" if default is None else f"default {shown}"
        lines.append(f"  --set {name}=…  {parameter.about} ({value})")
    return lines
