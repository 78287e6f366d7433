"""`heliochrome evaluate style`: how near a restyler comes to styles and stays to photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import evaluation_outputs as outputs
from heliochrome.tasks.options import DEFAULT_COLORIZER, DEFAULT_RESTYLER


def style(
    contents: Annotated[Path, typer.Option(metavar="DIR", help="Folder of color photos.")],
    styles: Annotated[Path, typer.Option(metavar="DIR", help="Folder of style pictures.")],
    vgg: Annotated[
        Path, typer.Option(metavar="FILE", help="VGG-19, for the distances: safetensors.")
    ],
    squeezenet: Annotated[
        Path, typer.Option(metavar="FILE", help="SqueezeNet 1.1, for the distances: safetensors.")
    ],
    model: Annotated[str, typer.Option(help="Name or path of the network.")] = DEFAULT_RESTYLER,
    colors_only: Annotated[
        bool,
        typer.Option("--colors-only", help="Measure what needs no network: color matching, ..."),
    ] = False,
    size: Annotated[
        int, typer.Option(help="Short side of photos and styles; the protocol's is 256.")
    ] = 256,
    scales: Annotated[str, typer.Option(help="Enlargements, separated by commas.")] = "1,2,4",
    optimize: Annotated[
        str,
        typer.Option(
            metavar="STEPS",
            help="Optimize directly, too, for so many steps: 50,200,500 takes minutes for a pair.",
        ),
    ] = "",
    optimize_scales: Annotated[str, typer.Option(help="Those of the scales to optimize at.")] = "1",
    corrections: Annotated[
        str,
        typer.Option(
            metavar="N,N…", help="Let the network correct its results so often, too: 0 to 16 times."
        ),
    ] = "",
    cache: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep what optimization gives, and use what is there."),
    ] = None,
    chain: Annotated[
        bool,
        typer.Option(
            "--chain", help="Compare with colorizing, restyling and enlarging one by one, too."
        ),
    ] = False,
    colorizer: Annotated[
        str, typer.Option(help="Name or path of the network that the chain begins with.")
    ] = DEFAULT_COLORIZER,
    upscaler: Annotated[
        str, typer.Option(help="Name or path of the x4 network that the chain ends with.")
    ] = "upscaler-faithful-x4",
    report: outputs.ReportOption = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="OUT.png", help="Write photos, styles and all results as one PNG."),
    ] = None,
    sheet_rows: Annotated[int, typer.Option(help="Pairs on the sheet, 1 or more.")] = 10,
    update_card: outputs.UpdateCardOption = False,
    overwrite: outputs.OverwriteOption = False,
    quiet: outputs.QuietOption = False,
) -> None:
    """Restyle every photo after every style, and compare with both."""
    from rich.console import Console

    from heliochrome.cli.files import write_text
    from heliochrome.evaluation.style import Chain, Models, Questions, run
    from heliochrome.evaluation.style_table import render_report

    _check(chain=chain, update_card=update_card, corrections=corrections, colors_only=colors_only)
    outputs.check_outputs(report, sheet, overwrite=overwrite)
    with outputs.ProgressBar(quiet=quiet) as progress:
        evaluation = run(
            contents,
            styles,
            Models(None if colors_only else model, Chain(colorizer, upscaler) if chain else None),
            vgg=vgg,
            squeezenet=squeezenet,
            size=size,
            questions=Questions(
                scales=_numbers("--scales", scales),
                optimize_steps=_numbers("--optimize", optimize),
                optimize_scales=_numbers("--optimize-scales", optimize_scales),
                corrections=_numbers("--corrections", corrections),
                sheet_rows=sheet_rows if sheet else 0,
            ),
            cache=cache,
            progress=progress,
        )
    if report is not None:
        write_text(evaluation.report.to_json(), report)
    if sheet is not None:
        outputs.write_sheet(evaluation.sheet, evaluation.headings, sheet, overwrite=overwrite)
    if update_card:
        outputs.write_metrics(evaluation.report.card_metrics(), model)
    Console().print(render_report(evaluation.report), markup=False, highlight=False)


def _check(*, chain: bool, update_card: bool, corrections: str, colors_only: bool) -> None:
    from heliochrome.errors import OptionError

    asked = {"--chain": chain, "--update-card": update_card, "--corrections": bool(corrections)}
    for name, given in asked.items():
        if given and colors_only:
            raise OptionError(name, "needs a network", "leave out --colors-only")


def _numbers(option: str, text: str) -> tuple[int, ...]:
    """Whole numbers separated by commas, ascending and each once; none in an empty text."""
    from heliochrome.errors import OptionError

    try:
        return tuple(sorted({int(part) for part in text.split(",") if part.strip()}))
    except ValueError as error:
        raise OptionError(option, f"is '{text}'", "give whole numbers, as in 1,2,4") from error
