"""`heliochrome restore-color`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from heliochrome.cli import common
from heliochrome.tasks.adjust_options import UnfadeOptions

_DEFAULTS = UnfadeOptions()


class Look(StrEnum):
    """What happened to the photos."""

    unfade = "unfade"


def command(
    photos: common.Photos,
    output: common.Output,
    look: Annotated[
        Look, typer.Option(help="What to undo: 'unfade', the loss of dyes and the stain of prints.")
    ] = Look.unfade,
    strength: Annotated[
        float,
        typer.Option(help="0 leaves the photo as it is, 1 undoes what was estimated; at most 1.5."),
    ] = _DEFAULTS.strength,
    most_clipping: Annotated[
        float,
        typer.Option(
            help="Largest share of a channel to become pure black, or white; at most 0.05."
        ),
    ] = _DEFAULTS.most_clipping,
    recursive: common.Recursive = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    overwrite: common.Overwrite = False,
    sidecar: common.Sidecar = False,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Restore faded color prints. Each dye's loss and the stain are estimated, and undone.

    Photos that have probably not faded stay as they are; black-and-white ones stay neutral.
    """
    from heliochrome.cli.batch import do_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.photo_work import PhotoWork
    from heliochrome.cli.restore_color_batch import ColorRestorer
    from heliochrome.cli.results import Results

    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    results = Results(quality=quality, overwrite=overwrite, sidecar=sidecar)
    restorer = ColorRestorer(
        UnfadeOptions(strength=strength, most_clipping=most_clipping), look=look.value
    )
    raise typer.Exit(do_batch(plan, PhotoWork(restorer, results), as_json=as_json, quiet=quiet))
