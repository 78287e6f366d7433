"""Records for catalogs, without any file behind them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from heliochrome.archive.catalog import Catalog
from heliochrome.archive.entries import Event
from heliochrome.archive.records import NewDerivative, NewFailure, NewItem, event


def sha256_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def new_item(name: str, **fields: Any) -> NewItem:
    """Make an item whose checksums follow from its name."""
    facts: dict[str, Any] = {
        "collection": "",
        "sha256": sha256_of(name),
        "sha512": hashlib.sha512(name.encode()).hexdigest(),
        "size": len(name),
        "uri": f"{sha256_of(name)[:2]}/{sha256_of(name)}.jpg",
        "is_reference": False,
        "source_name": name,
        "mime": "image/jpeg",
        "puid": "fmt/44",
        "width": 40,
        "height": 30,
        "bits": 8,
        "channels": 3,
    }
    return NewItem(**(facts | fields))


def add_items(catalog: Catalog, *names: str) -> list[str]:
    """Add items and give their identifiers."""
    return [catalog.add_item(new_item(name))[0] for name in names]


def add_recipe(catalog: Catalog, name: str = "restore") -> int:
    return catalog.ensure_recipe(sha256_of(name), name, f"name: {name}")


def key_of(identifier: str, recipe: str) -> str:
    return sha256_of(f"{identifier} by {recipe}")


def new_derivative(
    identifier: str, recipe_id: int, key: str, events: Sequence[Event] = (), **fields: Any
) -> NewDerivative:
    facts: dict[str, Any] = {
        "uri": f"{key[:2]}/{key}.jpg",
        "sha256": sha256_of(key),
        "sha512": hashlib.sha512(key.encode()).hexdigest(),
        "size": 10,
        "mime": "image/jpeg",
        "width": 80,
        "height": 60,
        "record": {"steps": [{"task": "colorize"}]},
        "model_sha256s": [sha256_of("model")],
        "heliochrome_version": "0.1.0",
        "seconds": 1.5,
    }
    made = events or [event("creation", "by a test", derivative=key)]
    return NewDerivative(
        identifier=identifier, recipe_id=recipe_id, key=key, events=made, **(facts | fields)
    )


def new_failure(identifier: str, recipe_id: int, key: str, **fields: Any) -> NewFailure:
    facts: dict[str, Any] = {
        "kind": "ReadError",
        "problem": "is truncated",
        "remedy": "get a complete copy",
    }
    return NewFailure(identifier=identifier, recipe_id=recipe_id, key=key, **(facts | fields))
