"""Words that searching goes by: the same in SQLite and PostgreSQL, whatever their own parsers do.

Case, accents and compatibility forms are folded (Unicode NFKD, case folding). Chinese and Japanese
are written without spaces, so that there every character is a word and a run of them a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

MOST_WORDS = 16_000  # of one document; PostgreSQL counts positions up to 16383
_LONGEST = 200  # characters of a word; PostgreSQL takes 2046 bytes
_UNSPACED = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_UNSPACED}]|[^\\W_{_UNSPACED}]+")
_QUOTED_OR_PLAIN = re.compile(r'"([^"]*)"?|([^\s"]+)')


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that must stand one after another.

    Attributes:
        words: folded, at least one.
        is_prefix: whether the last one may go on, as "photo" in "photograph".

    """

    words: tuple[str, ...]
    is_prefix: bool


def split_words(text: str) -> list[str]:
    """Give the folded words of a text, in order."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return [word[:_LONGEST] for word in _WORD.findall(bare.casefold())]


def document_words(texts: Iterable[str]) -> list[str]:
    """Give the words of a document made of several texts, cut where it is too long."""
    return [word for text in texts for word in split_words(text)][:MOST_WORDS]


def parse_query(text: str) -> tuple[Phrase, ...]:
    """Read what a user searches for; no text is wrong, but it may hold no words.

    All words must be found; "in quotes" exactly and one after another, others also as the
    beginning of a word.
    """
    phrases = []
    for quoted, plain in _QUOTED_OR_PLAIN.findall(text):
        words = split_words(quoted or plain)
        if words:
            phrases.append(Phrase(tuple(words), is_prefix=not quoted))
    return tuple(phrases)


def fts5_query(phrases: Iterable[Phrase]) -> str:
    """Write a query in the language of SQLite's FTS5; words hold nothing that it could mistake."""
    return " AND ".join(
        f'"{" ".join(phrase.words)}"{" *" if phrase.is_prefix else ""}' for phrase in phrases
    )


def tsquery(phrases: Iterable[Phrase]) -> str:
    """Write a query as the text form of PostgreSQL's tsquery."""
    return " & ".join(f"({_tsquery_phrase(phrase)})" for phrase in phrases)


def _tsquery_phrase(phrase: Phrase) -> str:
    quoted = [f"'{word}'" for word in phrase.words]
    if phrase.is_prefix:
        quoted[-1] += ":*"
    return " <-> ".join(quoted)


def tsvector(words: Iterable[str]) -> str:
    """Write a document as the text form of PostgreSQL's tsvector."""
    return " ".join(f"'{word}':{position}" for position, word in enumerate(words, start=1))
