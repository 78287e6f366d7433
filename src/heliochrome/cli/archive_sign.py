"""`heliochrome archive sign`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from heliochrome.cli import archive_options, common

if TYPE_CHECKING:
    from heliochrome.archive.archive import Archive


def command(
    folder: archive_options.Folder,
    certificate: Annotated[
        Path,
        typer.Option(
            metavar="CHAIN.pem", help="Your certificate, then those that vouch for it, as PEM."
        ),
    ],
    key: Annotated[
        Path, typer.Option(metavar="KEY.pem", help="Its private key, as PEM. It is never stored.")
    ],
    tsa: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Timestamp authority (RFC 3161) that confirms the time."),
    ] = None,
    items: Annotated[
        list[str] | None,
        typer.Option("--item", metavar="ID", help="Only this item; may be given several times."),
    ] = None,
    as_json: common.AsJson = False,
    quiet: common.Quiet = False,
) -> None:
    """Sign copies of derivatives with Content Credentials (C2PA).

    They lie beside the derivatives. A derivative that has a signed copy is passed over; one that is
    not as it was recorded is not signed.
    """
    from heliochrome.cli.extras import needs

    with needs("Content Credentials", "c2pa"):
        from heliochrome.archive.provenance.identity import load_identity
        from heliochrome.cli.archive_sign_batch import finish, sign

    identity = load_identity(certificate, key, timestamp_authority=tsa, ask=_asking(key))
    with archive_options.open_archive(folder) as archive:
        _check_items(archive, items)
        tally = sign(archive, identity, items, quiet=quiet or as_json)
    finish(tally, as_json=as_json, quiet=quiet)
    raise typer.Exit(tally.exit_code)


def _asking(key: Path) -> Callable[[], str] | None:
    """Ask for a passphrase where there is somebody to ask."""
    import sys

    if not sys.stdin.isatty():
        return None
    return lambda: str(typer.prompt(f"Passphrase of {key}", hide_input=True, err=True))


def _check_items(archive: Archive, items: list[str] | None) -> None:
    from heliochrome.errors import NoSuchItemError

    if items is None:
        return
    known = {entry.original.identifier for entry in archive.entries(items)}
    for item in items:
        if item not in known:
            raise NoSuchItemError(
                item, "is no item of this archive", "see `heliochrome archive search`"
            )
