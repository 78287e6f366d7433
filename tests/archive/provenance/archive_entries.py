"""An original, a derivative and their events, for the tests of provenance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from heliochrome.archive.entries import DerivedFile, Event, OriginalFile

ORIGINAL = OriginalFile(
    identifier="a1b2c3d4e5f60718",
    collection="harbor",
    sha256="a1" * 32,
    sha512="a2" * 64,
    size=123_456_789_012,
    uri="a1/" + "a1" * 32 + ".tif",
    is_reference=False,
    source_name="box 3/harbor <1904> & ships.tif",
    mime="image/tiff",
    puid="fmt/353",
    width=4000,
    height=3000,
    bits=16,
    channels=1,
    exif={},
    added_at=datetime(2026, 3, 1, 9, 0, tzinfo=UTC),
)
COLORIZE = {
    "task": "colorize",
    "model": {"name": "colorizer", "version": "1.1.0", "sha256": "c1" * 32},
    "parameters": {"vividness": 1.0, "seed": 3, "hints": [{"x": 1, "y": 2, "color": "#102030"}]},
    "mean_confidence": 0.6123,
}
UPSCALE = {
    "task": "upscale",
    "model": {"name": "upscaler-x2", "version": "1.0.0", "sha256": "c2" * 32},
    "parameters": {"scale": 2, "mode": "faithful"},
}
RECORD: dict[str, Any] = {
    "task": "recipe",
    "heliochrome_version": "0.1.0",
    "input_sha256": "a1" * 32,
    "recipe": {"name": "restore", "sha256": "0e" * 32},
    "steps": [COLORIZE, UPSCALE],
}
DERIVED = DerivedFile(
    key="d0" * 32,
    uri="d0/" + "d0" * 32 + ".png",
    sha256="d1" * 32,
    sha512="d2" * 64,
    size=4567,
    mime="image/png",
    width=8000,
    height=6000,
    recipe_name="restore",
    recipe_sha256="e0" * 32,
    record=RECORD,
    mean_confidence=0.6123,
    confidence_uri="d0/" + "d0" * 32 + ".confidence.png",
    premis_uri="d0/" + "d0" * 32 + ".premis.xml",
    made_at=datetime(2026, 3, 2, 10, 30, 15, tzinfo=UTC),
    seconds=1.25,
)


def event(kind: str, hour: int, *, outcome: str = "success", key: str | None = None) -> Event:
    moment = datetime(2026, 3, 3, hour, tzinfo=UTC)
    return Event(kind, outcome, f"detail of {kind}", "heliochrome 0.1.0", moment, key)


EVENTS = (
    replace(event("ingestion", 0), happened_at=ORIGINAL.added_at),
    replace(event("message digest calculation", 0), happened_at=ORIGINAL.added_at),
    event("creation", 0, key=DERIVED.key),
    event("message digest calculation", 1, key=DERIVED.key),
    event("fixity check", 2),
    event("fixity check", 3, outcome="failure", key=DERIVED.key),
    event("creation", 4, key="ff" * 32),
)
