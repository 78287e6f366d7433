"""`heliochrome colorize`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli.outputs import OutputFormat
from heliochrome.tasks.options import DEFAULT_COLORIZER, ColorizeOptions


class Backend(StrEnum):
    """What runs the network."""

    onnxruntime = "onnxruntime"
    openvino = "openvino"


_DEFAULTS = ColorizeOptions()


def command(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTO…", help="Photos, or folders with --recursive.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help="A file for one photo, else a folder."),
    ],
    vividness: Annotated[
        float, typer.Option(help="0 is gray, 1 the network's own balance, 2 the most vivid.")
    ] = _DEFAULTS.vividness,
    hints: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Points of known color, for one photo.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(metavar="PICTURE", help="Take the palette of this picture.")
    ] = None,
    variants: Annotated[
        int, typer.Option(help="Number of plausible colorings to write, 1 to 16.")
    ] = _DEFAULTS.variants,
    seed: Annotated[int, typer.Option(help="Of the variants' random draw.")] = _DEFAULTS.seed,
    confidence: Annotated[
        Path | None,
        typer.Option(metavar="MAP", help="Write where the color is sure (white) or a guess."),
    ] = None,
    keep_existing: Annotated[
        bool, typer.Option("--keep-existing", help="Keep color that the photo already has.")
    ] = _DEFAULTS.keep_existing,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Take all photos in the folders given.")
    ] = False,
    format: Annotated[
        OutputFormat | None, typer.Option(help="Container of the results; default: the photo's.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF.")] = 95,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace results that exist. Never an input.")
    ] = False,
    sidecar: Annotated[
        bool, typer.Option("--sidecar", help="Write the provenance record as OUT.json too.")
    ] = False,
    model: Annotated[str, typer.Option(help="Name or path of the network.")] = DEFAULT_COLORIZER,
    backend: Annotated[Backend, typer.Option(help="What runs the network.")] = Backend.onnxruntime,
    threads: Annotated[
        int | None, typer.Option(help="CPU threads of the network; default: all cores.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Report as JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Report failures only.")] = False,
) -> None:
    """Colorize black-and-white, sepia or faded photos. Their luminance stays exactly as it is."""
    from heliochrome.cli import colorize_batch
    from heliochrome.cli.batch import finish, run_batch
    from heliochrome.cli.outputs import plan_outputs

    silent = quiet or as_json
    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    options = colorize_batch.read_options(
        ColorizeOptions(
            vividness=vividness, variants=variants, seed=seed, keep_existing=keep_existing
        ),
        hints=hints,
        reference=reference,
        total=plan.total,
    )
    writing = colorize_batch.Writing(
        quality=quality,
        overwrite=overwrite,
        sidecar=sidecar,
        folder=output if plan.into_folder else None,
        confidence=confidence,
    )
    work = colorize_batch.Colorizer.open(
        model, options, writing, reference=reference, threads=threads, backend=backend.value
    )
    outcome = run_batch(plan, work, quiet=silent)
    finish(outcome, as_json=as_json, quiet=quiet)
    raise typer.Exit(outcome.exit_code)
