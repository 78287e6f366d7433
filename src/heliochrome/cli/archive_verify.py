"""`heliochrome archive verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import archive_options, common

if TYPE_CHECKING:
    from heliochrome.archive.verify import Verification


def command(
    folder: archive_options.Folder,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=64, help="That read files; default: one per core, at most 4."),
    ] = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Compare every file with its checksums.

    Missing and unknown files are found, too. The checks are recorded as events. The exit code is 1
    when anything is wrong.
    """
    import os

    from heliochrome.cli import EXIT_FAILED_IN_BATCH
    from heliochrome.cli.progress import Progress

    with archive_options.open_archive(folder) as archive:
        from heliochrome.archive.verify import verify_archive

        silent = quiet or as_json
        with Progress("Verifying", archive.catalog.count_items(), quiet=silent) as progress:
            found = verify_archive(
                archive,
                threads=threads or min(os.cpu_count() or 1, 4),
                advance=lambda _: progress.advance(),
            )
    _report(found, as_json=as_json, quiet=quiet)
    if found.faults:
        raise typer.Exit(EXIT_FAILED_IN_BATCH)


def _report(found: Verification, *, as_json: bool, quiet: bool) -> None:
    from dataclasses import asdict

    from heliochrome.archive.sizes import size_text
    from heliochrome.cli.report import emit, say

    if as_json:
        emit({**asdict(found), "intact": not found.faults})
        return
    for fault in found.faults:
        item = f" (item {fault.identifier})" if fault.identifier else ""
        say(f"{fault.problem}: {fault.name}{item}: {fault.detail}")
    if not quiet:
        say(
            f"{found.originals} originals and {found.derivatives} derivatives checked, "
            f"{size_text(found.bytes)}: {len(found.faults) or 'nothing'} wrong."
        )
    if not found.is_recorded:
        say("The archive is read-only: these checks are not recorded in it.")
