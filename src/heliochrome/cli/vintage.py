"""`heliochrome vintage`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import common
from heliochrome.errors import OptionError


def command(
    photos: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PHOTO…", help="Photos, or folders with --recursive."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="A file for one photo, else a folder."),
    ] = None,
    look: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A look of --list-looks, or a .yaml file with one."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter: grain.amount=0.3."),
    ] = None,
    strength: Annotated[
        float, typer.Option(help="How much of the look: 0 leaves the photo as it is.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the grain, the dust and all other chance.")] = 0,
    vary_seed: Annotated[
        bool, typer.Option("--vary-seed", help="Other grain and dust for every photo of a batch.")
    ] = False,
    list_looks: Annotated[
        bool,
        typer.Option("--list-looks", help="List the looks; with --look, its parameters as YAML."),
    ] = False,
    recursive: common.Recursive = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    overwrite: common.Overwrite = False,
    sidecar: common.Sidecar = False,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Age photos by the physics of a process: its tones, color, grain, blur, decay and paper."""
    if list_looks:
        from heliochrome.cli import vintage_looks

        vintage_looks.show(look, settings or [], as_json=as_json)
        return
    if not photos:
        raise OptionError("PHOTO", "is missing", "name at least one photo, or use --list-looks")
    if output is None:
        raise OptionError("--output", "is missing", "say where to write with -o OUT")
    if look is None:
        raise OptionError("--look", "is missing", "choose one of those that --list-looks lists")

    from heliochrome.cli import vintage_batch
    from heliochrome.cli.batch import finish, run_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.results import Results
    from heliochrome.tasks.vintage.options import VintageOptions
    from heliochrome.tasks.vintage.overrides import change, find_look, parse_settings

    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    chosen = change(find_look(look), parse_settings(settings or []))
    work = vintage_batch.Aging(
        VintageOptions(look=chosen, strength=strength, seed=seed),
        Results(quality=quality, overwrite=overwrite, sidecar=sidecar),
        vary_seed=vary_seed,
    )
    outcome = run_batch(plan, work, quiet=quiet or as_json)
    finish(outcome, as_json=as_json, quiet=quiet)
    raise typer.Exit(outcome.exit_code)
