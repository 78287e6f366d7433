"""`heliochrome archive init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import common


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or an empty folder.")],
    catalog: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="PostgreSQL database of the catalog; default: a SQLite file in DIR."
        ),
    ] = None,
    derivatives: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where derivatives go, as s3://…; default: into DIR."),
    ] = None,
    originals: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where copies of originals go, likewise."),
    ] = None,
    as_json: common.AsJson = False,
) -> None:
    """Make an empty archive."""
    from heliochrome.cli.extras import needs
    from heliochrome.cli.report import emit, say

    with needs("an archive", "archive"):
        from heliochrome.archive.archive import Archive
    with Archive.init(folder, catalog, derivatives, originals) as archive:
        if as_json:
            emit({"folder": str(folder), "id": archive.marker.id, "catalog": archive.catalog.name})
        else:
            say(f"{folder}: an empty archive. Next: heliochrome archive add {folder} SCANS")
