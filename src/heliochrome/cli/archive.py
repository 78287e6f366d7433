"""`heliochrome archive`: scans in, a trustworthy digital archive out."""

from __future__ import annotations

import typer

from heliochrome.cli import (
    archive_add,
    archive_build,
    archive_export,
    archive_import,
    archive_init,
    archive_search,
    archive_sign,
    archive_site,
    archive_status,
    archive_verify,
)

app = typer.Typer(
    help="Keep scans, what is made of them, and the catalog of both.", no_args_is_help=True
)

app.command("init")(archive_init.command)
app.command("add")(archive_add.command)
app.command("build")(archive_build.command)
app.command("status")(archive_status.command)
app.command("verify")(archive_verify.command)
app.command("search")(archive_search.command)
app.command("sign")(archive_sign.command)
app.command("import")(archive_import.command)
app.add_typer(archive_export.app, name="export")
app.command("site")(archive_site.command)
