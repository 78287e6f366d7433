"""Write the site of an archive, or bring it up to date: what has not changed stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from heliochrome import __version__
from heliochrome.archive.archive import Archive
from heliochrome.archive.entries import Entry
from heliochrome.archive.export.folders import claim_folder, write_if_changed
from heliochrome.archive.export.iiif.addresses import TOP, Addresses
from heliochrome.archive.export.iiif.export import IiifFolder
from heliochrome.archive.export.publication import Publication
from heliochrome.archive.export.selection import LeftOut, Selection
from heliochrome.archive.site.cards import Card, Gallery, card_of
from heliochrome.archive.site.item_files import IIIF, Downloads, ItemFiles
from heliochrome.archive.site.item_page import ROOT, item_context
from heliochrome.archive.site.templates import as_is, assets, template
from heliochrome.errors import HeliochromeError, WriteError

_KIND = "site"
_ITEMS = "items"


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """How a site is made.

    Attributes:
        publication: facts of the whole.
        base_url: absolute address at which the site will be served, with a slash at its end; None
            where it is not known, and then there are no IIIF manifests.
        downloads: which picture files it offers as they are.

    """

    publication: Publication
    base_url: str | None = None
    downloads: Downloads = Downloads.derivatives


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was done.

    Attributes:
        items: how many the site has.
        images_made: how many images were made anew; the others were there.
        files_written: pages and data that are new or have changed.
        removed: files and images of former items.
        left_out: items that the site does not have.

    """

    items: int
    images_made: int
    files_written: int
    removed: int
    left_out: tuple[LeftOut, ...]


def build_site(
    archive: Archive,
    output: Path,
    options: SiteOptions,
    selection: Selection,
    *,
    progress: Callable[[Entry], None] = lambda _: None,
) -> SiteReport:
    """Write the site of a part of an archive.

    Args:
        archive: whose items.
        output: a new or empty folder, or that of an earlier site.
        options: how.
        selection: the items.
        progress: called after each item, before the pages are written.

    Raises:
        OutputConflictError: the folder holds something else.
        OptionError: no item is selected.
        WriteError: the disk did not take it.

    """
    selection.check(archive)
    claim_folder(output, _KIND)
    site = _Site(archive, output, options)
    for entry in selection.entries(archive):
        site.prepare(entry)
        progress(entry)
    site.write_pages(selection.entries(archive))
    return site.finish()


class _Site:
    """A site in the making.

    Pages are written when all items are known, since each links its neighbors. Until then only the
    cards stay in memory; the rest of an item is read again.
    """

    def __init__(self, archive: Archive, output: Path, options: SiteOptions) -> None:
        self._archive = archive
        self._output = output
        self._options = options
        base = options.base_url
        addresses = None if base is None else Addresses(f"{base}{IIIF}/", f"{base}{_ITEMS}/")
        self._iiif = IiifFolder(
            archive, output / IIIF, options.publication, addresses, relative=f"{IIIF}/"
        )
        self._files = ItemFiles(
            archive, output, options.downloads, with_manifests=addresses is not None
        )
        self._cards: dict[str, Card] = {}
        self._left_out: list[LeftOut] = []
        self._kept: set[Path] = set()
        self._changed = 0

    def prepare(self, entry: Entry) -> None:
        """Make everything of an item but its page."""
        identifier = entry.original.identifier
        try:
            images = self._iiif.add(entry)
            self._files.make(entry, images)
        except WriteError:
            raise
        except HeliochromeError as error:
            self._left_out.append(LeftOut(identifier, error))
            return
        self._cards[identifier] = card_of(entry, images)

    def write_pages(self, entries: Iterable[Entry]) -> None:
        """Write the pages of the items that were prepared, and the gallery with its data."""
        gallery = Gallery(self._cards.values())
        around = _neighbors(gallery.cards)
        for entry in entries:
            identifier = entry.original.identifier
            if identifier in self._cards:
                self._write_page(entry, *around[identifier])
        for path, text in gallery.files():
            self._write(path, text.encode())
        self._write("index.html", self._index(gallery))

    def finish(self) -> SiteReport:
        """Write what all sites have, and remove what is of no item any more."""
        for path, data in assets():
            self._write(path, data)
        removed = self._iiif.finish() + self._files.remove_unused() + self._remove_unwritten()
        return SiteReport(
            items=len(self._cards),
            images_made=self._iiif.images_made,
            files_written=self._changed,
            removed=removed,
            left_out=tuple(self._left_out),
        )

    def _write_page(self, entry: Entry, before: Card | None, after: Card | None) -> None:
        # Everything is there already; only its names are wanted.
        images = self._iiif.publish(entry)
        parts = self._files.make(entry, images)
        context = item_context(entry, parts, self._options.publication)
        item = {
            **context,
            "viewing": as_is(context["viewing"]),
            "previous": before and quote(before.page),
            "next": after and quote(after.page),
        }
        page = template("item").render(root=ROOT, item=item, **self._common(ROOT))
        self._write(f"{_ITEMS}/{self._cards[entry.original.identifier].page}", page.encode())

    def _index(self, gallery: Gallery) -> bytes:
        cards = gallery.cards
        page = template("index").render(
            root="",
            count=len(cards),
            collections=gallery.collections,
            some_without=any(not card.collection for card in cards),
            looks=gallery.looks,
            dated=any(card.years for card in cards),
            guessed=gallery.is_guessed,
            **self._common(""),
        )
        return page.encode()

    def _common(self, root: str) -> dict[str, Any]:
        publication = self._options.publication
        return {
            "site": {**asdict(publication), "version": __version__},
            "collection_url": f"{root}{IIIF}/{TOP}" if self._options.base_url else None,
        }

    def _write(self, path: str, data: bytes) -> None:
        target = self._output / path
        self._kept.add(target)
        self._changed += write_if_changed(target, data)

    def _remove_unwritten(self) -> int:
        """Remove pages and data of an earlier run, and nothing that no site of ours has."""
        found = [
            path
            for pattern in (f"{_ITEMS}/*.html", "data/*.js", "data/*/*.js")
            for path in self._output.glob(pattern)
            if path not in self._kept
        ]
        for path in found:
            path.unlink()
        return len(found)


def _neighbors(cards: list[Card]) -> dict[str, tuple[Card | None, Card | None]]:
    around: list[Card | None] = [None, *cards, None]
    return {card.identifier: (around[place], around[place + 2]) for place, card in enumerate(cards)}
