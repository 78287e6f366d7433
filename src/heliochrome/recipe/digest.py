"""What identifies a recipe: its content, and that of every file it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from heliochrome.model.store import find_model, names_file
from heliochrome.recipe.schema import Recipe
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.upscaler_network import find_upscaler

_FOR_PEOPLE = {"about", "parameters"}  # nothing of a result depends on them


def recipe_sha256(recipe: Recipe, folder: Path) -> str:
    """SHA-256 of a recipe's canonical JSON (sorted keys, no spaces, defaults filled in).

    Every file that it names is replaced by the file's SHA-256: neither formatting nor file names
    matter, contents do. Networks called by name keep that name; their own hashes are
    `model_sha256s`. Of what is for people only the name counts, since results record it.

    Args:
        recipe: with its parameters filled in.
        folder: which relative paths start from.

    Raises:
        ReadError: a file cannot be read.
        ModelError: a network that it names by its path is not there.

    """
    hashed = with_files(recipe, lambda name: f"sha256:{file_sha256(folder / name)}")
    content = hashed.model_dump(mode="json", exclude=_FOR_PEOPLE)
    for step in content["steps"]:
        model = step.get("model")
        if model is not None and names_file(model):
            step["model"] = f"sha256:{find_model(model).card.sha256}"
    return canonical_sha256(content)


def model_sha256s(recipe: Recipe) -> tuple[str, ...]:
    """SHA-256 of every network that a recipe needs, sorted; as the cards state them.

    Raises:
        ModelError: a network is not there, or its card is malformed.
        OptionError: an upscaler that is named cannot do what the step says.

    """
    found = set()
    for step in recipe.steps:
        match step.step:
            case "colorize" | "restyle":
                found.add(find_model(step.model).card.sha256)
            case "upscale":
                found.add(find_upscaler(step.options()).card.sha256)
    return tuple(sorted(found))


def with_files(recipe: Recipe, change: Callable[[str], str]) -> Recipe:
    """Give a recipe with other names of the files that it names, networks aside."""
    steps = [step.with_files(change) for step in recipe.steps]
    return recipe.model_copy(update={"steps": steps})


def canonical_sha256(content: Any) -> str:
    """SHA-256 of what JSON can hold, whatever the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
