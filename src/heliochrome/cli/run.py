"""`heliochrome run`."""

from __future__ import annotations

from typing import Annotated

import typer

from heliochrome.cli import common


def command(
    recipe: Annotated[
        str, typer.Argument(metavar="RECIPE", help="A name of `heliochrome recipes`, or a .yaml.")
    ],
    photos: common.Photos,
    output: common.Output,
    settings: common.Settings = None,
    recursive: common.Recursive = False,
    format: common.Format = None,
    quality: common.Quality = common.DEFAULT_QUALITY,
    overwrite: common.Overwrite = False,
    sidecar: common.Sidecar = False,
    backend: common.RunBy = common.Backend.onnxruntime,
    threads: common.Threads = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Do the steps of a recipe to photos. Steps crop, restore, color, restyle, age, enlarge."""
    from heliochrome.cli.batch import do_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.photo_work import PhotoWork
    from heliochrome.cli.results import Results
    from heliochrome.cli.run_batch import RecipeRunner
    from heliochrome.recipe.parameters import parse_settings
    from heliochrome.recipe.shipped import find_recipe, recipe_path
    from heliochrome.recipe.steps import prepare_recipe

    file = find_recipe(recipe, parse_settings(settings or ()))
    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    prepared = prepare_recipe(file, threads=threads, backend=backend.value)
    results = Results(
        quality=quality,
        overwrite=overwrite,
        sidecar=sidecar,
        inputs=[recipe_path(recipe), *prepared.inputs],
    )
    raise typer.Exit(
        do_batch(plan, PhotoWork(RecipeRunner(prepared), results), as_json=as_json, quiet=quiet)
    )
