"""What the gallery shows and filters by, in parts that a browser loads when it needs them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from heliochrome.archive.entries import Entry
from heliochrome.archive.export.dates import years_of
from heliochrome.archive.export.iiif.manifest import ItemImages
from heliochrome.archive.export.labels import title_of
from heliochrome.archive.export.names import portable_name
from heliochrome.archive.site.search_index import SearchIndex

PER_PAGE = 60  # Cards that the gallery shows at once.
PER_PART = 50  # Cards in a file: a page of hits from all over loads many of them.
_LAST = (9999, 9999)  # Where items without a year stand among dates.
_TITLE, _WHO_AND_WHAT, _OTHER = 5, 3, 1  # Weights of words in a search.
_IMAGES = "iiif/images/"


@dataclass(frozen=True, slots=True)
class Card:
    """One item in the gallery.

    Attributes:
        identifier: of the item.
        page: file name of its page.
        title: of the item.
        years: first and last that its dates name.
        added: when it came into the archive, as a sortable text.
        collection: "" for none.
        looks: names of the recipes that it was derived by.
        content: what is drawn, as JSON.
        texts: what is searched, with weights.

    """

    identifier: str
    page: str
    title: str
    years: tuple[int, int] | None
    added: str
    collection: str
    looks: tuple[str, ...]
    content: str
    texts: tuple[tuple[int, str], ...]

    @property
    def order(self) -> tuple[tuple[int, int], str, str]:
        """What items are sorted by: date, then title."""
        return (self.years or _LAST, self.title.casefold(), self.identifier)


def page_name(identifier: str) -> str:
    """File name of an item's page."""
    return f"{portable_name(identifier)}.html"


def card_of(entry: Entry, images: ItemImages) -> Card:
    """Make the card of an item."""
    original, best = entry.original, images.best()
    title = title_of(entry)
    dates = entry.statements.get("date", ())
    content: dict[str, Any] = {
        "page": page_name(original.identifier),
        "title": title,
        "date": ", ".join(dates),
        "collection": original.collection,
        "picture": _IMAGES + best.small_path,
        "width": best.small[0],
        "height": best.small[1],
    }
    looks = {
        derived.recipe_name: _IMAGES + image.small_path
        for derived, image in zip(entry.derivatives, images.derivatives, strict=True)
    }
    if looks:
        content["before"] = _IMAGES + images.original.small_path
        content["looks"] = list(looks.values())
    return Card(
        identifier=original.identifier,
        page=content["page"],
        title=title,
        years=years_of(dates),
        added=original.added_at.isoformat(),
        collection=original.collection,
        looks=tuple(looks),
        content=json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        texts=tuple(_texts(entry, title)),
    )


def _texts(entry: Entry, title: str) -> Iterator[tuple[int, str]]:
    yield _TITLE, title
    yield _TITLE, entry.original.identifier
    yield _WHO_AND_WHAT, entry.original.collection
    yield _OTHER, entry.original.source_name
    for element, values in entry.statements.items():
        weight = _WHO_AND_WHAT if element in ("creator", "subject", "coverage") else _OTHER
        for value in values:
            yield weight, value
    for derived in entry.derivatives:
        yield _OTHER, derived.recipe_name


class Gallery:
    """All cards in the order of dates; an item's number is its place in it.

    Attributes:
        cards: in that order.
        collections: names and numbers of items, by name.
        looks: the same of recipes.

    """

    def __init__(self, cards: Iterable[Card]) -> None:
        self.cards = sorted(cards, key=lambda card: card.order)
        self.collections = _tally(card.collection for card in self.cards if card.collection)
        self.looks = _tally(look for card in self.cards for look in card.looks)

    def files(self) -> Iterator[tuple[str, str]]:
        """Give path and content of every file of data."""
        for number, start in enumerate(range(0, len(self.cards), PER_PART)):
            part = ",\n".join(card.content for card in self.cards[start : start + PER_PART])
            yield _part(f"cards/{number}", f"[\n{part}\n]")
        index = SearchIndex()
        for number, card in enumerate(self.cards):
            index.add(number, card.texts)
        buckets = 0
        for buckets, bucket in enumerate(index.buckets(), start=1):
            yield _part(f"index/{buckets - 1}", _compact(bucket))
        yield "data/catalog.js", f"heliochrome.catalog = {_compact(self._catalog(buckets))};\n"

    def _catalog(self, buckets: int) -> dict[str, Any]:
        collections = {name: number for number, (name, _) in enumerate(self.collections)}
        looks = {name: number for number, (name, _) in enumerate(self.looks)}
        return {
            "count": len(self.cards),
            "perPage": PER_PAGE,
            "perPart": PER_PART,
            "buckets": buckets,
            "years": [list(card.years) if card.years else 0 for card in self.cards],
            "collection": [collections.get(card.collection, -1) for card in self.cards],
            "looks": [[looks[look] for look in card.looks] for card in self.cards],
            "byTitle": self._sorted(lambda card: card.title.casefold()),
            "newest": self._sorted(lambda card: card.added)[::-1],
        }

    def _sorted(self, key: Callable[[Card], str]) -> list[int]:
        return sorted(range(len(self.cards)), key=lambda number: key(self.cards[number]))


def _tally(names: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(names).items(), key=lambda pair: pair[0].casefold())


def _part(name: str, content: str) -> tuple[str, str]:
    return f"data/{name}.js", f"heliochrome.take({json.dumps(name)}, {content});\n"


def _compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
