"""IIIF of an archive: images, manifests and collections in a folder for a plain web server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from heliochrome.archive.archive import Archive
from heliochrome.archive.entries import Entry
from heliochrome.archive.export.folders import claim_folder, write_if_changed
from heliochrome.archive.export.iiif.addresses import (
    COLLECTIONS,
    MANIFESTS,
    TOP,
    Addresses,
    manifest_path,
)
from heliochrome.archive.export.iiif.collections import CollectionTree
from heliochrome.archive.export.iiif.manifest import ItemImages, item_manifest
from heliochrome.archive.export.iiif.publisher import Publisher
from heliochrome.archive.export.labels import title_of
from heliochrome.archive.export.publication import Publication
from heliochrome.archive.export.selection import LeftOut, Selection
from heliochrome.errors import HeliochromeError, WriteError

_KIND = "iiif"


class IiifFolder:
    """A folder of IIIF in the making; what has not changed is not written again."""

    def __init__(
        self,
        archive: Archive,
        output: Path,
        publication: Publication,
        addresses: Addresses | None,
        *,
        relative: str = "",
    ) -> None:
        """Begin, or go on with, a folder.

        Args:
            archive: whose items.
            output: the folder.
            publication: facts of the whole.
            addresses: of what is in it; None to leave out manifests and collections, which are
                nothing without absolute addresses.
            relative: the folder's own address where there are no absolute ones.

        Raises:
            WriteError: the disk did not take it.

        """
        self._output = output
        self._publication = publication
        self._addresses = addresses
        self._tree = None if addresses is None else CollectionTree(addresses, publication)
        base = relative if addresses is None else addresses.base
        self._publisher = Publisher(archive, output, base)
        self._written: set[str] = set()

    @property
    def images_made(self) -> int:
        """How many images were made anew."""
        return self._publisher.images_made

    def add(self, entry: Entry) -> ItemImages:
        """Add an item.

        Raises:
            HeliochromeError: a file is missing, damaged or no picture, or the disk is full.

        """
        images = self.publish(entry)
        if self._addresses is not None and self._tree is not None:
            identifier = entry.original.identifier
            manifest = item_manifest(entry, images, self._addresses, self._publication)
            self._write(manifest_path(identifier), manifest)
            thumbnail = self._addresses.image(images.best().small_path)
            self._tree.add(entry.original.collection, identifier, title_of(entry), thumbnail)
        return images

    def publish(self, entry: Entry) -> ItemImages:
        """Make what is served of an item where it is missing, without listing the item.

        Raises:
            HeliochromeError: a file is missing, damaged or no picture, or the disk is full.

        """
        return self._publisher.publish(entry)

    def finish(self) -> int:
        """Write the collections and remove what is of no item any more; give how much.

        Raises:
            WriteError: the disk did not take it.

        """
        for path, document in self._tree.documents() if self._tree is not None else ():
            self._write(path, document)
        removed = self._publisher.remove_unused()
        return removed + self._remove_unwritten()

    def _remove_unwritten(self) -> int:
        """Remove the documents of an earlier run that this one has not."""
        found = [*self._output.glob(f"{MANIFESTS}/*.json"), *self._output.glob(f"{COLLECTIONS}/*")]
        written = {self._output / path for path in self._written}
        stale = [path for path in [*found, self._output / TOP] if path not in written]
        removed = 0
        for path in stale:
            if path.is_file():
                path.unlink()
                removed += 1
        return removed

    def _write(self, path: str, document: str) -> None:
        self._written.add(path)
        write_if_changed(self._output / path, document.encode())


@dataclass(frozen=True, slots=True)
class IiifReport:
    """What an export did.

    Attributes:
        items: how many are in it.
        images_made: how many images were made anew; the others were there.
        removed: how many files and images of former items were removed.
        left_out: items that are not in it.

    """

    items: int
    images_made: int
    removed: int
    left_out: tuple[LeftOut, ...]


def export_iiif(
    archive: Archive,
    output: Path,
    base_url: str,
    publication: Publication,
    selection: Selection,
    *,
    progress: Callable[[Entry], None] = lambda _: None,
) -> IiifReport:
    """Write IIIF of a part of an archive, or bring what was written before up to date.

    Args:
        archive: whose items.
        output: a new or empty folder, or that of an earlier export.
        base_url: absolute address at which the folder will be served, with a slash at its end.
        publication: facts of the whole.
        selection: the items.
        progress: called after each item.

    Raises:
        OutputConflictError: the folder holds something else.
        OptionError: no item is selected.
        WriteError: the disk did not take it.

    """
    selection.check(archive)
    claim_folder(output, _KIND)
    folder = IiifFolder(archive, output, publication, Addresses(base_url))
    items, left_out = 0, []
    for entry in selection.entries(archive):
        try:
            folder.add(entry)
            items += 1
        except WriteError:
            raise
        except HeliochromeError as error:
            left_out.append(LeftOut(entry.original.identifier, error))
        progress(entry)
    return IiifReport(items, folder.images_made, folder.finish(), tuple(left_out))
