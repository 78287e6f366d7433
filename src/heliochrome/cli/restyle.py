"""`heliochrome restyle`."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heliochrome.cli import common
from heliochrome.cli.extras import needs
from heliochrome.errors import OptionError
from heliochrome.tasks.options import DEFAULT_RESTYLER, RestyleOptions

if TYPE_CHECKING:
    from heliochrome.cli.batch import Work
    from heliochrome.cli.outputs import Plan
    from heliochrome.cli.results import Results
    from heliochrome.cli.styles import StyleFile

_DEFAULTS = RestyleOptions()
_NETWORK_DEFAULTS = {
    "strength": _DEFAULTS.strength,
    "scale": _DEFAULTS.scale,
    "keep-texture": _DEFAULTS.keep_texture,
    "keep-flat": _DEFAULTS.keep_flat,
    "model": DEFAULT_RESTYLER,
    "backend": common.Backend.onnxruntime,
}


class Method(StrEnum):
    """How the result is found."""

    network = "network"
    optimize = "optimize"


def command(
    photos: common.Photos,
    output: common.Output,
    style: Annotated[
        list[Path],
        typer.Option(
            *("--style", "-s"),
            metavar="PICTURE",
            help="A picture, a folder of them or a saved code; repeatable.",
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
    keep_texture: Annotated[
        bool,
        typer.Option("--keep-texture", help="Tones and colors of the style, no brushwork."),
    ] = _DEFAULTS.keep_texture,
    keep_flat: Annotated[
        bool,
        typer.Option("--keep-flat", help="No brushwork where the photo is flat, as skies are."),
    ] = _DEFAULTS.keep_flat,
    scale: Annotated[int, typer.Option(help="Enlarge 1, 2 or 4 times.")] = _DEFAULTS.scale,
    gray: Annotated[
        bool | None,
        typer.Option(
            "--gray/--no-gray",
            help="Take photos as black-and-white, or as color; default: as found.",
        ),
    ] = _DEFAULTS.gray,
    corrections: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="How often the result is looked at and corrected: 0 is fastest, 16 nearest to "
            "the style; default: the network's own number for the scale.",
        ),
    ] = _DEFAULTS.corrections,
    method: Annotated[
        Method, typer.Option(help="A trained network, or slow optimization of the pixels.")
    ] = Method.network,
    steps: Annotated[
        int | None, typer.Option(help="Of the optimization; default: 200.", min=1)
    ] = None,
    vgg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="VGG-19 (safetensors), to optimize by.")
    ] = None,
    squeezenet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="SqueezeNet 1.1 (safetensors), the same.")
    ] = None,
    preview: Annotated[
        Path | None, typer.Option(metavar="PICTURE", help="Where to watch the optimization.")
    ] = None,
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
    """Give photos the style of other pictures. Black-and-white ones are colored on the way."""
    from heliochrome.cli.batch import do_batch
    from heliochrome.cli.outputs import plan_outputs
    from heliochrome.cli.photo_work import PhotoWork
    from heliochrome.cli.restyle_batch import Restyler
    from heliochrome.cli.results import Results
    from heliochrome.cli.styles import find_styles, parse_weights

    silent = quiet or as_json
    options = RestyleOptions(
        strength=strength,
        keep_color=keep_color,
        keep_texture=keep_texture,
        keep_flat=keep_flat,
        scale=scale,
        gray=gray,
        corrections=corrections,
    )
    optimizing = {"steps": steps, "vgg": vgg, "squeezenet": squeezenet, "preview": preview}
    plan = plan_outputs(photos, output, recursive=recursive, overwrite=overwrite, format=format)
    styles = find_styles(style, parse_weights(weights), output)
    results = Results(
        quality=quality,
        overwrite=overwrite,
        sidecar=sidecar,
        inputs=[file.path for file in styles],
    )
    work: Work
    if method is Method.network:
        _refuse(optimizing, None, Method.optimize)
        restyler = Restyler.open(model, styles, options, threads=threads, backend=backend.value)
        work = PhotoWork(restyler, results)
    else:
        given = {
            "strength": strength,
            "keep-texture": keep_texture,
            "keep-flat": keep_flat,
            "scale": scale,
            "gray": gray,
            "corrections": corrections,
            "model": model,
            "backend": backend,
            "threads": threads,
        }
        _refuse(given, _NETWORK_DEFAULTS, Method.network)
        work = _open_optimizer(plan, styles, results, keep_color, optimizing, silent)
    raise typer.Exit(do_batch(plan, work, as_json=as_json, quiet=quiet))


def _refuse(given: dict[str, Any], defaults: dict[str, Any] | None, method: Method) -> None:
    """Refuse options of the other method that were given."""
    for name, value in given.items():
        if value != (defaults or {}).get(name):
            raise OptionError(
                f"--{name}", f"is for --method {method.value} only", "leave out one of them"
            )


def _open_optimizer(
    plan: Plan,
    styles: Sequence[StyleFile],
    results: Results,
    keep_color: bool,
    given: dict[str, Any],
    silent: bool,
) -> Work:
    with needs("restyle --method optimize", "train"):
        from heliochrome.cli.optimize_batch import FeatureFiles, Optimizer

        for name in ("vgg", "squeezenet"):
            if given[name] is None:
                raise OptionError(
                    f"--{name}",
                    "is missing: the optimization compares pictures by this network",
                    "give its safetensors file",
                )
        return Optimizer.open(
            plan,
            styles,
            results,
            FeatureFiles(given["vgg"], given["squeezenet"]),
            steps=given["steps"],
            keep_color=keep_color,
            preview=given["preview"],
            silent=silent,
        )
