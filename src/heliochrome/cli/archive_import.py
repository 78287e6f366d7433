"""`heliochrome archive import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import archive_options, common

if TYPE_CHECKING:
    from heliochrome.archive.description_table import Reading


def command(
    folder: archive_options.Folder,
    table: Annotated[
        Path, typer.Argument(metavar="F.csv", help="A table of `archive export DIR csv`, edited.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change; change nothing.")
    ] = False,
    as_json: common.AsJson = False,
) -> None:
    """Take over descriptions from a table.

    Only what differs is changed. Rows that cannot be used and columns that mean nothing are
    reported; they stop nothing.
    """
    from heliochrome.cli import EXIT_FAILED_IN_BATCH

    with archive_options.open_archive(folder) as archive:
        from heliochrome.archive.description_table import apply_changes, read_table

        reading = read_table(archive, table)
        if not dry_run:
            apply_changes(archive, reading.changes)
    _report(reading, dry_run=dry_run, as_json=as_json)
    if reading.faults:
        raise typer.Exit(EXIT_FAILED_IN_BATCH)


def _report(reading: Reading, *, dry_run: bool, as_json: bool) -> None:
    from heliochrome.cli.report import describe, emit, message, say

    if as_json:
        emit(
            {
                "dry_run": dry_run,
                "changed": [
                    {"identifier": change.identifier, "elements": list(change.elements)}
                    for change in reading.changes
                ],
                "unchanged": reading.unchanged,
                "unknown_columns": list(reading.unknown_columns),
                "failed": [describe(fault) for fault in reading.faults],
            }
        )
        return
    if dry_run:
        for change in reading.changes:
            typer.echo(f"{change.identifier}: {', '.join(change.elements)}")
    done = "would change" if dry_run else "changed"
    say(f"{len(reading.changes)} items {done}, {reading.unchanged} stay as they are.")
    if reading.unknown_columns:
        say(f"Columns that mean nothing here: {', '.join(reading.unknown_columns)}")
    for fault in reading.faults:
        say(f"Error: {message(fault)}")
