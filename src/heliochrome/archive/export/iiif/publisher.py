"""Everything that is served of one item: its images, and the records of its derivatives."""

from __future__ import annotations

from pathlib import Path

from heliochrome.archive.archive import Archive
from heliochrome.archive.entries import DerivedFile, Entry, OriginalFile
from heliochrome.archive.export.folders import disk_errors, remove_parts
from heliochrome.archive.export.iiif.addresses import IMAGES, RECORDS, record_path
from heliochrome.archive.export.iiif.images import ImageFolder, ServedImage
from heliochrome.archive.export.iiif.manifest import ItemImages
from heliochrome.archive.layout import record_name
from heliochrome.image.write import store_bytes


class Publisher:
    """Fills the folder of an export; images that are there already are not made again."""

    def __init__(self, archive: Archive, output: Path, address: str) -> None:
        """Publish the files of `archive` in `output`, which is served at `address`.

        The address ends in a slash, and may be relative.

        Raises:
            WriteError: the disk did not take the folders.

        """
        self._archive = archive
        self._output = output
        self._images = ImageFolder(output / IMAGES, f"{address}{IMAGES}/")
        self._images_used: set[str] = set()
        self._records_used: set[str] = set()
        with disk_errors(output):
            for folder in (IMAGES, RECORDS):
                (output / folder).mkdir(parents=True, exist_ok=True)
                remove_parts(output / folder)

    @property
    def images_made(self) -> int:
        """How many images were made anew."""
        return self._images.made

    def publish(self, entry: Entry) -> ItemImages:
        """Make the images of an item and copy its records.

        Raises:
            HeliochromeError: a file is missing, damaged or no picture, or the disk is full.

        """
        # First of all: an item that fails this time keeps what an earlier run made of it.
        for sha256 in (entry.original.sha256, *(derived.sha256 for derived in entry.derivatives)):
            self._images_used.add(self._images.name_of(sha256))
        original = self._original(entry.original)
        derivatives = tuple(map(self._derivative, entry.derivatives))
        for derived in entry.derivatives:
            self._copy_records(derived)
        return ItemImages(original, derivatives)

    def remove_unused(self) -> int:
        """Remove what belongs to no item that was published; give how many images and records."""
        removed = self._images.keep_only(self._images_used)
        for path in (self._output / RECORDS).iterdir():
            if path.name not in self._records_used:
                path.unlink()
                removed += 1
        return removed

    def _original(self, original: OriginalFile) -> ServedImage:
        if found := self._images.find(original.sha256):
            return found
        with self._archive.local_original(original) as path:
            return self._images.make(original.sha256, path)

    def _derivative(self, derived: DerivedFile) -> ServedImage:
        if found := self._images.find(derived.sha256):
            return found
        with self._archive.derivatives.local_copy(derived.uri) as path:
            return self._images.make(derived.sha256, path)

    def _copy_records(self, derived: DerivedFile) -> None:
        names = {
            f"{derived.key}.premis.xml": derived.premis_uri,
            f"{derived.key}.json": record_name(derived.key),
        }
        if derived.confidence_uri is not None:
            names[f"{derived.key}.confidence.png"] = derived.confidence_uri
        self._records_used.update(names)
        for name, source in names.items():
            # What an archive has recorded never changes, so that its name is enough.
            target = self._output / record_path(name)
            if not target.exists():
                with self._archive.derivatives.open(source) as file:
                    store_bytes(target, file.read())
