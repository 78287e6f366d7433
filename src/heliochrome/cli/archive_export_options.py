"""Options that the exports of archives share, and what they say of items left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from heliochrome.archive.export.publication import Publication
    from heliochrome.archive.export.selection import LeftOut

Collection = Annotated[str | None, typer.Option(help="Only the items of this collection.")]
Search = Annotated[str | None, typer.Option(help="Only the items that this search finds.")]
Title = Annotated[str, typer.Option(help="Of the whole.")]
Provider = Annotated[str | None, typer.Option(help="Name of your institution.")]
ProviderUrl = Annotated[
    str | None, typer.Option(metavar="URL", help="Web page of your institution.")
]
Rights = Annotated[
    str | None,
    typer.Option(
        metavar="URI",
        help="License or rights statement of items that name none: a URI of Creative Commons or "
        "RightsStatements.org.",
    ),
]


def publication(
    title: str, provider: str | None, provider_url: str | None, rights: str | None
) -> Publication:
    """Take what an institution says of itself from options.

    Raises:
        OptionError: the rights are no such URI, or the web page no web address.

    """
    from heliochrome.archive.export.publication import Publication

    return Publication(title, provider, provider_url, rights)


def finish(
    facts: dict[str, Any], line: str, left_out: Sequence[LeftOut], *, as_json: bool, quiet: bool
) -> int:
    """Report how an export ended, and give the exit code.

    Args:
        facts: for programs.
        line: for people.
        left_out: items and derivatives that are not in it.
        as_json: whether to report as JSON on stdout.
        quiet: whether to report only what was left out.

    """
    from heliochrome import cli
    from heliochrome.cli.report import describe, emit, message, say

    if as_json:
        failed = [{"identifier": one.identifier, **describe(one.error)} for one in left_out]
        emit({**facts, "failed": failed})
    else:
        if not quiet:
            say(line)
        if left_out:
            say(f"{len(left_out)} left out:")
        for one in left_out:
            say(f"  {one.identifier}: {message(one.error)}")
    return cli.EXIT_FAILED_IN_BATCH if left_out else 0
