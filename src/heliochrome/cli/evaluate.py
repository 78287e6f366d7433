"""`heliochrome evaluate`: pinned protocols."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import evaluation_outputs as outputs
from heliochrome.cli.evaluate_style import style
from heliochrome.cli.evaluate_unfade import unfade
from heliochrome.cli.evaluate_upscale import upscale
from heliochrome.tasks.options import DEFAULT_COLORIZER

if TYPE_CHECKING:
    from heliochrome.evaluation.color import Evaluation, Questions

app = typer.Typer(help="Measure networks on pinned protocols.", no_args_is_help=True)


@app.command("color")
def color(
    data: Annotated[Path, typer.Option(metavar="DIR", help="Folder of color photos, the truth.")],
    model: Annotated[str, typer.Option(help="Name or path of the network.")] = DEFAULT_COLORIZER,
    gray_only: Annotated[
        bool, typer.Option("--gray-only", help="Measure the gray baseline, without a network.")
    ] = False,
    features: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Feature network for distances: ONNX or safetensors."),
    ] = None,
    frontier: Annotated[
        bool,
        typer.Option("--frontier", help="Score a grid of temperatures and chroma scales too."),
    ] = False,
    hints: Annotated[
        bool, typer.Option("--hints", help="Score random hints with the true color too.")
    ] = False,
    limit: Annotated[int | None, typer.Option(help="Take the first photos by name only.")] = None,
    report: outputs.ReportOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help="Write gray, colorized and true photos as one PNG."),
    ] = None,
    sheet_rows: Annotated[int, typer.Option(help="Photos on the sheet, 1 or more.")] = 16,
    update_card: outputs.UpdateCardOption = False,
    overwrite: outputs.OverwriteOption = False,
    quiet: outputs.QuietOption = False,
) -> None:
    """Colorize the gray version of color photos, and compare."""
    from rich.console import Console

    from heliochrome.cli.files import write_text
    from heliochrome.errors import OptionError
    from heliochrome.evaluation.color_table import render_report
    from heliochrome.evaluation.contact_sheet import HEADINGS

    if sheet is not None and gray_only:
        raise OptionError("--sheet", "shows colorized photos", "leave out --gray-only")
    outputs.check_outputs(report, sheet, overwrite=overwrite)
    evaluation = _run(
        data,
        None if gray_only else model,
        features,
        limit,
        _questions(frontier=frontier, hints=hints, sheet_rows=sheet_rows if sheet else 0),
        quiet=quiet,
    )
    if report is not None:
        write_text(evaluation.report.to_json(), report)
    if sheet is not None:
        outputs.write_sheet(evaluation.sheet, HEADINGS, sheet, overwrite=overwrite)
    if update_card and not gray_only:
        outputs.write_metrics(evaluation.report.card_metrics(), model)
    Console().print(render_report(evaluation.report), markup=False, highlight=False)


app.command("style")(style)
app.command("upscale")(upscale)
app.command("unfade")(unfade)


def _questions(*, frontier: bool, hints: bool, sheet_rows: int) -> Questions:
    from heliochrome.evaluation.color import (
        FRONTIER_CHROMA_SCALES,
        FRONTIER_TEMPERATURES,
        Questions,
    )
    from heliochrome.evaluation.hints import HINT_COUNTS

    return Questions(
        temperatures=FRONTIER_TEMPERATURES if frontier else (),
        chroma_scales=FRONTIER_CHROMA_SCALES if frontier else (),
        hint_counts=HINT_COUNTS if hints else (),
        sheet_rows=sheet_rows,
    )


def _run(
    data: Path,
    model: str | None,
    features: Path | None,
    limit: int | None,
    questions: Questions,
    *,
    quiet: bool,
) -> Evaluation:
    from heliochrome.evaluation.color import run

    with outputs.ProgressBar(quiet=quiet) as progress:
        return run(
            data, model, features=features, limit=limit, questions=questions, progress=progress
        )
