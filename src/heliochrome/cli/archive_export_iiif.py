"""`heliochrome archive export DIR iiif`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import archive_export_options, archive_options, common
from heliochrome.cli.extras import needs


def command(
    context: typer.Context,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="OUT", help="Folder: a new one, or that of an older export."
        ),
    ],
    base_url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Where a web server will show the folder; manifests name it."
        ),
    ] = "http://localhost:8000/",
    collection: archive_export_options.Collection = None,
    search: archive_export_options.Search = None,
    title: archive_export_options.Title = "Photographs",
    provider: archive_export_options.Provider = None,
    provider_url: archive_export_options.ProviderUrl = None,
    rights: archive_export_options.Rights = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Write IIIF manifests and tiles for a plain web server.

    What has not changed since an earlier export to the same folder is not made again.
    """
    from heliochrome.cli.progress import Progress
    from heliochrome.cli.report import counted

    with (
        needs("IIIF", "archive"),
        archive_options.open_archive(context.obj) as archive,
        Progress("Tiling", archive.catalog.count_items(), quiet=quiet or as_json) as progress,
    ):
        from heliochrome.archive.export.iiif.addresses import checked_base
        from heliochrome.archive.export.iiif.export import export_iiif
        from heliochrome.archive.export.selection import Selection

        base = checked_base(base_url)
        report = export_iiif(
            archive,
            output,
            base,
            archive_export_options.publication(title, provider, provider_url, rights),
            Selection(collection, search),
            progress=lambda _: progress.advance(),
        )
    facts = {
        "output": str(output),
        "collection": f"{base}collection.json",
        "items": report.items,
        "images_made": report.images_made,
        "removed": report.removed,
    }
    items = counted(report.items, "item")
    line = f"{output}: {items}, {report.images_made} images new; {facts['collection']}"
    code = archive_export_options.finish(facts, line, report.left_out, as_json=as_json, quiet=quiet)
    raise typer.Exit(code)
