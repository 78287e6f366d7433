"""`heliochrome archive add`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import archive_options, common


def command(
    folder: archive_options.Folder,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", help="Scans, or folders with all below them.")
    ],
    reference: Annotated[
        bool, typer.Option("--reference", help="Leave the scans in their place; copy nothing.")
    ] = False,
    collection: Annotated[str, typer.Option(help="Collection to put them in.")] = "",
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="That examine scans; default: one per core, at most 4."),
    ] = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Add scans: examine, copy and record them.

    Checksums, format, dimensions, metadata and likenesses are recorded. A scan that is there
    already is skipped. Files that cannot be read are reported; they stop
    nothing.
    """
    import os

    from heliochrome.cli.archive_add_batch import add, finish

    with archive_options.open_archive(folder) as archive:
        tally = add(
            archive,
            paths,
            reference=reference,
            collection=collection,
            threads=threads or min(os.cpu_count() or 1, 4),
            quiet=quiet or as_json,
        )
    finish(tally, as_json=as_json, quiet=quiet)
    raise typer.Exit(tally.exit_code)
