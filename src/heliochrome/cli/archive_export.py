"""`heliochrome archive export`: what leaves an archive, one subcommand per form."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from heliochrome.cli import (
    archive_export_bag,
    archive_export_csv,
    archive_export_iiif,
    archive_options,
)


class _Forms(TyperGroup):
    """The forms; help on one of them is also given where no folder comes before it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if len(args) > 1 and args[0] in self.commands and args[1] in ctx.help_option_names:
            args = [".", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Forms, help="Write an archive, or parts of it, in other forms.", no_args_is_help=True
)


@app.callback()
def _folder(context: typer.Context, folder: archive_options.Folder) -> None:
    context.obj = folder


app.command("bag")(archive_export_bag.command)
app.command("csv")(archive_export_csv.command)
app.command("iiif")(archive_export_iiif.command)
