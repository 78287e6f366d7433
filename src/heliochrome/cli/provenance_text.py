"""Where a picture comes from, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from heliochrome.archive.provenance.beside import Beside
from heliochrome.archive.provenance.credentials import Credentials
from heliochrome.archive.provenance.picture_report import PictureReport
from heliochrome.archive.provenance.signed_copies import is_signed_copy
from heliochrome.image.history import Step, record_steps, software_agent, source_sha256

_STATES = {
    "trusted": "hold, and an authority you named vouches for the signer",
    "intact": "hold, but no authority you named vouches for the signer (--trust)",
    "invalid": "do not hold",
}
_UNSIGNED = (
    "Nothing is signed: whoever can change the file can change its record. See docs/provenance.md."
)


def as_document(report: PictureReport) -> dict[str, Any]:
    """Give a report as JSON."""
    return {
        "file": str(report.path),
        "sha256": report.sha256,
        "container": report.container,
        "width": report.width,
        "height": report.height,
        "digital_source_type": report.source_type,
        "records": [dict(record) for record in report.records],
        "notes": list(report.notes()),
        "content_credentials": _credentials_document(report),
        "record_beside": _beside_document(report.record_beside),
        "premis_beside": _beside_document(report.premis_beside),
        "is_from_original": report.is_from_original,
        "contradictions": list(report.contradictions()),
    }


def print_report(report: PictureReport) -> None:
    """Write a report for a person to stdout."""
    console = Console(highlight=False, soft_wrap=True)
    size = f"{report.container}, {report.width} x {report.height} pixels"
    console.print(Text.assemble((_printable(str(report.path)), "bold"), f"  {size}"))
    _line(console, "sha256", report.sha256)
    if report.source_type is not None:
        _line(console, "digital source type", report.source_type.rpartition("/")[2])
    if not report.records:
        _line(console, "record", "none: heliochrome did not make this picture, or it was removed")
    for record in report.records:
        _print_record(console, record)
    for note in report.notes():
        console.print(Text(f"  {note}", style="bold yellow"))
    for name, value in _evidence(report):
        _line(console, name, value)
    for contradiction in report.contradictions():
        console.print(Text(f"  DOES NOT HOLD: {_printable(contradiction)}", style="bold red"))
    console.print()


def _print_record(console: Console, record: Mapping[str, Any]) -> None:
    if "unreadable" in record:
        _line(console, "record", "cannot be read; --json shows it as it is")
        return
    _line(console, "made from", f"a file of sha256 {source_sha256(record) or 'not stated'}")
    _line(console, "made by", software_agent(record))
    recipe = record.get("recipe")
    if isinstance(recipe, Mapping):
        _line(console, "recipe", f"{recipe.get('name')} (sha256 {recipe.get('sha256')})")
    for number, step in enumerate(record_steps(record), 1):
        console.print(Text(f"  {number} {_printable(step.task)}", style="bold"))
        for name, value in _facts(step):
            _line(console, name, value, indent=4)


def _facts(step: Step) -> Iterator[tuple[str, str]]:
    for network in step.networks:
        yield "network", str(network)
    if step.mean_confidence is not None:
        yield "mean confidence", f"{step.mean_confidence:.0%}"
    for name, value in step.parameters.items():
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _evidence(report: PictureReport) -> Iterator[tuple[str, str]]:
    """Say what holds the record, and what does not."""
    credentials = report.credentials
    if credentials is not None:
        yield "Content Credentials", _describe(credentials)
        for failure in credentials.failures:
            yield "", failure
    elif report.credentials_checked:
        yield "Content Credentials", "none"
    else:
        yield "Content Credentials", "not looked for: pip install 'heliochrome[c2pa]'"
    if report.record_beside is not None:
        agreed = "the same record" if report.record_beside.agrees else "another record"
        yield "beside it", f"{report.record_beside.path.name}: {agreed}"
    if report.premis_beside is not None:
        yield "beside it", f"{report.premis_beside.path.name}: {_premis_says(report)}"
    if report.is_from_original is not None:
        yield "original", "it is what this was made from" if report.is_from_original else "another"
    if report.records and credentials is None:
        yield "", _UNSIGNED


def _premis_says(report: PictureReport) -> str:
    if report.premis_beside is not None and report.premis_beside.agrees:
        return "has this SHA-256"
    if is_signed_copy(report.path):
        return "is of the derivative that this is a signed copy of"
    return "has not this SHA-256"


def _describe(credentials: Credentials) -> str:
    signer = credentials.signer or "unknown"
    if credentials.issuer:
        signer += f" ({credentials.issuer})"
    return f"{_STATES[credentials.state]}; signed by {signer}{_when(credentials)}"


def _when(credentials: Credentials) -> str:
    if credentials.signed_at is None:
        return ", at no confirmed time"
    if credentials.time_is_trusted:
        return f" at {credentials.signed_at}"
    return f", at {credentials.signed_at} by a clock that no authority you named vouches for"


def _credentials_document(report: PictureReport) -> dict[str, Any] | None:
    if report.credentials is not None:
        return asdict(report.credentials)
    return None if report.credentials_checked else {"state": "not checked"}


def _beside_document(beside: Beside | None) -> dict[str, Any] | None:
    return None if beside is None else {"file": str(beside.path), "agrees": beside.agrees}


def _line(console: Console, name: str, value: str, *, indent: int = 2) -> None:
    label = f"{name}: " if name else ""
    console.print(Text.assemble(" " * indent, (_printable(label), "dim"), _printable(value)))


def _printable(text: str) -> str:
    """Keep what a file says from steering the terminal."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
