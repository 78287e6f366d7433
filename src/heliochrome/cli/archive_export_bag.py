"""`heliochrome archive export DIR bag`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import archive_export_options, archive_options, common
from heliochrome.cli.extras import needs

if TYPE_CHECKING:
    from heliochrome.archive.export.bag import BagReport


class Per(StrEnum):
    """How many bags there are."""

    archive = "archive"
    collection = "collection"


def command(
    context: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="BAG", help="Folder of the bag; a new one.")
    ],
    collection: archive_export_options.Collection = None,
    search: archive_export_options.Search = None,
    bag_per: Annotated[
        Per, typer.Option(help="One bag, or a folder with one for each collection.")
    ] = Per.archive,
    link: Annotated[
        bool,
        typer.Option(
            "--link", help="Make hard links, where the disk can, instead of copies of the files."
        ),
    ] = False,
    validate: Annotated[
        bool, typer.Option("--validate", help="Read the finished bag once more, and check it.")
    ] = False,
    source_organization: Annotated[
        str, typer.Option(help="Source-Organization: who sends the bag.")
    ] = "",
    organization_address: Annotated[str, typer.Option(help="Organization-Address.")] = "",
    contact_name: Annotated[str, typer.Option(help="Contact-Name.")] = "",
    contact_phone: Annotated[str, typer.Option(help="Contact-Phone.")] = "",
    contact_email: Annotated[str, typer.Option(help="Contact-Email.")] = "",
    external_identifier: Annotated[str, typer.Option(help="External-Identifier.")] = "",
    external_description: Annotated[str, typer.Option(help="External-Description.")] = "",
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Write BagIt bags of originals, derivatives and their records.

    With them come PREMIS, and Dublin Core as CSV and JSON. Every file is compared with the
    catalog's checksums on its way. The bag appears when it is whole.
    """
    from heliochrome.cli.progress import Progress

    info = {
        "Source-Organization": source_organization,
        "Organization-Address": organization_address,
        "Contact-Name": contact_name,
        "Contact-Phone": contact_phone,
        "Contact-Email": contact_email,
        "External-Description": external_description,
        "External-Identifier": external_identifier,
    }
    with (
        needs("bags", "archive"),
        archive_options.open_archive(context.obj) as archive,
        Progress("Bagging", archive.catalog.count_items(), quiet=quiet or as_json) as progress,
    ):
        from heliochrome.archive.export.bag import BagOptions, BagPer, export_bags
        from heliochrome.archive.export.selection import Selection

        report = export_bags(
            archive,
            output,
            BagOptions(info, BagPer(bag_per.value), link=link, validate=validate),
            Selection(collection, search),
            progress=lambda _: progress.advance(),
        )
    raise typer.Exit(_finish(report, output, as_json=as_json, quiet=quiet))


def _finish(report: BagReport, output: Path, *, as_json: bool, quiet: bool) -> int:
    from heliochrome.archive.sizes import size_text
    from heliochrome.cli.report import counted

    facts = {
        "bags": [str(bag) for bag in report.bags],
        "items": report.items,
        "files": report.files,
        "octets": report.octets,
    }
    numbers = {"bag": len(report.bags), "item": report.items, "file": report.files}
    counts = ", ".join(counted(number, noun) for noun, number in numbers.items())
    line = f"{output}: {counts}, {size_text(report.octets)}"
    return archive_export_options.finish(facts, line, report.left_out, as_json=as_json, quiet=quiet)
