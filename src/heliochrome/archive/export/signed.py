"""Signed copies of derivatives, for exports."""

from __future__ import annotations

from heliochrome.archive.entries import DerivedFile, Entry
from heliochrome.archive.provenance.signed_copies import SIGNING, signed_name


def signed_copy(entry: Entry, derived: DerivedFile) -> str | None:
    """Give the name of a derivative's signed copy in the same storage; None where it has none."""
    signed = {event.derivative_key for event in entry.events if event.kind == SIGNING}
    return signed_name(derived.uri) if derived.key in signed else None
