"""Files that a site has of an item beside its IIIF: cut originals, marks, downloads."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from heliochrome.archive.archive import Archive
from heliochrome.archive.entries import DerivedFile, Entry
from heliochrome.archive.export.folders import disk_errors, remove_parts, write_if_changed
from heliochrome.archive.export.iiif.addresses import manifest_path, record_path
from heliochrome.archive.export.iiif.images import ServedImage
from heliochrome.archive.export.iiif.manifest import ItemImages
from heliochrome.archive.export.labels import derivative_labels
from heliochrome.archive.export.names import portable_name
from heliochrome.archive.export.signed import signed_copy
from heliochrome.archive.site.alignment import Placement, cropped_original, place
from heliochrome.archive.site.item_page import ROOT, Link, PageParts
from heliochrome.archive.site.overlay import overlay_png
from heliochrome.archive.site.wording import derived_text, original_text
from heliochrome.image.write import storing

IIIF = "iiif"
_BEFORE, _MAPS, _FILES = "before", "maps", "files"


class Downloads(StrEnum):
    """Which picture files a site offers as they are."""

    none = "none"
    derivatives = "derivatives"
    all = "all"


class ItemFiles:
    """Makes these files where they are missing: their names hold the hash of what they show."""

    def __init__(
        self, archive: Archive, output: Path, downloads: Downloads, *, with_manifests: bool
    ) -> None:
        """Fill the folder of a site.

        Raises:
            WriteError: the disk did not take it.

        """
        self._archive = archive
        self._output = output
        self._downloads = downloads
        self._with_manifests = with_manifests
        self._used: set[Path] = set()
        with disk_errors(output):
            for folder in (_BEFORE, _MAPS, _FILES):
                (output / folder).mkdir(exist_ok=True)
                remove_parts(output / folder)

    def make(self, entry: Entry, images: ItemImages) -> PageParts:
        """Make the files of an item.

        Raises:
            HeliochromeError: a file of the archive is missing or damaged, or the disk is full.

        """
        before, maps = {}, {}
        for derived, image in zip(entry.derivatives, images.derivatives, strict=True):
            placement = place(derived.record, image, images.original)
            if placement is not None and not placement.is_whole(images.original):
                before[derived.key] = self._before(entry, derived, placement)
            if derived.confidence_uri is not None:
                maps[derived.key] = self._map(derived, derived.confidence_uri, image)
        return PageParts(images, before, maps, tuple(self._links(entry)))

    def remove_unused(self) -> int:
        """Remove the files of items that were not made; give how many."""
        found = [
            path
            for folder in (_BEFORE, _MAPS, _FILES)
            for path in (self._output / folder).iterdir()
            if path not in self._used
        ]
        for path in found:
            path.unlink()
        return len(found)

    def _before(self, entry: Entry, derived: DerivedFile, placement: Placement) -> str:
        path = f"{_BEFORE}/{derived.key}.jpg"
        if self._is_missing(path):
            with self._archive.local_original(entry.original) as source:
                jpeg = cropped_original(source, placement)
            write_if_changed(self._output / path, jpeg)
        return f"{ROOT}{path}"

    def _map(self, derived: DerivedFile, uri: str, image: ServedImage) -> str:
        path = f"{_MAPS}/{derived.key}.png"
        if self._is_missing(path):
            with self._archive.derivatives.local_copy(uri) as source:
                marks = overlay_png(source, image.large)
            write_if_changed(self._output / path, marks)
        return f"{ROOT}{path}"

    def _links(self, entry: Entry) -> Iterator[Link]:
        labels = derivative_labels(entry)
        for look, (derived, label) in enumerate(zip(entry.derivatives, labels, strict=True)):
            if self._downloads is not Downloads.none:
                suffix = PurePosixPath(derived.uri).suffix
                name = f"{portable_name(derived.recipe_name)}-{derived.key[:16]}{suffix}"
                path = self._copy(name, self._archive.derivatives.local_copy(derived.uri))
                yield Link(f"Picture “{label}”", path, derived_text(derived), look)
                if (signed := signed_copy(entry, derived)) is not None:
                    local = self._archive.derivatives.local_copy(signed)
                    path = self._copy(f"signed-{name}", local)
                    yield Link(f"Signed “{label}”", path, "with Content Credentials", look)
            for kind, suffix in (("PREMIS 3", ".premis.xml"), ("JSON", ".json")):
                path = f"{ROOT}{IIIF}/{record_path(derived.key + suffix)}"
                yield Link(f"Record of “{label}”", path, kind, look)
        original = entry.original
        if self._downloads is Downloads.all:
            suffix = PurePosixPath(original.source_name).suffix.lower()
            name = portable_name(f"original-{original.sha256[:32]}{suffix}")
            path = self._copy(name, self._archive.local_original(original))
            yield Link("Original", path, original_text(original))
        if self._with_manifests:
            path = f"{ROOT}{IIIF}/{quote(manifest_path(original.identifier))}"
            yield Link("IIIF manifest", path, "JSON", save=False)

    def _copy(self, name: str, local: AbstractContextManager[Path]) -> str:
        path = f"{_FILES}/{name}"
        if self._is_missing(path):
            with (
                local as source,
                source.open("rb") as reader,
                storing(self._output / path) as writer,
            ):
                shutil.copyfileobj(reader, writer)
        return f"{ROOT}{quote(path)}"

    def _is_missing(self, path: str) -> bool:
        self._used.add(self._output / path)
        return not (self._output / path).exists()
