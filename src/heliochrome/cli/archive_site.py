"""`heliochrome archive site`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from heliochrome.cli import archive_export_options, archive_options, common
from heliochrome.cli.extras import needs


class Files(StrEnum):
    """Which picture files a site offers as they are."""

    none = "none"
    derivatives = "derivatives"
    all = "all"


def command(
    folder: archive_options.Folder,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", metavar="SITE", help="Folder: a new one, or that of an older site."
        ),
    ],
    title: archive_export_options.Title = "Photographs",
    base_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where a web server will show the site; with it come IIIF manifests.",
        ),
    ] = None,
    files: Annotated[
        Files, typer.Option(help="Picture files to offer for download as they are.")
    ] = Files.derivatives,
    collection: archive_export_options.Collection = None,
    search: archive_export_options.Search = None,
    provider: archive_export_options.Provider = None,
    provider_url: archive_export_options.ProviderUrl = None,
    rights: archive_export_options.Rights = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Make a web site that also opens from disk. It has search and deep zoom.

    What has not changed since an earlier run to the same folder is not made again.
    """
    from heliochrome.cli.progress import Progress
    from heliochrome.cli.report import counted

    with (
        needs("a site", "archive"),
        archive_options.open_archive(folder) as archive,
        Progress("Tiling", archive.catalog.count_items(), quiet=quiet or as_json) as progress,
    ):
        from heliochrome.archive.export.iiif.addresses import checked_base
        from heliochrome.archive.export.selection import Selection
        from heliochrome.archive.site.build import SiteOptions, build_site
        from heliochrome.archive.site.item_files import Downloads

        report = build_site(
            archive,
            output,
            SiteOptions(
                archive_export_options.publication(title, provider, provider_url, rights),
                None if base_url is None else checked_base(base_url),
                Downloads(files.value),
            ),
            Selection(collection, search),
            progress=lambda _: progress.advance(),
        )
    facts = {
        "index": str(output / "index.html"),
        "items": report.items,
        "images_made": report.images_made,
        "files_written": report.files_written,
        "removed": report.removed,
    }
    items = counted(report.items, "item")
    line = f"{facts['index']}: {items}, {report.images_made} images new"
    code = archive_export_options.finish(facts, line, report.left_out, as_json=as_json, quiet=quiet)
    raise typer.Exit(code)
