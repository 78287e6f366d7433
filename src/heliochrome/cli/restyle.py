"""`heliochrome restyle`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import common
from heliochrome.tasks.options import DEFAULT_RESTYLER, RestyleOptions

_DEFAULTS = RestyleOptions()


def command(
    photos: common.Photos,
    output: common.Output,
    style: Annotated[
        list[Path],
        typer.Option(
            "--style", "-s", metavar="PICTURE", help="A picture or a folder of them; repeatable."
        ),
    ],
    weights: Annotated[
        str | None, typer.Option(metavar="W,W…", help="One weight per --style; default: alike.")
    ] = None,
    strength: Annotated[
        float, typer.Option(help="0 is the photo itself, 1 all of the style.")
    ] = _DEFAULTS.strength,
    keep_color: Annotated[
        bool, typer.Option("--keep-color", help="Brushwork of the style, color of the photo.")
    ] = _DEFAULTS.keep_color,
    scale: Annotated[int, typer.Option(help="Enlarge 1, 2 or 4 times.")] = _DEFAULTS.scale,
    gray: Annotated[
        bool | None,
        typer.Option("--gray/--no-gray", help="Take the photos as black-and-white, or as color."),
    ] = _DEFAULTS.gray,
    recursive: common.Recursive = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    overwrite: common.Overwrite = False,
    sidecar: common.Sidecar = False,
    model: common.Model = DEFAULT_RESTYLER,
    backend: common.RunBy = common.Backend.onnxruntime,
    threads: common.Threads = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Give photos the style of other pictures; black-and-white ones are colored on the way."""
    from heliochrome.cli.batch import finish, run_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.restyle_batch import Restyler
    from heliochrome.cli.results import Results
    from heliochrome.cli.styles import find_styles, parse_weights

    options = RestyleOptions(strength=strength, keep_color=keep_color, scale=scale, gray=gray)
    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    styles = find_styles(style, parse_weights(weights), output)
    work = Restyler.open(
        model,
        styles,
        options,
        Results(
            quality=quality,
            overwrite=overwrite,
            sidecar=sidecar,
            inputs=[file.path for file in styles],
        ),
        threads=threads,
        backend=backend.value,
    )
    outcome = run_batch(plan, work, quiet=quiet or as_json)
    finish(outcome, as_json=as_json, quiet=quiet)
    raise typer.Exit(outcome.exit_code)
