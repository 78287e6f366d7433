"""`heliochrome upscale`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from heliochrome.cli import common
from heliochrome.tasks.options import DEFAULT_COLORIZER, UpscaleOptions

_DEFAULTS = UpscaleOptions()


class Mode(StrEnum):
    """Whether detail may be invented."""

    faithful = "faithful"
    crisp = "crisp"


def command(
    photos: common.Photos,
    output: common.Output,
    scale: Annotated[
        int | None, typer.Option(help="Enlarge 2 or 4 times; default: 2, or the --model's.")
    ] = _DEFAULTS.scale,
    mode: Annotated[
        Mode | None,
        typer.Option(help="No invented detail (default), or plausible detail."),
    ] = None,
    denoise: Annotated[
        float, typer.Option(help="Take out noise: 0 none, 1 much. With --mode crisp.")
    ] = _DEFAULTS.denoise,
    color: Annotated[
        bool, typer.Option("--color", help="Colorize the photos too, in the same pass.")
    ] = False,
    recursive: common.Recursive = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    overwrite: common.Overwrite = False,
    sidecar: common.Sidecar = False,
    model: Annotated[
        str | None,
        typer.Option(help="Name or path of another network; default: that of mode and scale."),
    ] = _DEFAULTS.model,
    tile: Annotated[
        int, typer.Option(help="Side of what the network sees at once, px; less takes less memory.")
    ] = _DEFAULTS.tile,
    backend: common.RunBy = common.Backend.onnxruntime,
    threads: common.Threads = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Enlarge photos, small or huge. Gray stays gray, 16-bit stays 16-bit, DICOM stays DICOM."""
    from heliochrome.cli.batch import do_batch
    from heliochrome.cli.outputs import KNOWN_SUFFIXES, plan_outputs
    from heliochrome.cli.results import Results
    from heliochrome.cli.upscale_batch import Enlarger
    from heliochrome.image.dicom import SUFFIXES as DICOM_SUFFIXES

    options = UpscaleOptions(
        scale=scale, mode=mode.value if mode else None, denoise=denoise, model=model, tile=tile
    )
    plan = plan_outputs(
        photos,
        output,
        recursive=recursive,
        overwrite=overwrite,
        format=format,
        suffixes=KNOWN_SUFFIXES | set(DICOM_SUFFIXES),
    )
    results = Results(quality=quality, overwrite=overwrite, sidecar=sidecar)
    work = Enlarger.open(
        options,
        results,
        colorizer=DEFAULT_COLORIZER if color else None,
        threads=threads,
        backend=backend.value,
    )
    raise typer.Exit(do_batch(plan, work, as_json=as_json, quiet=quiet))
