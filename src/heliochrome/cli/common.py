"""Options that all commands on photos share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli.outputs import OutputFormat


class Backend(StrEnum):
    """What runs the network."""

    onnxruntime = "onnxruntime"
    openvino = "openvino"


Photos = Annotated[
    list[Path], typer.Argument(metavar="PHOTO", help="Photos, or folders with --recursive.")
]
Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="OUT", help="A file for one photo, else a folder.")
]
Recursive = Annotated[
    bool, typer.Option("--recursive", "-r", help="Take all photos in the folders given.")
]
Format = Annotated[
    OutputFormat | None, typer.Option(help="Container of the results; default: the photo's.")
]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG, WebP and AVIF.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace results that exist. Never an input.")
]
Sidecar = Annotated[
    bool, typer.Option("--sidecar", help="Write the provenance record as OUT.json too.")
]
Model = Annotated[str, typer.Option(help="Name or path of the network.")]
RunBy = Annotated[Backend, typer.Option("--backend", help="What runs the network.")]
Threads = Annotated[
    int | None, typer.Option(help="CPU threads of the network; default: all cores.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Give a parameter of the recipe; repeatable."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Report as JSON on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Report failures only.")]

DEFAULT_QUALITY = 95
