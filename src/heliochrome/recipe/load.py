"""Read recipes from files, and say exactly what is wrong with one."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from heliochrome.errors import OptionError, ReadError
from heliochrome.recipe.schema import Recipe, step_names

_MOST_BYTES = 1_000_000
_EXAMPLE = "write lines like 'version: 1', 'steps:' and '  - step: contrast'"


@dataclass(frozen=True, slots=True)
class RecipeFile:
    """A recipe, the folder that its paths start from, and the SHA-256 of its file."""

    recipe: Recipe
    folder: Path
    sha256: str


def load_recipe(path: Path) -> RecipeFile:
    """Read a recipe from a YAML file.

    Raises:
        ReadError: the file cannot be read.
        OptionError: it is not a recipe; the message names the step and the key.

    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise ReadError(
            path, f"cannot be read ({error.strerror})", "check the path of the recipe"
        ) from error
    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        place = str(error).splitlines()[-1].strip()
        raise OptionError(path, f"is not valid YAML: {place}", _EXAMPLE) from error
    recipe = parse_recipe(content, path)
    return RecipeFile(recipe, path.parent, hashlib.sha256(data).hexdigest())


def parse_recipe(content: Any, name: str | Path) -> Recipe:
    """Check what a recipe file holds; `name` is what messages call it.

    Raises:
        OptionError: it is not a recipe; the message names the step and the key.

    """
    if not isinstance(content, dict):
        raise OptionError(name, "does not hold a recipe", _EXAMPLE)
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        problem, remedy = _describe(error.errors()[0], content)
        raise OptionError(name, problem, remedy) from error


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
