"""`heliochrome evaluate upscale`: how near enlarged pictures come to what they were."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import evaluation_outputs as outputs


def upscale(
    data: Annotated[
        list[Path],
        typer.Option(metavar="DIR", help="Folder of true pictures; repeat for several."),
    ],
    scale: Annotated[int, typer.Option(help="Enlargement.")] = 4,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            help="Name or path of a network; repeat for several.  "
            "[default: the installed ones of this scale]",
        ),
    ] = None,
    bicubic_only: Annotated[
        bool, typer.Option("--bicubic-only", help="Measure interpolation, without a network.")
    ] = False,
    peers: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of networks for OpenCV, as LapSRN_x4.pb."),
    ] = None,
    features: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="VGG-19 or SqueezeNet 1.1, for distances: safetensors; repeat for both.",
        ),
    ] = None,
    report: outputs.ReportOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help="Write parts of all results side by side as one PNG."),
    ] = None,
    sheet_rows: Annotated[int, typer.Option(help="Pictures on the sheet, 1 or more.")] = 10,
    update_card: outputs.UpdateCardOption = False,
    overwrite: outputs.OverwriteOption = False,
    quiet: outputs.QuietOption = False,
) -> None:
    """Reduce pictures, enlarge them again, and compare."""
    from rich.console import Console

    from heliochrome.cli.files import write_text
    from heliochrome.evaluation.upscale import run
    from heliochrome.evaluation.upscale_table import render_report

    outputs.check_outputs(report, sheet, overwrite=overwrite)
    chosen = [] if bicubic_only else models or _installed(scale)
    with outputs.ProgressBar(quiet=quiet) as progress:
        evaluation = run(
            data,
            scale,
            chosen,
            peers=peers,
            features=features or (),
            sheet_rows=sheet_rows if sheet else 0,
            progress=progress,
        )
    if report is not None:
        write_text(evaluation.report.to_json(), report)
    if sheet is not None:
        outputs.write_sheet(evaluation.sheet, evaluation.headings, sheet, overwrite=overwrite)
    if update_card:
        for model, facts in zip(chosen, evaluation.report.models, strict=True):
            outputs.write_metrics(evaluation.report.card_metrics(facts.name), model)
    Console().print(render_report(evaluation.report), markup=False, highlight=False)


def _installed(scale: int) -> list[str]:
    """Names of our own networks of this scale that are there."""
    from heliochrome.errors import ModelNotFoundError
    from heliochrome.model.store import find_model
    from heliochrome.tasks.options import UPSCALE_MODES

    found = []
    for mode in UPSCALE_MODES:
        name = f"upscaler-{mode}-x{scale}"
        try:
            find_model(name)
        except ModelNotFoundError:
            continue
        found.append(name)
    if not found:
        raise ModelNotFoundError(
            f"upscaler-*-x{scale}", "no network of this name", "give --model, or --bicubic-only"
        )
    return found
