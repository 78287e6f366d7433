from __future__ import annotations

import pytest
from catalog_records import add_recipe, key_of, new_derivative, new_item
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heliochrome.archive.archive import Archive
from heliochrome.archive.texts import clean_text
from heliochrome.archive.words import parse_query, split_words


def _add(archive: Archive, name: str, collection: str = "", **statements: list[str]) -> str:
    item = new_item(name, collection=collection, statements=statements)
    return archive.catalog.add_item(item)[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("harbor", {"harbor", "fishermen"}),
        ("HARBOR naples", {"harbor"}),
        ("photo", {"harbor"}),
        ('"photo"', set()),
        ('"naples harbor"', set()),
        ('"harbor of naples"', {"harbor"}),
        ("cafe strasse", {"cafe"}),
        ("Café", {"cafe"}),
        ("京都", {"kyoto"}),
        ("京寺", set()),
        ("img 0042", {"kyoto"}),
        ("img_0042.jpg", {"kyoto"}),
        ("album", {"harbor", "kyoto"}),
        ("nothing", set()),
        ("", set()),
    ],
)
def test_items_are_found_by_their_words(archive: Archive, text: str, found: set[str]) -> None:
    names = {
        _add(archive, "a.tif", "Album 1", title=["Harbor of Naples"], description=["A photograph"]):
            "harbor",
        _add(archive, "b.tif", "Box", title=["Fishermen"], subject=["boats", "harbor"]):
            "fishermen",
        _add(archive, "c.tif", "Box", title=["Café in der Straße"]): "cafe",
        _add(archive, "trip/IMG_0042.JPG", "Album 2", title=["古都京都の寺"]): "kyoto",
    }  # fmt: skip
    assert {names[identifier] for identifier in archive.catalog.search(text)} == found
    assert {names[e.original.identifier] for e in archive.entries(search=text)} == found


def test_items_are_found_by_their_recipes(archive: Archive) -> None:
    identifier = _add(archive, "a.tif")
    assert archive.catalog.search("exhibition") == []
    recipe = add_recipe(archive.catalog, "exhibition")
    key = key_of(identifier, "exhibition")
    archive.catalog.record_derivative(new_derivative(identifier, recipe, key))
    assert archive.catalog.search("exhibition") == [identifier]


def test_the_best_comes_first_and_the_limit_holds(archive: Archive) -> None:
    long = " ".join(f"word{number}" for number in range(50))
    _add(archive, "a.tif", description=[f"bridge {long}"])
    best = _add(archive, "b.tif", description=["bridge bridge bridge"])
    assert archive.catalog.search("bridge")[0] == best
    assert archive.catalog.search("bridge", limit=1) == [best]


@pytest.mark.parametrize(
    "text",
    ["AND", "a OR NOT b", '"', "'", '"" *', "title:x", "a*b(c)", "NEAR(a b)", "-a ^b", "\\", "&|!:",
     "a <-> b", "'; DROP TABLE item; --", "%_", "\0", "\ud800"],
)  # fmt: skip
def test_no_text_is_a_syntax_error(archive: Archive, text: str) -> None:
    identifier = _add(archive, "a.tif", title=["plain"])
    archive.catalog.search(text)
    assert archive.catalog.search("plain") == [identifier]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=30))
def test_an_item_is_found_by_its_own_title(archive: Archive, text: str) -> None:
    identifier = _add(archive, f"file {text!r}", title=[clean_text(text)])
    found = archive.catalog.search(text, limit=1000)
    assert (identifier in found) == bool(parse_query(text))


def test_long_texts_are_cut_and_not_refused(archive: Archive) -> None:
    words = " ".join(f"word{number}" for number in range(20_000))
    identifier = _add(archive, "a.tif", description=[words], title=["x" * 5000])
    assert archive.catalog.search("word15000") == [identifier]
    assert archive.catalog.search("word19999") == []


def test_words_are_folded() -> None:
    assert split_words("ÉCOLE, ﬁn_de siècle—1910") == ["ecole", "fin", "de", "siecle", "1910"]
    assert split_words("日本語text") == ["日", "本", "語", "text"]
