"""`heliochrome archive status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from heliochrome.cli import archive_options, common

if TYPE_CHECKING:
    from collections.abc import Iterator

    from heliochrome.archive.status import BuildStatus, RecipeStatus, Status


def command(folder: archive_options.Folder, as_json: common.AsJson = False) -> None:
    """Show how far an archive is. Items, what is made, what failed and why, the time left."""
    from dataclasses import asdict

    from heliochrome.cli.report import emit

    with archive_options.open_archive(folder) as archive:
        from heliochrome.archive.status import archive_status

        status = archive_status(archive.catalog)
        document = {"archive": archive.marker.id, **asdict(status)}
    if as_json:
        if status.build is not None:
            document["build"]["started_at"] = status.build.started_at.isoformat()
        emit(document)
        return
    for line in _lines(status):
        typer.echo(line)


def _lines(status: Status) -> Iterator[str]:
    from heliochrome.archive.sizes import size_text

    yield f"items: {status.items} ({size_text(status.bytes)} of originals)"
    if status.near_duplicates:
        yield f"near duplicates: {status.near_duplicates}"
    yield f"derivatives: {status.derivatives}"
    for recipe in status.recipes:
        yield from _recipe_lines(recipe)
    if status.build is not None:
        yield _build_line(status.build)


def _recipe_lines(recipe: RecipeStatus) -> Iterator[str]:
    yield (
        f"recipe {recipe.name} ({recipe.sha256[:12]}): {recipe.done} done, "
        f"{recipe.failed} failed, {recipe.remaining} remaining"
    )
    for reason in recipe.reasons:
        examples = ", ".join(reason.examples)
        yield f"  {reason.count} x {reason.problem}; {reason.remedy} (as {examples})"


def _build_line(build: BuildStatus) -> str:
    from heliochrome.cli.report import clock

    states = {True: "running", False: "cut off; start it again to go on", None: "not ended"}
    line = (
        f"build of {build.recipe_name}: {states[build.is_running]}, process {build.pid} on "
        f"{build.host} since {build.started_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"{build.done} done and {build.failed} failed of {build.total}"
    )
    if build.seconds_left is None:
        return line
    return f"{line}, about {clock(build.seconds_left)} left"
