"""`heliochrome evaluate unfade`: how much of a known fading is undone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import evaluation_outputs as outputs


def unfade(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of color photos, the truth.")],
    limit: Annotated[int | None, typer.Option(help="Take the first photos by name only.")] = None,
    report: outputs.ReportOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help="Write faded, restored and true photos as one PNG."),
    ] = None,
    sheet_rows: Annotated[int, typer.Option(help="Photos on the sheet, 1 or more.")] = 16,
    overwrite: outputs.OverwriteOption = False,
    quiet: outputs.QuietOption = False,
) -> None:
    """Fade color photos, restore them, and compare. Simple methods are compared, too."""
    from rich.console import Console

    from heliochrome.cli.files import write_text
    from heliochrome.evaluation.unfade import HEADINGS, run
    from heliochrome.evaluation.unfade_table import render_report

    outputs.check_outputs(report, sheet, overwrite=overwrite)
    with outputs.ProgressBar(quiet=quiet) as progress:
        evaluation = run(
            data, limit=limit, sheet_rows=sheet_rows if sheet else 0, progress=progress
        )
    if report is not None:
        write_text(evaluation.report.to_json(), report)
    if sheet is not None:
        outputs.write_sheet(evaluation.sheet, HEADINGS, sheet, overwrite=overwrite)
    Console().print(render_report(evaluation.report), markup=False, highlight=False)
