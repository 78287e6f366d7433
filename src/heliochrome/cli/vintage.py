"""`heliochrome vintage`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import common
from heliochrome.errors import OptionError
from heliochrome.tasks.options import DEFAULT_RESTYLER

if TYPE_CHECKING:
    from heliochrome.cli.photo_work import Make
    from heliochrome.tasks.vintage.options import VintageOptions


def command(
    photos: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PHOTO", help="Photos, or folders with --recursive."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="A file for one photo, else a folder."),
    ] = None,
    look: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A look of --list-looks, or a .yaml file with one."),
    ] = None,
    like: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PICTURE",
            help="What to look like: a picture, a folder of them or a saved code; repeatable.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="Change a parameter: grain.amount=0.3; repeatable."
        ),
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
    model: common.Model = DEFAULT_RESTYLER,
    backend: common.RunBy = common.Backend.onnxruntime,
    threads: common.Threads = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Make photos look old. By the physics of a process, after other pictures, or by both."""
    if list_looks:
        from heliochrome.cli import vintage_looks

        vintage_looks.show(look, settings or [], as_json=as_json)
        return
    photos, output = _needed(photos, output, look, like)
    from heliochrome.cli.batch import do_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.photo_work import PhotoWork
    from heliochrome.cli.results import Results
    from heliochrome.cli.vintage_batch import Process
    from heliochrome.cli.vintage_learned import LearnedStyle, find_reference
    from heliochrome.tasks.options import RestyleOptions

    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    name, styles = find_reference(look, like or [], output)
    physical = _process_options(None if name else look, settings or [], strength, seed)
    process = None if physical is None else Process(physical, vary_seed)
    results = Results(
        quality=quality,
        overwrite=overwrite,
        sidecar=sidecar,
        inputs=[file.path for file in styles],
    )
    age: Make
    if process is not None and not styles:
        _refuse_network_options(model, backend, threads)
        age = process
    else:
        age = LearnedStyle.open(
            model,
            styles,
            RestyleOptions(strength=strength, keep_texture=True),
            name=name,
            process=process,
            threads=threads,
            backend=backend.value,
        )
    raise typer.Exit(do_batch(plan, PhotoWork(age, results), as_json=as_json, quiet=quiet))


def _needed(
    photos: list[Path] | None, output: Path | None, look: str | None, like: list[Path] | None
) -> tuple[list[Path], Path]:
    """See that all is given which only --list-looks can do without."""
    if not photos:
        raise OptionError("PHOTO", "is missing", "name at least one photo, or use --list-looks")
    if output is None:
        raise OptionError("--output", "is missing", "say where to write with -o OUT")
    if look is None and not like:
        raise OptionError(
            "--look", "is missing", "choose one of those that --list-looks lists, or give --like"
        )
    return photos, output


def _process_options(
    look: str | None, settings: list[str], strength: float, seed: int
) -> VintageOptions | None:
    """Give the process that was asked for; settings without a look change a plain one."""
    from heliochrome.tasks.vintage.looks import PLAIN
    from heliochrome.tasks.vintage.options import VintageOptions
    from heliochrome.tasks.vintage.overrides import change, find_look, parse_settings

    if look is None and not settings:
        return None
    base = PLAIN if look is None else find_look(look)
    return VintageOptions(change(base, parse_settings(settings)), strength=strength, seed=seed)


def _refuse_network_options(model: str, backend: common.Backend, threads: int | None) -> None:
    """Refuse options of a network where none takes part."""
    for name, given in (
        ("model", model != DEFAULT_RESTYLER),
        ("backend", backend is not common.Backend.onnxruntime),
        ("threads", threads is not None),
    ):
        if given:
            raise OptionError(f"--{name}", "is for learned styles only", "leave it out")
