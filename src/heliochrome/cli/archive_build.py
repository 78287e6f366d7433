"""`heliochrome archive build`."""

from __future__ import annotations

from typing import Annotated

import typer

from heliochrome.cli import archive_options, common


def command(
    folder: archive_options.Folder,
    recipe: Annotated[
        str,
        typer.Option(
            "--recipe",
            metavar="NAME|R.yaml",
            help="What to do to the originals: a name of `heliochrome recipes`, or a .yaml file.",
        ),
    ],
    settings: common.Settings = None,
    workers: Annotated[
        int, typer.Option(min=1, max=256, help="Processes; they share the cores.")
    ] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="tcp://HOST:PORT", help="Scheduler of a Dask cluster, in place of processes."
        ),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Make at most so many.")] = None,
    collection: Annotated[
        str | None, typer.Option(help="Only originals of this collection.")
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Also try again what failed before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Count what there is to make; make nothing.")
    ] = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    backend: common.RunBy = common.Backend.onnxruntime,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Make what is missing of a recipe's derivatives.

    It is recorded as it is made; start it again to go on. What is recorded is never made again,
    what failed only with --retry. Ctrl-C ends the build after the pictures at hand.
    """
    from heliochrome.cli.extras import needs
    from heliochrome.recipe.parameters import parse_settings
    from heliochrome.recipe.shipped import find_recipe

    with needs("an archive", "archive"):
        from heliochrome.cli.archive_build_batch import Order, count, finish, run
    order = Order(
        recipe=find_recipe(recipe, parse_settings(settings or ())),
        workers=workers,
        cluster=cluster,
        collection=collection,
        retry=retry,
        limit=limit,
        format=format,
        quality=quality,
        backend=backend.value,
    )
    with archive_options.open_archive(folder) as archive:
        if dry_run:
            count(archive, order, as_json=as_json)
            return
        progress = run(archive, order, quiet=quiet or as_json)
    raise typer.Exit(finish(progress, as_json=as_json, quiet=quiet))
