"""The recipes that ship, and recipes by name or path."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from heliochrome.errors import OptionError
from heliochrome.recipe.load import RecipeFile, load_recipe, parse_yaml, read_text
from heliochrome.recipe.parameters import Parameters, Settings, declared

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Summary:
    """What a recipe that ships is for.

    Attributes:
        name: what it is called by.
        about: what it does, in a sentence or two.
        parameters: what a user may give, by name.
        steps: the names of its steps, in order.

    """

    name: str
    about: str
    parameters: Parameters
    steps: tuple[str, ...]


def shipped_recipes() -> tuple[Summary, ...]:
    """Describe the recipes that ship, by name."""
    return tuple(_summary(path) for path in sorted(_folder().glob("*.yaml")))


def find_recipe(name: str | Path, settings: Settings | None = None) -> RecipeFile:
    """Read the recipe that ships under `name`, or the YAML file of that path.

    Raises:
        OptionError: there is no such recipe, it is not valid, or a setting does not fit.
        ReadError: the file, or one that it names, cannot be read.
        ModelError: a network that it names by its path is not there.

    """
    return load_recipe(recipe_path(name), settings, name=name)


def recipe_path(name: str | Path) -> Path:
    """Give the path of the recipe that ships under `name`, or `name` itself if it is a file's.

    Raises:
        OptionError: no recipe of that name ships, and there is no such file.

    """
    path = Path(name)
    if path.suffix.lower() in _SUFFIXES or len(path.parts) > 1:
        return path
    shipped = {found.stem: found for found in _folder().glob("*.yaml")}
    if str(name) in shipped:
        return shipped[str(name)]
    if path.is_file():
        return path
    names = sorted(shipped)
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.5)
    remedy = f"did you mean {close[0]}?" if close else f"choose {', '.join(names)},"
    raise OptionError(name, "is not the name of a recipe", f"{remedy} or give a .yaml file")


def _folder() -> Path:
    return Path(str(files("heliochrome"))) / "recipe" / "shipped"


def _summary(path: Path) -> Summary:
    content = parse_yaml(read_text(path), path)
    steps = tuple(step["step"] for step in content["steps"])
    about = " ".join(content["about"].split())
    return Summary(path.stem, about, declared(content.get("parameters", {})), steps)
