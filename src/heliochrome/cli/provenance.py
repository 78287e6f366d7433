"""`heliochrome provenance`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import common

if TYPE_CHECKING:
    from heliochrome.archive.provenance.picture_report import PictureReport

EXIT_DOES_NOT_HOLD = 3


def command(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Pictures.")],
    original: Annotated[
        Path | None,
        typer.Option(metavar="SCAN", help="Tell whether this is what the picture was made from."),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option(metavar="PEM", help="Certificates of authorities whose signers count."),
    ] = None,
    as_json: common.AsJson = False,
) -> None:
    """Tell what a picture is, and what of it is a guess.

    Exit code 3: something does not hold (credentials, checksum, record, original).
    0, 1 and 2 as for all commands; a picture without a record is no failure.
    """
    from heliochrome.archive.provenance.picture_report import read_report
    from heliochrome.cli.provenance_text import as_document, print_report
    from heliochrome.cli.report import describe, emit, message, say
    from heliochrome.errors import HeliochromeError

    anchors = _read_anchors(trust)
    reports: list[PictureReport] = []
    failed: list[tuple[Path, HeliochromeError]] = []
    for file in files:
        try:
            reports.append(read_report(file, anchors=anchors, original=original))
        except HeliochromeError as error:
            failed.append((file, error))
        else:
            if not as_json:
                print_report(reports[-1])
    if as_json:
        emit(
            {
                "pictures": [as_document(report) for report in reports],
                "failed": [{"file": str(file), **describe(failure)} for file, failure in failed],
            }
        )
    else:
        for _, failure in failed:
            say(f"Error: {message(failure)}")
    raise typer.Exit(_exit_code(reports, len(failed)))


def _read_anchors(path: Path | None) -> str | None:
    from heliochrome.errors import OptionError

    if path is None:
        return None
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(
            path, "cannot be read as certificates in PEM", "check the path, or convert them"
        ) from error


def _exit_code(reports: list[PictureReport], failed: int) -> int:
    from heliochrome import cli

    if failed:
        return cli.EXIT_FAILED_IN_BATCH if failed + len(reports) > 1 else cli.EXIT_ERROR
    does_not_hold = any(list(report.contradictions()) for report in reports)
    return EXIT_DOES_NOT_HOLD if does_not_hold else 0
