"""How items and derivatives are called."""

from __future__ import annotations

from pathlib import PurePosixPath

from heliochrome.archive.entries import Entry

# The order in which the elements are shown (DCMI Metadata Terms, section 3).
DUBLIN_CORE = {
    "title": "Title",
    "creator": "Creator",
    "contributor": "Contributor",
    "date": "Date",
    "description": "Description",
    "subject": "Subject",
    "coverage": "Coverage",
    "type": "Type",
    "format": "Format",
    "publisher": "Publisher",
    "source": "Source",
    "relation": "Relation",
    "language": "Language",
    "identifier": "Identifier",
    "rights": "Rights",
}


def title_of(entry: Entry) -> str:
    """Give the item's title; without one the name of its file."""
    titles = entry.statements.get("title", ())
    return titles[0] if titles else PurePosixPath(entry.original.source_name).stem


def derivative_labels(entry: Entry) -> tuple[str, ...]:
    """Name the derivatives, oldest first: by recipe, numbered where one was used again."""
    labels: list[str] = []
    seen: dict[str, int] = {}
    for derived in entry.derivatives:
        seen[derived.recipe_name] = number = seen.get(derived.recipe_name, 0) + 1
        labels.append(derived.recipe_name if number == 1 else f"{derived.recipe_name} ({number})")
    return tuple(labels)
