"""`heliochrome models add`: networks from elsewhere, for `heliochrome upscale --model NAME`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heliochrome.cli import common
from heliochrome.cli.upscale import Mode

if TYPE_CHECKING:
    from heliochrome.model.card import ModelCard


class Range(StrEnum):
    """Values that a network takes for black and white."""

    unit = "0..1"
    bytes = "0..255"
    signed = "-1..1"


def command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help=".onnx, .safetensors or .pth of an upscaler.")
    ],
    name: Annotated[
        str | None, typer.Option(help="What to call it; default: the name of the file.")
    ] = None,
    card: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="Its card; default: FILE's own, or one that is derived."),
    ] = None,
    mode: Annotated[
        Mode, typer.Option(help="Whether it may invent detail; for a derived card.")
    ] = Mode.crisp,
    range_: Annotated[
        Range | None, typer.Option("--range", help="Values it takes; default: found out.")
    ] = None,
    license_name: Annotated[
        str, typer.Option("--license", help="License of the weights, for a derived card.")
    ] = "not stated",
    data_note: Annotated[
        str, typer.Option(help="What it was trained on, for a derived card.")
    ] = "not stated",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a network that was added before.")
    ] = False,
    as_json: common.AsJson = False,
) -> None:
    """Add an upscaler made elsewhere. It goes to the user's folder ($HELIOCHROME_MODELS).

    An ONNX file is taken with the card beside it, or one is derived by running it. Weights of
    PyTorch are exported to ONNX once, by way of spandrel, and compared.
    """
    from heliochrome.cli.add_model import add_model
    from heliochrome.cli.report import emit
    from heliochrome.model.foreign import Origin

    origin = Origin(
        name=name or file.stem,
        mode=mode.value,
        data=data_note,
        license=license_name,
        range=None if range_ is None else _limits(range_),
    )
    stored, notes = add_model(file, origin, card, renamed=name is not None, overwrite=overwrite)
    if as_json:
        emit({"path": str(stored.path), **notes, "card": stored.card.model_dump(mode="json")})
        return
    for line in _outline(stored.card, notes):
        typer.echo(line)
    typer.echo(f"{stored.path}: added; use it with --model {stored.card.name}")


def _limits(range_: Range) -> tuple[float, float]:
    low, _, high = range_.value.partition("..")
    return float(low), float(high)


def _outline(card: ModelCard, notes: dict[str, Any]) -> list[str]:
    low, high = card.inputs[0].range
    lines = [
        f"{card.name}: {card.architecture}, x{card.scale}",
        f"  values {low:g}..{high:g}, sides in multiples of {card.size_multiple}, "
        f"{card.halo} pixels of surroundings",
    ]
    if notes:
        lines.append(
            f"  {notes['parameters']} weights; ONNX differs from PyTorch by at most "
            f"{notes['difference']:.1e}, their 16 bits from the file's by {notes['rounding']:.1e}"
        )
    return lines
