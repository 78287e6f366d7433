"""`heliochrome models`: what networks there are, whether they are intact; codes to go with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heliochrome.cli import common, models_add
from heliochrome.tasks.options import DEFAULT_RESTYLER

if TYPE_CHECKING:
    from heliochrome.model.store import StoredModel

app = typer.Typer(
    help="List, verify and add networks; measure style codes.",
    no_args_is_help=True,
)

app.command("add")(models_add.command)

_Json = common.AsJson


@app.command("list")
def list_command(as_json: _Json = False) -> None:
    """List the networks. They are in the package and in the user's folder ($HELIOCHROME_MODELS)."""
    from heliochrome.cli.report import describe, emit, message, say
    from heliochrome.errors import ModelError
    from heliochrome.model.store import card_paths, model_folders, stored_model

    rows, faults = [], []
    for path in card_paths():
        try:
            rows.append(_row(stored_model(path)))
        except ModelError as error:
            faults.append(error)
    if as_json:
        emit({"models": rows, "failed": [describe(fault) for fault in faults]})
        return
    for row in rows:
        typer.echo("{name}  {version}  {task}  {megabytes:.1f} MB  {path}".format(**row))
    for fault in faults:
        say(f"Error: {message(fault)}")
    if not rows:
        say("No networks in " + " or ".join(str(folder) for folder in model_folders()))


@app.command("show")
def show_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name or path of a network.")],
    as_json: _Json = False,
) -> None:
    """Show the card of a network. It tells what that is, was trained on, and how good it is."""
    from heliochrome.cli.report import emit
    from heliochrome.model.store import find_model

    model = find_model(name)
    card = model.card.model_dump(mode="json")
    if as_json:
        emit(card)
        return
    if card["colorizer"] is not None:
        card["colorizer"]["bins"] = f"{len(card['colorizer']['bins'])} ab centers"
    for line in _outline({**card, "path": str(model.path)}):
        typer.echo(line)


@app.command("verify")
def verify_command(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Names or paths of networks; default: all."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Check that networks have the hashes that their cards state."""
    from heliochrome.cli import EXIT_ERROR, EXIT_FAILED_IN_BATCH
    from heliochrome.cli.report import describe, emit, message, say
    from heliochrome.errors import ModelError
    from heliochrome.model.store import card_paths

    wanted: list[str | Path] = [*names] if names else [*card_paths()]
    intact, faults = [], []
    for name in wanted:
        try:
            intact.append(_verified(name))
        except ModelError as error:
            faults.append(error)
    if as_json:
        emit({"intact": intact, "failed": [describe(fault) for fault in faults]})
    else:
        for path in intact:
            typer.echo(f"{path}: intact")
        for fault in faults:
            say(f"Error: {message(fault)}")
    if faults:
        raise typer.Exit(EXIT_ERROR if len(wanted) == 1 else EXIT_FAILED_IN_BATCH)


@app.command("code")
def code_command(
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURE", help="Pictures, or folders of them.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="NAME.code.json", help="Where to keep it.")
    ],
    name: Annotated[
        str | None, typer.Option(help="What it is called; default: the name of the file.")
    ] = None,
    data_note: Annotated[
        str, typer.Option(help="What the pictures are, from where and under which terms.")
    ] = "not stated",
    overwrite: common.Overwrite = False,
    model: common.Model = DEFAULT_RESTYLER,
    backend: common.RunBy = common.Backend.onnxruntime,
    threads: common.Threads = None,
    as_json: _Json = False,
    quiet: common.Quiet = False,
) -> None:
    """Measure the mean style of pictures with a restyler. A small file keeps it.

    Pictures that cannot be read are reported and left out.
    """
    from heliochrome.cli.batch import finish, run_batch
    from heliochrome.cli.report import say
    from heliochrome.cli.style_codes import Measuring, plan_code
    from heliochrome.model.session import open_network
    from heliochrome.model.store import find_model

    plan = plan_code(pictures, output, overwrite=overwrite)
    network = open_network(find_model(model), threads=threads, backend=backend.value)
    measuring = Measuring(network)
    outcome = run_batch(plan, measuring, quiet=quiet or as_json)
    # What an interrupted run has measured is the style of nothing in particular.
    saved = None if outcome.interrupted else measuring.save(output, name=name, data=data_note)
    more = {"output": None if saved is None else str(output)}
    finish(outcome, as_json=as_json, quiet=quiet, more=more)
    if saved is not None and not (quiet or as_json):
        say(saved)
    raise typer.Exit(outcome.exit_code)


def _verified(name: str | Path) -> str:
    from heliochrome.model.store import find_model, read_network

    model = find_model(name)
    read_network(model)
    return str(model.path)


def _row(model: StoredModel) -> dict[str, Any]:
    return {
        "name": model.card.name,
        "version": model.card.version,
        "task": model.card.task,
        "license": model.card.license,
        "sha256": model.card.sha256,
        "megabytes": round(model.path.stat().st_size / 1e6, 1),
        "path": str(model.path),
    }


def _outline(value: Any, indent: str = "") -> list[str]:
    """Lines of nested mappings and sequences, two spaces deeper per level."""
    if isinstance(value, dict):
        entries = [(f"{key}:", entry) for key, entry in value.items()]
    else:
        entries = [("-", entry) for entry in value]
    lines = []
    for label, entry in entries:
        nested = isinstance(entry, dict) or (
            isinstance(entry, list) and any(isinstance(part, dict) for part in entry)
        )
        if nested:
            lines += [indent + label, *_outline(entry, indent + "  ")]
        else:
            shown = ", ".join(map(str, entry)) if isinstance(entry, list) else entry
            lines.append(f"{indent}{label} {shown}")
    return lines
