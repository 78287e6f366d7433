"""`heliochrome demo`: colorize sample photos and show them beside the originals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import common
from heliochrome.tasks.options import DEFAULT_COLORIZER


def command(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")
    ] = Path("demo"),
    model: Annotated[str, typer.Option(help="Name or path of the network.")] = DEFAULT_COLORIZER,
    as_json: common.AsJson = False,
) -> None:
    """Colorize sample photos. The results and one contact sheet are written.

    The photos are those that come with scikit-image. Results of an earlier demo in the
    same folder are replaced.
    """
    from heliochrome.cli.demo_run import run_demo
    from heliochrome.cli.report import emit

    report = run_demo(output, model)
    if as_json:
        emit(report.as_json())
        return
    for result in report.results:
        typer.echo(f"{result.path}  {result.seconds:.2f} s")
    typer.echo(f"{report.sheet}  (gray | colorized | original)")
