"""The command-line application: a list of its commands.

Only option declarations are imported here, so that `heliochrome --help` stays quick; what a
command needs is imported when it runs.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from heliochrome import __version__
from heliochrome.cli import (
    archive,
    colorize,
    demo,
    evaluate,
    export,
    models,
    provenance,
    recipes,
    report,
    restore_color,
    restyle,
    run,
    train,
    upscale,
    vintage,
)


class _Commands(TyperGroup):
    """The commands; an interrupt ends any of them with a word, where typer would say nothing."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(report.report_interrupt()) from None


app = typer.Typer(
    name="heliochrome",
    cls=_Commands,
    help="Bring historical photographs back to color, to size and to style, honestly.",
    no_args_is_help=True,
    # Plain help: rich and what it needs take longer to import than all of the commands.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"heliochrome {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    pass


app.command("colorize")(colorize.command)
app.command("restyle")(restyle.command)
app.command("vintage")(vintage.command)
app.command("upscale")(upscale.command)
app.command("restore-color")(restore_color.command)
app.command("run")(run.command)
app.command("recipes")(recipes.command)
app.command("provenance")(provenance.command)
app.command("demo")(demo.command)
app.command("train")(train.command)
app.command("export")(export.command)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(models.app, name="models")
app.add_typer(archive.app, name="archive")
