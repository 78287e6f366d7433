"""Bags of an archive (BagIt 1.0, RFC 8493): originals, derivatives, records and descriptions.

```
data/objects/<identifier>/original/<file>           the original, as it was called, and PREMIS
data/objects/<identifier>/derivatives/<recipe>-…    derivative, PREMIS, record, map, signed copy
data/metadata/dublin-core.csv, dublin-core.json     descriptions, one row or object per item
```
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path, PurePosixPath

from heliochrome import __version__
from heliochrome.archive.archive import Archive
from heliochrome.archive.digests import Digest
from heliochrome.archive.entries import DerivedFile, Entry
from heliochrome.archive.export.bag_folder import BagFolder
from heliochrome.archive.export.descriptions import Descriptions
from heliochrome.archive.export.folders import new_folder
from heliochrome.archive.export.names import UniqueSlugs, portable_name
from heliochrome.archive.export.payload import PayloadFile
from heliochrome.archive.export.selection import LeftOut, Selection
from heliochrome.archive.export.signed import signed_copy
from heliochrome.archive.layout import record_name
from heliochrome.archive.provenance.premis import original_document
from heliochrome.errors import FixityError, StorageError, WriteError

_OBJECTS, _METADATA = "objects", "metadata"
_WITHOUT_COLLECTION = "no-collection"


class BagPer(StrEnum):
    """How many bags there are."""

    archive = "archive"
    collection = "collection"


@dataclass(frozen=True, slots=True)
class BagOptions:
    """How bags are made.

    Attributes:
        info: fields of bag-info.txt by their names, as `Source-Organization` (RFC 8493, 2.2.2).
        per: one bag, or a folder with one for each collection.
        link: whether files become hard links where the file system can, instead of copies.
        validate: whether each finished bag is read again with the Library of Congress's bagit.
        today: the Bagging-Date.

    """

    info: dict[str, str] = field(default_factory=dict)
    per: BagPer = BagPer.archive
    link: bool = False
    validate: bool = False
    today: date = field(default_factory=date.today)


@dataclass(frozen=True, slots=True)
class BagReport:
    """What was exported.

    Attributes:
        bags: their paths.
        items: how many are in them.
        files: in the payloads.
        octets: of the payloads.
        left_out: originals and derivatives that are missing or damaged.

    """

    bags: tuple[Path, ...]
    items: int
    files: int
    octets: int
    left_out: tuple[LeftOut, ...]


def export_bags(
    archive: Archive,
    output: Path,
    options: BagOptions,
    selection: Selection,
    *,
    progress: Callable[[Entry], None] = lambda _: None,
) -> BagReport:
    """Write a part of an archive as bags; they appear when all of them are whole.

    Every byte is compared with the catalog's checksums on its way. A file that is missing or
    damaged is left out and reported: a derivative alone, an original with all that was made of it.

    Raises:
        OutputConflictError: the output exists.
        OptionError: no item is selected.
        WriteError: the disk did not take it.

    """
    with new_folder(output) as part:
        bagging = _Bagging(archive, part, options)
        for entry in selection.entries(archive):
            bagging.add(entry)
            progress(entry)
        made = bagging.finish()
    bags = tuple(output / folder.relative_to(part) for folder in made)
    return bagging.report(bags)


class _Bagging:
    """The bags in the making."""

    def __init__(self, archive: Archive, folder: Path, options: BagOptions) -> None:
        self._archive = archive
        self._folder = folder
        self._options = options
        self._slugs = UniqueSlugs("collection", reserved=_WITHOUT_COLLECTION)
        self._bags: dict[str, tuple[BagFolder, Descriptions]] = {}
        self._items = 0
        self._left_out: list[LeftOut] = []

    def add(self, entry: Entry) -> None:
        bag, descriptions = self._bag(entry.original.collection)
        folder = f"{_OBJECTS}/{portable_name(entry.original.identifier)}"
        original = _original(self._archive, entry, folder)
        if not self._take(bag, descriptions, entry, [original]):
            return
        _write_premis(bag, f"{original.name}.premis.xml", entry)
        self._items += 1
        descriptions.add(entry, original.name)
        for derived in entry.derivatives:
            files = list(_derivative(self._archive, entry, derived, folder))
            self._take(bag, descriptions, entry, files)

    def finish(self) -> list[Path]:
        for bag, descriptions in self._bags.values():
            for name in descriptions.finish(self._archive):
                bag.adopt(f"{_METADATA}/{name}")
            bag.finish(self._info())
            if self._options.validate:
                _validate(bag.folder)
        return [bag.folder for bag, _ in self._bags.values()]

    def report(self, bags: tuple[Path, ...]) -> BagReport:
        folders = [bag for bag, _ in self._bags.values()]
        return BagReport(
            bags=bags,
            items=self._items,
            files=sum(bag.files for bag in folders),
            octets=sum(bag.octets for bag in folders),
            left_out=tuple(self._left_out),
        )

    def _bag(self, collection: str) -> tuple[BagFolder, Descriptions]:
        name = ""
        if self._options.per is BagPer.collection:
            name = self._slugs(collection) if collection else _WITHOUT_COLLECTION
        if name not in self._bags:
            bag = BagFolder(self._folder / name)
            self._bags[name] = bag, Descriptions(bag.path_of(_METADATA))
        return self._bags[name]

    def _take(
        self, bag: BagFolder, descriptions: Descriptions, entry: Entry, files: list[PayloadFile]
    ) -> bool:
        try:
            bag.take(files, link=self._options.link)
        except (FixityError, StorageError) as error:
            identifier = entry.original.identifier
            self._left_out.append(LeftOut(identifier, error))
            descriptions.add_left_out(identifier, files[0].subject, error.problem)
            return False
        return True

    def _info(self) -> dict[str, str]:
        return {
            **self._options.info,
            "Bagging-Date": self._options.today.isoformat(),
            "Bag-Software-Agent": f"heliochrome {__version__}",
            "Internal-Sender-Identifier": f"urn:uuid:{self._archive.marker.id}",
        }


def _original(archive: Archive, entry: Entry, folder: str) -> PayloadFile:
    original = entry.original
    return PayloadFile(
        name=f"{folder}/original/{portable_name(PurePosixPath(original.source_name).name)}",
        subject=original.source_name,
        local=lambda: archive.local_original(original),
        expected=Digest(original.sha256, original.sha512, original.size),
    )


def _write_premis(bag: BagFolder, name: str, entry: Entry) -> None:
    """Say in PREMIS what is known of an original, which may have no derivative that says it."""
    rights = entry.statements.get("rights", ())
    bag.path_of(name).write_bytes(original_document(entry.original, entry.events, rights=rights))
    bag.adopt(name)


def _derivative(
    archive: Archive, entry: Entry, derived: DerivedFile, folder: str
) -> Iterator[PayloadFile]:
    stem = f"{folder}/derivatives/{portable_name(derived.recipe_name)}-{derived.key[:16]}"
    subject = f"derivative {derived.key}"

    def file(suffix: str, uri: str, expected: Digest | None = None) -> PayloadFile:
        local = partial(archive.derivatives.local_copy, uri)
        return PayloadFile(f"{stem}{suffix}", subject, local, expected)

    suffix = PurePosixPath(derived.uri).suffix
    yield file(suffix, derived.uri, Digest(derived.sha256, derived.sha512, derived.size))
    yield file(".premis.xml", derived.premis_uri)
    yield file(".json", record_name(derived.key))
    if derived.confidence_uri is not None:
        yield file(".confidence.png", derived.confidence_uri)
    if (signed := signed_copy(entry, derived)) is not None:
        yield file(f".c2pa{suffix}", signed)


def _validate(bag: Path) -> None:
    import bagit

    try:
        bagit.Bag(str(bag)).validate()
    except bagit.BagError as error:
        raise WriteError(
            bag.name, f"the finished bag is not valid ({error})", "check the disk and try again"
        ) from error
