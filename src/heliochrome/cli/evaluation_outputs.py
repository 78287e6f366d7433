"""What every evaluation writes: a report, a contact sheet, and figures into a model's card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from heliochrome.evaluation.contact_sheet import SheetRow
    from heliochrome.model.card import Metrics

ReportOption = Annotated[
    Path | None, typer.Option("--report", metavar="OUT.json", help="Write the report as JSON.")
]
UpdateCardOption = Annotated[
    bool, typer.Option("--update-card", help="Write the figures into the network's card.")
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace a report or sheet that exists.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]


class ProgressBar:
    """A bar on the terminal while an evaluation runs; gives what is called with (done, total)."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(stderr=True), disable=quiet, transient=True)
        self._task = self._progress.add_task("Evaluating", total=None)

    def __enter__(self) -> Callable[[int, int], None]:
        self._progress.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _advance(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)


def check_outputs(report: Path | None, sheet: Path | None, *, overwrite: bool) -> None:
    """Refuse before the work, which may take minutes, what would fail after it.

    Raises:
        OptionError: the sheet is no PNG.
        OutputConflictError: an output exists and is not to be replaced.
        WriteError: the folder of an output does not exist.

    """
    from heliochrome.errors import OptionError, OutputConflictError, WriteError

    if sheet is not None and sheet.suffix.lower() != ".png":
        raise OptionError(sheet, "is not a PNG", "give the sheet a name that ends in .png")
    for output in filter(None, (report, sheet)):
        if output.exists() and not overwrite:
            raise OutputConflictError(
                output, "exists already", "choose another name, or add --overwrite"
            )
        if not output.parent.is_dir():
            raise WriteError(output, "lies in a folder that does not exist", "make it first")


def write_sheet(
    rows: Sequence[SheetRow], headings: Sequence[str], path: Path, *, overwrite: bool
) -> None:
    """Draw the rows and write them as a PNG.

    Raises:
        HeliochromeError: there are no rows, or the file cannot be written.

    """
    from heliochrome.evaluation.contact_sheet import contact_sheet
    from heliochrome.image.picture import Picture
    from heliochrome.image.write import write_picture

    write_picture(Picture(contact_sheet(rows, headings)), path, overwrite=overwrite)


def write_metrics(metrics: Metrics, model: str) -> None:
    """Put figures into the card of a stored network, in place of older ones.

    Raises:
        HeliochromeError: there is no such network, or its card cannot be written.

    """
    from heliochrome.cli.files import write_text
    from heliochrome.model.card import CARD_SUFFIX
    from heliochrome.model.store import find_model

    stored = find_model(model)
    card = stored.card.model_copy(update={"metrics": metrics})
    write_text(card.model_dump_json(indent=1) + "\n", stored.path.with_suffix(CARD_SUFFIX))
