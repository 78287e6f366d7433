"""The file that makes a folder an archive."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from heliochrome.archive.layout import MARKER
from heliochrome.errors import (
    NewerArchiveError,
    NotAnArchiveError,
    ReadOnlyArchiveError,
    WriteError,
)
from heliochrome.image.write import store_bytes

FORMAT = 1
_MOST_BYTES = 100_000
_HEAD = "# This folder is an archive of heliochrome; see docs/archive.md. Do not edit by hand.\n"


class Marker(BaseModel):
    """What the marker file says.

    Attributes:
        format: of the archive's layout.
        id: UUID of the archive.
        created: in UTC.
        catalog: SQLAlchemy URL of the catalog, without a password; relative for SQLite.
        originals, derivatives: relative paths, or URLs that fsspec knows.

    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    id: str
    created: datetime
    catalog: str
    originals: str
    derivatives: str


def read_marker(folder: Path) -> Marker:
    """Read the marker of an archive.

    Raises:
        NotAnArchiveError: there is none, or it is damaged.
        NewerArchiveError: its format is a newer heliochrome's.

    """
    path = folder / MARKER
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotAnArchiveError(
            folder, "is not an archive", f"make one with: heliochrome archive init {folder}"
        ) from error
    except OSError as error:
        raise NotAnArchiveError(
            path, f"cannot be read ({error.strerror})", "check its permissions"
        ) from error
    try:
        content = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _damaged(path, "is not valid YAML") from error
    _check_format(path, content)
    try:
        return Marker.model_validate(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise _damaged(path, f"'{where}': {fault['msg'].lower()}") from error


def write_marker(marker: Marker, folder: Path) -> None:
    """Write the marker of a new archive.

    Raises:
        ReadOnlyArchiveError: it cannot be written.

    """
    content = marker.model_dump()
    content["created"] = marker.created.astimezone(UTC).isoformat(timespec="seconds")
    text = _HEAD + yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    try:
        store_bytes(folder / MARKER, text.encode())
    except WriteError as error:
        raise ReadOnlyArchiveError(folder, error.problem, error.remedy) from error


def _check_format(path: Path, content: Any) -> None:
    stated = content.get("format") if isinstance(content, dict) else None
    if not isinstance(stated, int):
        raise _damaged(path, "states no format")
    if stated > FORMAT:
        raise NewerArchiveError(
            path.parent,
            f"is an archive of format {stated}, this heliochrome knows {FORMAT}",
            "use the newer heliochrome that made it",
        )


def _damaged(path: Path, problem: str) -> NotAnArchiveError:
    return NotAnArchiveError(path, f"is damaged: {problem}", "restore it from a backup")
