"""`heliochrome colorize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import common
from heliochrome.tasks.options import DEFAULT_COLORIZER, ColorizeOptions

_DEFAULTS = ColorizeOptions()


def command(
    photos: common.Photos,
    output: common.Output,
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
        typer.Option(
            metavar="MAP",
            help="Write where color is sure (white) or a guess; a file, or a folder for many.",
        ),
    ] = None,
    keep_existing: Annotated[
        bool, typer.Option("--keep-existing", help="Keep color that the photo already has.")
    ] = _DEFAULTS.keep_existing,
    recursive: common.Recursive = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    overwrite: common.Overwrite = False,
    sidecar: common.Sidecar = False,
    model: common.Model = DEFAULT_COLORIZER,
    backend: common.RunBy = common.Backend.onnxruntime,
    threads: common.Threads = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Colorize black-and-white, sepia or faded photos. Their luminance stays exactly as it is."""
    from heliochrome.cli import colorize_batch
    from heliochrome.cli.batch import do_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.results import Results
    from heliochrome.tasks.provenance import file_sha256

    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    options = colorize_batch.read_options(
        ColorizeOptions(
            vividness=vividness, variants=variants, seed=seed, keep_existing=keep_existing
        ),
        hints=hints,
        reference=reference,
        total=plan.total,
    )
    maps = colorize_batch.plan_maps(confidence, plan, output)
    work = colorize_batch.Colorizer(
        colorize_batch.open_colorizer(model, threads=threads, backend=backend.value),
        options,
        Results(
            quality=quality,
            overwrite=overwrite,
            sidecar=sidecar,
            inputs=[path for path in (hints, reference) if path],
        ),
        maps,
        file_sha256(reference) if reference else None,
    )
    raise typer.Exit(do_batch(plan, work, as_json=as_json, quiet=quiet))
