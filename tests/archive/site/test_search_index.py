from __future__ import annotations

import pytest

from heliochrome.archive.site import search_index
from heliochrome.archive.site.search_index import SearchIndex, bucket_of, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The Harbor, 1904", ["the", "harbor", "1904"]),
        ("Fährhafen São", ["fahrhafen", "sao"]),
        ("Tromsø, Straße, Łódź, Þingvellir", ["tromso", "strasse", "lodz", "thingvellir"]),
        ("O'Brien's half-plate_no.7", ["o", "brien", "s", "half", "plate", "no", "7"]),
        ("港口的船", ["港口", "口的", "的船"]),
        ("船", ["船"]),
        ("ﬁne", ["fine"]),
        ("", []),
    ],
)
def test_words_are_without_case_and_accents(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_words_with_the_same_beginning_are_in_one_bucket() -> None:
    for buckets in (1, 7, 400):
        assert bucket_of("harbor", buckets) == bucket_of("ha", buckets) < buckets
    assert bucket_of("h", 400) == bucket_of("h", 400)


def test_every_word_is_in_its_bucket_with_items_and_the_highest_weight(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search_index, "_BUCKET_BYTES", 10)
    index = SearchIndex()
    index.add(0, [(5, "Harbor"), (1, "the harbor, again")])
    index.add(1, [(1, "harbor master")])
    buckets = list(index.buckets())
    assert len(buckets) > 1
    found = {word: postings for bucket in buckets for word, postings in bucket.items()}
    assert found == {
        "harbor": [0, 5, 1, 1],
        "the": [0, 1],
        "again": [0, 1],
        "master": [1, 1],
    }
    for number, bucket in enumerate(buckets):
        assert all(bucket_of(word, len(buckets)) == number for word in bucket)
