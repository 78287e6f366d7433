"""`heliochrome archive export`: what leaves an archive, one subcommand per form."""

from __future__ import annotations

import typer

from heliochrome.cli import (
    archive_export_bag,
    archive_export_csv,
    archive_export_iiif,
    archive_options,
)

app = typer.Typer(help="Write an archive, or parts of it, in other forms.", no_args_is_help=True)


@app.callback()
def _folder(context: typer.Context, folder: archive_options.Folder) -> None:
    context.obj = folder


app.command("bag")(archive_export_bag.command)
app.command("csv")(archive_export_csv.command)
app.command("iiif")(archive_export_iiif.command)
