"""What is handed to the catalog to be recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from heliochrome import __version__
from heliochrome.archive.entries import Event

AGENT = f"heliochrome {__version__}"


@dataclass(frozen=True, slots=True)
class NewItem:
    """A scan to be recorded; for what entries also hold, see `OriginalFile`.

    Attributes:
        exif, iptc: JSON values by name.
        xmp: the packet's text.
        perceptual_hash: 64 bits as 16 hexadecimal digits; None for a picture without features.
        near_duplicate_of: identifier of an item that looks the same.
        statements: values of Dublin Core elements.
        events: that it went through.

    """

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
    exif: Mapping[str, Any] = field(default_factory=dict)
    iptc: Mapping[str, Any] = field(default_factory=dict)
    xmp: str | None = None
    perceptual_hash: str | None = None
    near_duplicate_of: str | None = None
    statements: Mapping[str, Sequence[str]] = field(default_factory=dict)
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class NewDescription:
    """What an item is to be described by from now on.

    Attributes:
        identifier: of the item.
        collection: that it is in.
        statements: all values of Dublin Core elements.
        events: that record the change.

    """

    identifier: str
    collection: str
    statements: Mapping[str, Sequence[str]]
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class NewDerivative:
    """A derivative to be recorded; for what entries also hold, see `DerivedFile`.

    Attributes:
        identifier: of the item that it was made from.
        recipe_id: as `Catalog.ensure_recipe` gave it.
        build_id: of the build that made it, whose counts it enters; None outside a build.
        model_sha256s: of the networks that took part, sorted.
        made_at: when; None for now.
        events: that it went through.

    """

    identifier: str
    recipe_id: int
    key: str
    uri: str
    sha256: str
    sha512: str
    size: int
    mime: str
    width: int
    height: int
    record: Mapping[str, Any]
    model_sha256s: Sequence[str]
    heliochrome_version: str
    seconds: float
    mean_confidence: float | None = None
    confidence_uri: str | None = None
    made_at: datetime | None = None
    build_id: int | None = None
    events: Sequence[Event] = ()


@dataclass(frozen=True, slots=True)
class NewFailure:
    """A derivative that could not be made.

    Attributes:
        identifier: of the item.
        recipe_id: as `Catalog.ensure_recipe` gave it.
        key: that the derivative would have had.
        kind: the error's class.
        problem, remedy: what it says.
        build_id: as for `NewDerivative`.

    """

    identifier: str
    recipe_id: int
    key: str
    kind: str
    problem: str
    remedy: str
    build_id: int | None = None


def event(kind: str, detail: str, *, success: bool = True, derivative: str | None = None) -> Event:
    """Make an event that heliochrome itself brought about, now."""
    outcome = "success" if success else "failure"
    return Event(kind, outcome, detail, AGENT, datetime.now(UTC), derivative)
