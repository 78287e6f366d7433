"""A full-text index in buckets, so that a browser loads what a query needs and no more.

A word's bucket follows from its first two letters; `static/search.js` does the same.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from array import array
from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[^\W_]+")
# Kana and Chinese characters: written without spaces, hence indexed in pairs.
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# Letters that Unicode does not decompose, as people type them who lack them.
_PLAIN = str.maketrans(
    {"æ": "ae", "ð": "d", "đ": "d", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "ß": "ss", "þ": "th"}
)
_SPREAD = 65599
_BUCKET_BYTES = 100_000
_MOST_BUCKETS = 4096
_LONGEST = 64  # Characters of a word: what is longer nobody types.


def words_of(text: str) -> list[str]:
    """Give the words of a text without case and accents, in order."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(char for char in decomposed if not unicodedata.category(char).startswith("M"))
    plain = bare.translate(_PLAIN)
    return [part[:_LONGEST] for word in _WORD.findall(plain) for part in _split(word)]


def bucket_of(word: str, buckets: int) -> int:
    """Give the bucket of a word, 0 <= bucket < buckets."""
    second = ord(word[1]) if len(word) > 1 else 0
    return (ord(word[0]) * _SPREAD + second) % buckets


class SearchIndex:
    """Which item has which words, and with what weight."""

    def __init__(self) -> None:
        self._postings: dict[str, array[int]] = {}

    def add(self, item: int, fields: Iterable[tuple[int, str]]) -> None:
        """Add an item with its texts, each with the weight of its words.

        Items are added in the order of their numbers, each once.
        """
        weights: dict[str, int] = {}
        for weight, text in fields:
            for word in words_of(text):
                weights[word] = max(weight, weights.get(word, 0))
        for word, weight in weights.items():
            self._postings.setdefault(word, array("I")).extend((item, weight))

    def buckets(self) -> Iterator[Mapping[str, list[int]]]:
        """Give the buckets in order: of every word the items and weights, one after the other."""
        number = self._bucket_count()
        words: list[list[str]] = [[] for _ in range(number)]
        for word in sorted(self._postings):
            words[bucket_of(word, number)].append(word)
        for bucket in words:
            yield {word: self._postings[word].tolist() for word in bucket}

    def _bucket_count(self) -> int:
        # About five digits and a comma a number, and each word once.
        size = sum(len(word) + 4 * len(items) for word, items in self._postings.items())
        return min(max(1, size // _BUCKET_BYTES), _MOST_BUCKETS)


def _split(word: str) -> list[str]:
    if len(word) < 2 or not _IDEOGRAPH.search(word):
        return [word]
    return [first + second for first, second in itertools.pairwise(word)]
