"""`heliochrome archive export DIR csv`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import archive_options, common


def command(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="F.csv", help="The table.")],
    search: Annotated[str | None, typer.Option(help="Only items that this text finds.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a table.")] = False,
    as_json: common.AsJson = False,
) -> None:
    """Write descriptions as a table, which `archive import` reads."""
    import io

    from heliochrome.cli.report import counted, emit, say
    from heliochrome.errors import OutputConflictError
    from heliochrome.image.write import storing

    if output.exists() and not overwrite:
        raise OutputConflictError(output, "already exists", "add --overwrite, or choose another")
    with archive_options.open_archive(context.obj) as archive:
        from heliochrome.archive.description_table import write_table

        # The byte order mark tells spreadsheet programs that it is UTF-8.
        with storing(output) as file:
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            rows = write_table(archive.entries(search=search), text)
            text.detach()  # flushes, and leaves the file open
    if as_json:
        emit({"output": str(output), "items": rows})
    else:
        say(f"{output}: {counted(rows, 'item')}")
