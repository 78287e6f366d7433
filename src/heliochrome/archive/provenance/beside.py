"""Records that lie beside a picture: whether they agree with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heliochrome.archive.provenance.premis_nodes import PREMIS
from heliochrome.archive.provenance.signed_copies import unsigned_stem
from heliochrome.image.xmp_packet import parse

_MOST_BYTES = 50_000_000


@dataclass(frozen=True, slots=True)
class Beside:
    """A file beside a picture.

    Attributes:
        path: to it.
        agrees: whether it says the same as the picture, or is of its very bytes; None where it
            cannot be read.

    """

    path: Path
    agrees: bool | None


def record_beside(picture: Path, record: Mapping[str, Any] | None) -> Beside | None:
    """Find the provenance record beside a picture, and compare it with the one inside.

    It is called as the picture with ".json" after it, or, in an archive, in place of its suffix. A
    JSON file that is no record is passed over.
    """
    for path in _named(picture, ".json"):
        content = _read(path)
        try:
            found = json.loads(content) if content is not None else None
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and isinstance(found.get("provenance"), dict):
            found = found["provenance"]  # an archive's, which tells more than the record
        if isinstance(found, dict) and "heliochrome_version" in found:
            return Beside(path, found == record)
    return None


def premis_beside(picture: Path, sha256: str) -> Beside | None:
    """Find the PREMIS record beside a picture, and look for the picture's SHA-256 in it."""
    for path in _named(picture, ".premis.xml"):
        root = parse(_read(path))
        if root is None:
            return Beside(path, None)
        digests = (digest.text for digest in root.iter(f"{{{PREMIS}}}messageDigest"))
        return Beside(path, sha256 in digests)
    return None


def _named(picture: Path, ending: str) -> Iterator[Path]:
    for name in (picture.name + ending, unsigned_stem(picture) + ending):
        path = picture.with_name(name)
        if path.is_file():
            yield path


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError:
        return None
    return content if len(content) <= _MOST_BYTES else None
