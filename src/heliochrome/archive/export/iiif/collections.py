"""IIIF collections: the whole export, the archive's collections in it, in parts where large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from iiif_prezi3 import Collection

from heliochrome.archive.export.iiif.addresses import COLLECTIONS, TOP, Addresses
from heliochrome.archive.export.iiif.manifest import provider_of
from heliochrome.archive.export.names import UniqueSlugs
from heliochrome.archive.export.publication import Publication

PART = 1000  # Manifests in one file: what viewers still list quickly.

Json = dict[str, Any]


@dataclass(slots=True)
class CollectionTree:
    """Collects the items of an export, and gives its collections.

    Attributes:
        addresses: of the export.
        publication: facts of the whole.

    """

    addresses: Addresses
    publication: Publication
    _members: dict[str, list[Json]] = field(default_factory=dict)

    def add(self, collection: str, identifier: str, label: str, thumbnail: str) -> None:
        """Add an item; a collection without a name is the export itself."""
        self._members.setdefault(collection, []).append(
            {
                "id": self.addresses.manifest(identifier),
                "type": "Manifest",
                "label": {"none": [label]},
                "thumbnail": [{"id": thumbnail, "type": "Image", "format": "image/jpeg"}],
            }
        )

    def documents(self) -> Iterator[tuple[str, str]]:
        """Give the path and the JSON of every collection, the one of all last."""
        slugs = UniqueSlugs("collection")
        items: list[Json] = []
        for name in sorted(filter(None, self._members)):
            path, members = f"{COLLECTIONS}/{slugs(name)}.json", self._members[name]
            yield from self._split(path, name, members)
            items.append(self._reference(path, name))
        yield from self._split(TOP, self.publication.title, self._members.get("", []), before=items)

    def _split(
        self, path: str, label: str, members: list[Json], before: list[Json] | None = None
    ) -> Iterator[tuple[str, str]]:
        items = list(before or [])
        if len(members) <= PART:
            items += members
        else:
            stem = path.removesuffix(".json").removeprefix(f"{COLLECTIONS}/")
            for start in range(0, len(members), PART):
                part = members[start : start + PART]
                name = f"{label} ({start + 1}–{start + len(part)})"
                # Two dashes: no slug has them, so that no collection has this path.
                part_path = f"{COLLECTIONS}/{stem}--{start // PART + 1}.json"
                yield part_path, self._document(part_path, name, part)
                items.append(self._reference(part_path, name))
        yield path, self._document(path, label, items)

    def _reference(self, path: str, label: str) -> Json:
        return {"id": self.addresses.of(path), "type": "Collection", "label": {"none": [label]}}

    def _document(self, path: str, label: str, items: list[Json]) -> str:
        document = {**self._reference(path, label), "items": items}
        if provider := provider_of(self.publication):
            document["provider"] = [provider]
        return str(Collection.model_validate_json(json.dumps(document)).json())
