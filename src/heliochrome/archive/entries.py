"""What a catalog holds about one scan, as plain values: for exports, sites and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

# The Dublin Core Metadata Element Set (ISO 15836-1), in the order of its specification.
ELEMENTS = (
    "title",
    "creator",
    "subject",
    "description",
    "publisher",
    "contributor",
    "date",
    "type",
    "format",
    "identifier",
    "source",
    "language",
    "relation",
    "coverage",
    "rights",
)


@dataclass(frozen=True, slots=True)
class OriginalFile:
    """A scan as it came in; never changed.

    Attributes:
        identifier: of the item in this archive, unique and stable.
        collection: what the user put it in; "" for none.
        sha256, sha512: of the file, in hexadecimal.
        size: in bytes.
        uri: name below the originals' storage, or a file:// URL where it is only referenced.
        is_reference: whether the archive holds no copy of it.
        source_name: path that it came from, below the path that was added.
        mime: media type.
        puid: PRONOM's identifier of the format; None where it could not be told.
        width, height: in pixels, as stored (EXIF orientation not applied).
        bits: of one sample.
        channels: samples of one pixel, alpha included.
        exif: fields by their names; those of the EXIF and GPS directories in "Exif" and "GPS".
        added_at: in UTC.

    """

    identifier: str
    collection: str
    sha256: str
    sha512: str
    size: int
    uri: str
    is_reference: bool
    source_name: str
    mime: str
    puid: str | None
    width: int
    height: int
    bits: int
    channels: int
    exif: Mapping[str, Any]
    added_at: datetime


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A picture made from an original by a recipe.

    Attributes:
        key: of original, recipe, models and version; see docs/archive.md.
        uri: name below the derivatives' storage.
        sha256, sha512: of the file, in hexadecimal.
        size: in bytes.
        mime: media type.
        width, height: in pixels.
        recipe_name: as the recipe calls itself.
        recipe_sha256: of what the recipe says.
        record: the provenance record that is in the file too.
        mean_confidence: of the colors, 0..1; None where nothing was colored.
        confidence_uri: name of the confidence map below the derivatives' storage.
        premis_uri: name of the PREMIS record below the derivatives' storage.
        made_at: in UTC.
        seconds: that it took.

    """

    key: str
    uri: str
    sha256: str
    sha512: str
    size: int
    mime: str
    width: int
    height: int
    recipe_name: str
    recipe_sha256: str
    record: Mapping[str, Any]
    mean_confidence: float | None
    confidence_uri: str | None
    premis_uri: str
    made_at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an original or a derivative.

    Attributes:
        kind: a term of the Library of Congress's eventType vocabulary
            (http://id.loc.gov/vocabulary/preservation/eventType).
        outcome: "success" or "failure" (eventOutcome vocabulary).
        detail: for people.
        agent: what did it: a program with its version.
        happened_at: in UTC.
        derivative_key: of the derivative that it happened to; None for the original.

    """

    kind: str
    outcome: str
    detail: str
    agent: str
    happened_at: datetime
    derivative_key: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One item: its original, its description and everything made of it.

    Attributes:
        original: the scan.
        statements: values of Dublin Core elements, by element, in the user's order.
        derivatives: oldest first.
        events: oldest first, of the original and of the derivatives.

    """

    original: OriginalFile
    statements: Mapping[str, tuple[str, ...]]
    derivatives: tuple[DerivedFile, ...]
    events: tuple[Event, ...]
