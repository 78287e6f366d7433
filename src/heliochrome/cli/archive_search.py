"""`heliochrome archive search`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import archive_options, common

if TYPE_CHECKING:
    from heliochrome.archive.entries import Entry


def command(
    folder: archive_options.Folder,
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT", help='Words, or beginnings of words; "so" word for word.'),
    ],
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Most items to show.")] = 50,
    as_json: common.AsJson = False,
) -> None:
    """Find items, best first. By description, collection, file name and recipes."""
    from heliochrome.cli.report import emit, say

    with archive_options.open_archive(folder) as archive:
        found = archive.catalog.search(text, limit)
        entries = {entry.original.identifier: entry for entry in archive.entries(found)}
    if as_json:
        emit({"items": [_facts(entries[identifier]) for identifier in found]})
        return
    for identifier in found:
        typer.echo(_line(entries[identifier]))
    if not found:
        say("Nothing found.")


def _facts(entry: Entry) -> dict[str, object]:
    original = entry.original
    return {
        "identifier": original.identifier,
        "collection": original.collection,
        "source_name": original.source_name,
        "statements": {element: list(values) for element, values in entry.statements.items()},
        "recipes": sorted({derived.recipe_name for derived in entry.derivatives}),
    }


def _line(entry: Entry) -> str:
    original = entry.original
    parts = [original.identifier, original.source_name, original.collection]
    parts += [entry.statements.get(element, ("",))[0] for element in ("title", "date")]
    return "  ".join(part for part in parts if part)
