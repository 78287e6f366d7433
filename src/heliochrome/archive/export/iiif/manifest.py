"""IIIF Presentation 3 manifests (https://iiif.io/api/presentation/3.0/): one per item."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from iiif_prezi3 import Manifest

from heliochrome.archive.entries import Entry
from heliochrome.archive.export.dates import years_of
from heliochrome.archive.export.iiif.addresses import Addresses
from heliochrome.archive.export.iiif.images import ServedImage
from heliochrome.archive.export.iiif.wording import (
    dublin_core,
    english,
    provenance,
    required_statement,
    see_also,
    text,
)
from heliochrome.archive.export.labels import derivative_labels, title_of
from heliochrome.archive.export.publication import Publication

Json = dict[str, Any]

# A derivative whose proportions differ by more shows another part of the scene.
_SAME_SHAPE = 0.01


@dataclass(frozen=True, slots=True)
class ItemImages:
    """The served images of an item.

    Attributes:
        original: of the original.
        derivatives: of the derivatives, in the entry's order.

    """

    original: ServedImage
    derivatives: tuple[ServedImage, ...]

    def best(self) -> ServedImage:
        """Give the image that stands for the item: the newest derivative, or the original."""
        return self.derivatives[-1] if self.derivatives else self.original


def item_manifest(
    entry: Entry, images: ItemImages, addresses: Addresses, publication: Publication
) -> str:
    """Give the manifest of an item as JSON, checked against the models of Presentation 3.

    Original and derivatives are a `Choice` on one canvas of the original's size. A derivative of
    other proportions (one whose borders were cropped) has a canvas of its own.
    """
    identifier = entry.original.identifier
    document: Json = {
        "id": addresses.manifest(identifier),
        "type": "Manifest",
        "label": text(title_of(entry)),
        "metadata": [*dublin_core(entry), *provenance(entry)],
        "requiredStatement": required_statement(entry, publication),
        "thumbnail": [_thumbnail(images.best(), addresses)],
        "seeAlso": see_also(entry.derivatives, addresses),
        "items": _canvases(entry, images, addresses),
    }
    if descriptions := entry.statements.get("description"):
        document["summary"] = text(*descriptions)
    if rights := publication.rights_of(entry.statements):
        document["rights"] = rights
    if years := years_of(entry.statements.get("date", ())):
        document["navDate"] = f"{years[0]:04}-01-01T00:00:00Z"
    if provider := provider_of(publication):
        document["provider"] = [provider]
    if page := addresses.page(identifier):
        document["homepage"] = [
            {"id": page, "type": "Text", "label": english("Web page"), "format": "text/html"}
        ]
    if not document["seeAlso"]:
        del document["seeAlso"]
    return str(Manifest.model_validate_json(json.dumps(document)).json())


def provider_of(publication: Publication) -> Json | None:
    """Describe the institution; None where it gave no name or no web page."""
    if publication.provider is None or publication.provider_url is None:
        return None
    label = text(publication.provider)
    homepage = {
        "id": publication.provider_url,
        "type": "Text",
        "label": label,
        "format": "text/html",
    }
    return {
        "id": publication.provider_url,
        "type": "Agent",
        "label": label,
        "homepage": [homepage],
    }


def _canvases(entry: Entry, images: ItemImages, addresses: Addresses) -> list[Json]:
    shown = [("Original", images.original)]
    apart: list[tuple[str, ServedImage]] = []
    whole = (images.original.width, images.original.height)
    for label, image in zip(derivative_labels(entry), images.derivatives, strict=True):
        fits = same_shape((image.width, image.height), whole)
        (shown if fits else apart).append((label, image))
    groups = [shown, *([one] for one in apart)]
    return [
        _canvas(entry.original.identifier, number, group, addresses)
        for number, group in enumerate(groups, start=1)
    ]


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two pictures, by width and height, have the same proportions.

    Sizes are whole pixels: those of a tiny picture cannot keep its proportions closely.
    """
    slack = _SAME_SHAPE + 1 / min(*one, *other)
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= slack


def _canvas(
    identifier: str, number: int, shown: list[tuple[str, ServedImage]], addresses: Addresses
) -> Json:
    def named(*parts: str) -> str:
        return addresses.part_of_manifest(identifier, "canvas", str(number), *parts)

    bodies = [_body(label, image, addresses) for label, image in shown]
    label, first = shown[0]
    annotation = {
        "id": named("annotation"),
        "type": "Annotation",
        "motivation": "painting",
        "body": bodies[0] if len(bodies) == 1 else {"type": "Choice", "items": bodies},
        "target": named(),
    }
    return {
        "id": named(),
        "type": "Canvas",
        "label": english("Original and derivatives") if len(bodies) > 1 else text(label),
        "width": first.width,
        "height": first.height,
        "thumbnail": [_thumbnail(first, addresses)],
        "items": [{"id": named("page"), "type": "AnnotationPage", "items": [annotation]}],
    }


def _body(label: str, image: ServedImage, addresses: Addresses) -> Json:
    return {
        "id": addresses.image(image.large_path),
        "type": "Image",
        "label": text(label),
        "format": "image/jpeg",
        "width": image.large[0],
        "height": image.large[1],
        "service": [_service(image, addresses)],
    }


def _thumbnail(image: ServedImage, addresses: Addresses) -> Json:
    return {
        "id": addresses.image(image.small_path),
        "type": "Image",
        "format": "image/jpeg",
        "width": image.small[0],
        "height": image.small[1],
        "service": [_service(image, addresses)],
    }


def _service(image: ServedImage, addresses: Addresses) -> Json:
    return {"id": addresses.image(image.name), "type": "ImageService3", "profile": "level0"}
