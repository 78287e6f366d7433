"""What the page of one item shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heliochrome.archive.entries import DerivedFile, Entry
from heliochrome.archive.export.iiif.images import ServedImage
from heliochrome.archive.export.iiif.manifest import ItemImages
from heliochrome.archive.export.labels import DUBLIN_CORE, derivative_labels, title_of
from heliochrome.archive.export.publication import Publication, rights_uri
from heliochrome.archive.provenance.wording import notes_on, step_title
from heliochrome.archive.site.alignment import Placement, place
from heliochrome.archive.site.wording import derived_text, original_text, parameter_lines
from heliochrome.image.history import Step, record_steps

ROOT = "../"  # of the site, as seen from an item's page
_IMAGES = f"{ROOT}iiif/images/"
_SAID_ELSEWHERE = ("title", "description")


@dataclass(frozen=True, slots=True)
class Link:
    """A file to download.

    Attributes:
        label: what it is called.
        path: as seen from the page.
        facts: about it.
        look: number of the derivative that it belongs to; None for what belongs to the item.
        save: whether the browser saves it rather than shows it.

    """

    label: str
    path: str
    facts: str
    look: int | None = None
    save: bool = True


@dataclass(frozen=True, slots=True)
class PageParts:
    """What was made for an item's page beside its images.

    Attributes:
        images: of the item.
        before: paths of cut originals, by the key of the derivative that shows no more.
        maps: paths of marks of confidence, by the derivative's key.
        links: to download.

    """

    images: ItemImages
    before: Mapping[str, str]
    maps: Mapping[str, str]
    links: tuple[Link, ...]


def item_context(entry: Entry, parts: PageParts, publication: Publication) -> dict[str, Any]:
    """Give everything that the template of an item's page shows."""
    original = entry.original
    looks = [
        _look(derived, label, image, parts)
        for derived, label, image in zip(
            entry.derivatives, derivative_labels(entry), parts.images.derivatives, strict=True
        )
    ]
    return {
        "identifier": original.identifier,
        "title": title_of(entry),
        "byline": " · ".join(_byline(entry)),
        "collection": original.collection,
        "descriptions": entry.statements.get("description", ()),
        "dublin_core": [
            (label, entry.statements[element])
            for element, label in DUBLIN_CORE.items()
            if element not in _SAID_ELSEWHERE and entry.statements.get(element)
        ],
        "rights_url": _unsaid_rights(entry, publication),
        "added": f"{original.added_at:%Y-%m-%d}",
        "original": {
            "source_name": original.source_name,
            "facts": original_text(original),
            "sha256": original.sha256,
            "picture": _IMAGES + parts.images.original.large_path,
        },
        "looks": looks,
        "maps": bool(parts.maps),
        "downloads": parts.links,
        "viewing": _script_json(_viewing(entry, parts)),
    }


def _unsaid_rights(entry: Entry, publication: Publication) -> str | None:
    """Give the terms of use where the item's own description does not name them."""
    said = rights_uri(entry.statements.get("rights", ()))
    return None if said else publication.rights_of(entry.statements)


def _byline(entry: Entry) -> Iterable[str]:
    for element in ("creator", "date", "coverage"):
        yield from entry.statements.get(element, ())


def _look(derived: DerivedFile, label: str, image: ServedImage, parts: PageParts) -> dict[str, Any]:
    placement = place(derived.record, image, parts.images.original)
    return {
        "label": label,
        "picture": _IMAGES + image.large_path,
        "before": _before(derived, placement, parts),
        "shape": round(image.large[0] / image.large[1], 5),
        "confidence": parts.maps.get(derived.key),
        "mean_confidence": _percent(derived.mean_confidence),
        "notes": [_note(note) for note in notes_on(derived.record)],
        "steps": [_step(step) for step in record_steps(derived.record)],
        "recipe": derived.recipe_name,
        "recipe_sha256": derived.recipe_sha256,
        "made": f"{derived.made_at:%Y-%m-%d}",
        "version": derived.record.get("heliochrome_version", "of unknown version"),
        "facts": derived_text(derived),
        "sha256": derived.sha256,
    }


def _before(derived: DerivedFile, placement: Placement | None, parts: PageParts) -> str | None:
    if placement is None:
        return None
    whole = _IMAGES + parts.images.original.large_path
    return whole if placement.is_whole(parts.images.original) else parts.before[derived.key]


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.0%}"


def _note(note: str) -> dict[str, str]:
    """Part a note after its first sentence, which is printed bold."""
    lead, stop, rest = note.partition(". ")
    return {"lead": lead + stop.strip(), "rest": rest}


def _step(step: Step) -> dict[str, Any]:
    return {
        "title": step_title(step.task),
        "networks": step.networks,
        "parameters": tuple(parameter_lines(step.parameters)),
    }


def _viewing(entry: Entry, parts: PageParts) -> dict[str, Any]:
    original = parts.images.original
    looks = []
    for derived, image in zip(entry.derivatives, parts.images.derivatives, strict=True):
        placement = place(derived.record, image, original)
        looks.append(
            {
                "tiles": _tiles(image),
                "box": (0, 0, 1) if placement is None else placement.box(original),
                "confidence": parts.maps.get(derived.key),
            }
        )
    return {
        "viewerLabel": f"{title_of(entry)}: plus and minus zoom, the arrow keys move",
        "original": {"tiles": _tiles(original)},
        "looks": looks,
    }


def _tiles(image: ServedImage) -> dict[str, Any]:
    # Within the page, since pages from disk may load no JSON.
    return image.info(_IMAGES + image.name)


def _script_json(document: Any) -> str:
    """Give JSON that cannot end the script element that it is in."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c")
