"""What a manifest says about an item in words: Dublin Core, provenance, attribution, links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from heliochrome.archive.entries import DerivedFile, Entry
from heliochrome.archive.export.iiif.addresses import Addresses, record_path
from heliochrome.archive.export.labels import DUBLIN_CORE, derivative_labels
from heliochrome.archive.export.publication import Publication
from heliochrome.archive.provenance.wording import notes_on, step_title
from heliochrome.image.history import record_steps

Json = dict[str, Any]

_PREMIS_PROFILE = "http://www.loc.gov/premis/v3"


def dublin_core(entry: Entry) -> list[Json]:
    """Give the item's statements as pairs of label and value."""
    pairs = [
        _pair(label, entry.statements[element])
        for element, label in DUBLIN_CORE.items()
        if entry.statements.get(element)
    ]
    if entry.original.collection:
        pairs.append(_pair("Collection", [entry.original.collection]))
    return pairs


def provenance(entry: Entry) -> list[Json]:
    """Say which file is the original, and how every derivative was made of it."""
    original = entry.original
    facts = f"{original.mime}, {original.width} × {original.height}, {original.bits} bits"
    pairs = [
        _pair("Original file", [original.source_name, facts]),
        _pair("Original's SHA-256", [original.sha256]),
    ]
    for label, derived in zip(derivative_labels(entry), entry.derivatives, strict=True):
        pairs.append(_pair(f"Provenance of “{label}”", _history(derived)))
    return pairs


def _history(derived: DerivedFile) -> Iterable[str]:
    yield from notes_on(derived.record)
    yield f"Recipe {derived.recipe_name}, SHA-256 {derived.recipe_sha256}"
    for number, step in enumerate(record_steps(derived.record), start=1):
        networks = " and ".join(map(str, step.networks))
        yield f"Step {number}: {step_title(step.task)}{networks and f' with {networks}'}"
    if derived.mean_confidence is not None:
        yield f"Mean confidence of the colors: {derived.mean_confidence:.0%}"
    yield f"File's SHA-256 {derived.sha256}"
    yield f"Made {derived.made_at:%Y-%m-%d}"


def required_statement(entry: Entry, publication: Publication) -> Json:
    """Say what every viewer has to show: whose it is, and what in it was not photographed."""
    notes = dict.fromkeys(
        note for derived in entry.derivatives for note in notes_on(derived.record)
    )
    said = [
        *([publication.provider] if publication.provider else []),
        *entry.statements.get("rights", ()),
        *notes,
    ]
    return _pair("Attribution", said or ["Unchanged copy of the original"])


def see_also(derivatives: Iterable[DerivedFile], addresses: Addresses) -> list[Json]:
    """Link the records and maps of derivatives."""
    links = []
    for derived in derivatives:
        links += [
            {
                "id": addresses.of(record_path(f"{derived.key}.premis.xml")),
                "type": "Dataset",
                "label": english(f"PREMIS 3 record of “{derived.recipe_name}”"),
                "format": "application/xml",
                "profile": _PREMIS_PROFILE,
            },
            {
                "id": addresses.of(record_path(f"{derived.key}.json")),
                "type": "Dataset",
                "label": english(f"Provenance record of “{derived.recipe_name}”"),
                "format": "application/json",
            },
        ]
        if derived.confidence_uri is not None:
            links.append(
                {
                    "id": addresses.of(record_path(f"{derived.key}.confidence.png")),
                    "type": "Image",
                    "label": english(f"Confidence of the colors of “{derived.recipe_name}”"),
                    "format": "image/png",
                }
            )
    return links


def _pair(label: str, values: Iterable[str]) -> Json:
    return {"label": english(label), "value": text(*values)}


def text(*values: str) -> Json:
    """Give texts in no stated language."""
    return {"none": [_not_markup(value) for value in values]}


def english(phrase: str) -> Json:
    """Give a phrase of ours."""
    return {"en": [_not_markup(phrase)]}


def _not_markup(phrase: str) -> str:
    """Keep viewers from taking a text for HTML: they do where it is between < and >."""
    plain = phrase.strip()
    return f"\N{ZERO WIDTH SPACE}{plain}" if plain[:1] == "<" and plain[-1:] == ">" else phrase
