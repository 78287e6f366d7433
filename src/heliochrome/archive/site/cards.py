"""What the gallery shows and filters by, in parts that a browser loads when it needs them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from heliochrome.archive.entries import DerivedFile, Entry
from heliochrome.archive.export.dates import years_of
from heliochrome.archive.export.iiif.images import ServedImage
from heliochrome.archive.export.iiif.manifest import ItemImages
from heliochrome.archive.export.labels import title_of
from heliochrome.archive.export.names import portable_name
from heliochrome.archive.provenance.wording import color_guess
from heliochrome.archive.site.search_index import SearchIndex
from heliochrome.archive.site.wording import guess_text

PER_PAGE = 60  # Cards that the gallery shows at once.
PER_PART = 50  # Cards in a file: a page of hits from all over loads many of them.
_LAST = (9999, 9999)  # Where items without a year stand among dates.
_TITLE, _WHO_AND_WHAT, _OTHER = 5, 3, 1  # Weights of words in a search.
_IMAGES = "iiif/images/"
_UNSTATED = 101  # Percent: a guess without a confidence stands behind those that have one.


@dataclass(frozen=True, slots=True)
class Look:
    """A derivative on a card.

    Attributes:
        picture: path of its small picture.
        guess: what is said of guessed colors; None where none were guessed.
        sure: how sure the network was of them, in percent; above 100 where that is not stated,
            None where none were guessed.
        is_doubtful: whether it was hardly sure of them.

    """

    picture: str
    guess: str | None
    sure: int | None
    is_doubtful: bool


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
        looks: its derivatives by the names of their recipes, the newest last; where one was used
            again, what it made last.
        content: what is drawn, as JSON.
        texts: what is searched, with weights.

    """

    identifier: str
    page: str
    title: str
    years: tuple[int, int] | None
    added: str
    collection: str
    looks: Mapping[str, Look]
    content: str
    texts: tuple[tuple[int, str], ...]

    @property
    def is_guessed(self) -> bool:
        """Whether any colors of it are a guess."""
        return any(look.guess is not None for look in self.looks.values())

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
    looks = _looks(entry, images)
    if looks:
        content["before"] = _IMAGES + images.original.small_path
        content["looks"] = [_shown(look) for look in looks.values()]
    return Card(
        identifier=original.identifier,
        page=content["page"],
        title=title,
        years=years_of(dates),
        added=original.added_at.isoformat(),
        collection=original.collection,
        looks=looks,
        content=json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        texts=tuple(_texts(entry, title)),
    )


def _looks(entry: Entry, images: ItemImages) -> dict[str, Look]:
    looks: dict[str, Look] = {}
    for derived, image in zip(entry.derivatives, images.derivatives, strict=True):
        looks.pop(derived.recipe_name, None)  # Else the newest would keep the place of the first.
        looks[derived.recipe_name] = _look(derived, image)
    return looks


def _look(derived: DerivedFile, image: ServedImage) -> Look:
    picture, guess = _IMAGES + image.small_path, color_guess(derived.record)
    if guess is None:
        return Look(picture, None, None, is_doubtful=False)
    sure = _UNSTATED if guess.confidence is None else round(100 * guess.confidence)
    return Look(picture, guess_text(guess, derived), sure, guess.is_doubtful)


def _shown(look: Look) -> dict[str, Any]:
    shown: dict[str, Any] = {"picture": look.picture}
    if look.guess is not None:
        shown["guess"] = look.guess
    if look.is_doubtful:
        shown["doubtful"] = True
    return shown


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
        is_guessed: whether any colors are.

    """

    def __init__(self, cards: Iterable[Card]) -> None:
        self.cards = sorted(cards, key=lambda card: card.order)
        self.collections = _tally(card.collection for card in self.cards if card.collection)
        self.looks = _tally(name for card in self.cards for name in card.looks)
        self.is_guessed = any(card.is_guessed for card in self.cards)

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
            "looks": [[looks[name] for name in card.looks] for card in self.cards],
            "sure": {
                number: [look.sure for look in card.looks.values()]
                for number, card in enumerate(self.cards)
                if card.is_guessed
            },
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
