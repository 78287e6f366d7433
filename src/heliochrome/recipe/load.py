"""Read recipes from files, and say exactly what is wrong with one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from heliochrome.errors import OptionError, ReadError
from heliochrome.recipe.digest import recipe_sha256
from heliochrome.recipe.parameters import Settings, fill_in
from heliochrome.recipe.schema import Recipe, step_names

_MOST_BYTES = 1_000_000
_EXAMPLE = "write lines like 'version: 1', 'steps:' and '  - step: contrast'"


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """A recipe as it is done.

    Attributes:
        recipe: with its parameters filled in.
        folder: which relative paths in it start from.
        sha256: of its content; see `recipe.digest`.
        text: its YAML as it was given, or as it was filled in where parameters were given.

    """

    recipe: Recipe
    folder: Path
    sha256: str
    text: str


def load_recipe(
    path: Path, settings: Settings | None = None, *, name: str | Path | None = None
) -> RecipeFile:
    """Read a recipe from a YAML file.

    Args:
        path: the file.
        settings: of the recipe's parameters.
        name: what messages call it; None: its path.

    Raises:
        ReadError: the file, or one that it names, cannot be read.
        OptionError: it is not a recipe, or a setting does not fit; the message names the place.
        ModelError: a network that it names by its path is not there.

    """
    text = read_text(path)
    recipe = parse_recipe(parse_yaml(text, path), name or path, settings)
    if settings:
        text = recipe_yaml(recipe)
    return RecipeFile(recipe, path.parent, recipe_sha256(recipe, path.parent), text)


def read_text(path: Path) -> str:
    """Read the text of a recipe file.

    Raises:
        ReadError: the file cannot be read.
        OptionError: it is no UTF-8 text.

    """
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode()
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check the path of the recipe"
        ) from error
    except UnicodeDecodeError as error:
        raise OptionError(path, f"is not valid YAML: {error}", _EXAMPLE) from error


def parse_yaml(text: str, name: str | Path) -> dict[str, Any]:
    """Give the keys and values of a recipe's YAML; `name` is what messages call it.

    Raises:
        OptionError: there are none.

    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        place = str(error).splitlines()[-1].strip()
        raise OptionError(name, f"is not valid YAML: {place}", _EXAMPLE) from error
    if not isinstance(content, dict):
        raise OptionError(name, "does not hold a recipe", _EXAMPLE)
    return content


def parse_recipe(content: Any, name: str | Path, settings: Settings | None = None) -> Recipe:
    """Check what a recipe file holds; `name` is what messages call it.

    Raises:
        OptionError: it is not a recipe; the message names the step and the key. Or a setting does
            not fit the recipe's parameters; the message names the parameter.

    """
    if not isinstance(content, dict):
        raise OptionError(name, "does not hold a recipe", _EXAMPLE)
    try:
        filled = fill_in(content, settings or {})
    except OptionError as error:
        raise OptionError(name, f"{error.subject} {error.problem}", error.remedy) from error
    try:
        return Recipe.model_validate(filled)
    except ValidationError as error:
        problem, remedy = _describe(error.errors()[0], filled)
        raise OptionError(name, problem, remedy) from error


def recipe_yaml(recipe: Recipe) -> str:
    """Write a recipe as YAML: what was given, without defaults and parameters."""
    content = recipe.model_dump(mode="json", exclude_unset=True, exclude={"parameters"})
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)


def _describe(fault: ErrorDetails, content: dict[str, Any]) -> tuple[str, str]:
    """Say what and where the first fault is, and what to do about it."""
    where, key = _place(fault, content)
    kind, value = fault["type"], fault["input"]
    if kind == "extra_forbidden":
        return f"{where}key '{key}' is unknown", _nearest(key, _known_keys(fault, content))
    if kind == "missing":
        return f"{where}key '{key}' is missing", f"add '{key}: ...'"
    if kind == "union_tag_not_found":
        return f"{where}key 'step' is missing", f"name one of {', '.join(step_names())}"
    if kind == "union_tag_invalid":
        named = value.get("step") if isinstance(value, dict) else value
        return f"{where}step '{named}' is unknown", _nearest(str(named), step_names())
    if key == "version":
        return f"version is {value!r}", "give version: 1, the only one there is"
    text = fault["msg"][0].lower() + fault["msg"][1:]
    return f"{where}'{key}' is {value!r}: {text}", "correct the value"


def _place(fault: ErrorDetails, content: dict[str, Any]) -> tuple[str, str]:
    """Name the step of a fault, as "step 2 (contrast): ", and its key."""
    location = fault["loc"]
    # What follows the index of a step is its name, which pydantic chose the model by.
    if location[:1] != ("steps",) or len(location) < 2:
        return "", str(location[0])
    index = int(location[1])
    keys = [part for part in location[3:] if isinstance(part, str)]
    named = content["steps"][index]
    title = f" ({named['step']})" if isinstance(named, dict) and "step" in named else ""
    return f"step {index + 1}{title}: ", str(keys[0]) if keys else "step"


def _known_keys(fault: ErrorDetails, content: dict[str, Any]) -> Iterable[str]:
    location = fault["loc"]
    if location[0] != "steps":
        return Recipe.model_fields
    return step_names()[content["steps"][int(location[1])]["step"]].model_fields


def _nearest(word: str, known: Iterable[str]) -> str:
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"did you mean {close[0]}?" if close else f"choose from {', '.join(words)}"
