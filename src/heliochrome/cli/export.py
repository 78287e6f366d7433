"""`heliochrome export`: from a training run to an ONNX file with its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import common

if TYPE_CHECKING:
    from heliochrome.cli.export_int8 import GatedVariant
    from heliochrome.model.card import ModelCard


def _report(
    card: ModelCard,
    output: Path,
    difference: float,
    frontier: list[dict[str, float]],
    gated: GatedVariant | None,
    *,
    as_json: bool,
) -> None:
    from heliochrome.cli import report

    if as_json:
        facts = {"network": str(output), "difference": difference, "frontier": frontier}
        int8 = {} if gated is None else {"int8": gated.facts}
        report.emit(facts | int8 | {"card": card.model_dump(mode="json")})
        return
    report.say(f"{output}: differs from PyTorch by at most {difference:.1e}")
    if gated is not None:
        report.say(gated.line)
    if card.colorizer is not None:
        chosen = card.colorizer
        report.say(f"temperature {chosen.temperature}, chroma scale {chosen.chroma_scale}")


def command(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run folder of `heliochrome train`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The .onnx file to write.")],
    data_note: Annotated[str, typer.Option(help="What it was trained on, for the card.")],
    license_notes: Annotated[str, typer.Option(help="Terms of those pictures, for the card.")],
    name: Annotated[
        str | None, typer.Option(help="Name of the network.  [default: the file's]")
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the network.")] = "1.0.0",
    license_name: Annotated[
        str, typer.Option("--license", help="License of the weights.")
    ] = "Apache-2.0",
    stages: Annotated[
        list[Path] | None,
        typer.Option("--stage", help="Folder of an earlier stage; repeat for several."),
    ] = None,
    blend: Annotated[
        tuple[Path, float] | None,
        typer.Option(metavar="RUN SHARE", help="Mix in a share of another run's weights."),
    ] = None,
    working_size: Annotated[int, typer.Option(help="Long side it runs at, px.", min=64)] = 224,
    operating_point: Annotated[
        tuple[float, float, float] | None,
        typer.Option(
            metavar="REBALANCE TEMPERATURE SCALE",
            help="Decode so.  [default: the best on the frontier]",
        ),
    ] = None,
    least_colorfulness: Annotated[
        float, typer.Option(help="Least colorfulness, over the truth's, to choose from.")
    ] = 0.85,
    int8_gate: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Also write an upscaler's NAME-int8, if it loses at most 0.1 dB on DIR.",
        ),
    ] = None,
    as_json: common.AsJson = False,
) -> None:
    """Export a training run as ONNX with a model card. It is checked against PyTorch.

    A colorizer's operating point and confidence table are measured on the run's held-out pictures.
    """
    import dataclasses

    from heliochrome.cli.extras import needs
    from heliochrome.errors import OptionError, WriteError

    if output.suffix != ".onnx":
        raise OptionError(output, "is not an .onnx file", "give a name that ends in .onnx")
    if not output.parent.is_dir():
        raise WriteError(output, "lies in a folder that does not exist", "make it first")
    if not (run / "config.yaml").is_file():
        raise OptionError(run, "is not a run's folder", "give one that `heliochrome train` wrote")
    with needs("exporting", "train"):
        from heliochrome.cli.export_int8 import write_int8
        from heliochrome.training.calibration import Grid
        from heliochrome.training.config import load_config
        from heliochrome.training.export import CardNotes
        from heliochrome.training.export_run import ExportOptions, export_run
        from heliochrome.training.restyle.config import RestyleConfig
        from heliochrome.training.restyle.export import export_restyler
        from heliochrome.training.upscale.config import UpscaleConfig
        from heliochrome.training.upscale.export import export_upscaler

        notes = CardNotes(name or output.stem, version, data_note, license_name, license_notes)
        config = load_config(run / "config.yaml")
        if isinstance(config, RestyleConfig | UpscaleConfig):
            write = export_restyler if isinstance(config, RestyleConfig) else export_upscaler
            if int8_gate is not None and write is not export_upscaler:
                raise OptionError("int8-gate", "is for upscalers", "leave it out")
            card, difference = write(run, output, notes, tuple(stages or ()), blend)
            gated = None if int8_gate is None else write_int8(run, output, card, int8_gate)
            _report(card, output, difference, [], gated, as_json=as_json)
            return
        if int8_gate is not None:
            raise OptionError("int8-gate", "is for upscalers", "leave it out")
        grid = Grid(*([value] for value in operating_point)) if operating_point else Grid()
        options = ExportOptions(
            notes, tuple(stages or ()), blend, working_size, grid, least_colorfulness
        )
        exported = export_run(run, output, options)
    points = [dataclasses.asdict(point) for point in exported.points]
    _report(exported.card, output, exported.difference, points, None, as_json=as_json)
