from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from catalog_records import (
    add_items,
    add_recipe,
    key_of,
    new_derivative,
    new_failure,
    new_item,
    sha256_of,
)

from heliochrome.archive import catalog
from heliochrome.archive.archive import Archive
from heliochrome.archive.catalog import Catalog
from heliochrome.archive.records import NewDescription, event
from heliochrome.errors import CatalogError, NoSuchItemError


def _entry(archive: Archive, identifier: str):
    (entry,) = archive.entries([identifier])
    return entry


def test_an_item_comes_back_as_it_was_recorded(archive: Archive) -> None:
    item = new_item(
        "a.jpg",
        collection="Álbum 北京",
        exif={"Make": "Kodak", "Exif": {"FNumber": 2.8}},
        statements={"subject": ["b", "a"], "title": ["Straße"]},
        events=[event("ingestion", "copied")],
    )
    identifier, is_new = archive.catalog.add_item(item)
    assert is_new
    assert identifier == item.sha256[:16]
    entry = _entry(archive, identifier)
    for name in ("collection", "sha256", "sha512", "size", "uri", "source_name", "mime", "exif"):
        assert getattr(entry.original, name) == getattr(item, name)
    assert entry.original.added_at.utcoffset().total_seconds() == 0
    assert entry.statements == {"subject": ("b", "a"), "title": ("Straße",)}
    assert [(one.kind, one.outcome) for one in entry.events] == [("ingestion", "success")]
    assert entry.events[0].happened_at == item.events[0].happened_at


def test_the_same_content_is_recorded_once(archive: Archive) -> None:
    first = archive.catalog.add_item(new_item("a"))
    again = archive.catalog.add_item(new_item("a", source_name="other name"))
    assert again == (first[0], False)
    assert archive.catalog.count_items() == 1
    assert archive.catalog.find_item(sha256_of("a")) == first[0]
    assert archive.catalog.find_item(sha256_of("b")) is None


def test_identifiers_that_collide_grow_longer(archive: Archive) -> None:
    one, other = "ab" * 8 + "00" * 24, "ab" * 8 + "11" * 24
    assert archive.catalog.add_item(new_item("a", sha256=one))[0] == one[:16]
    assert archive.catalog.add_item(new_item("b", sha256=other))[0] == other[:24]


def test_entries_are_ordered_and_complete_over_pages(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalog, "_PAGE", 7)
    monkeypatch.setattr(catalog, "_CHUNK", 2)
    names = [f"{number}.jpg" for number in range(30)]
    identifiers = add_items(archive.catalog, *names)
    assert [e.original.identifier for e in archive.entries()] == sorted(identifiers)
    page = archive.catalog.originals(limit=10)
    rest = archive.catalog.originals(after=page[-1].identifier, limit=100)
    assert [o.identifier for o in (*page, *rest)] == sorted(identifiers)
    wanted = [identifiers[3], "unknown", identifiers[20]]
    found = [e.original.identifier for e in archive.entries(wanted)]
    assert found == sorted([identifiers[3], identifiers[20]])


def test_a_derivative_is_recorded_once_and_found_by_its_key(archive: Archive) -> None:
    (identifier,) = add_items(archive.catalog, "a")
    recipe = add_recipe(archive.catalog)
    assert add_recipe(archive.catalog) == recipe
    key = key_of(identifier, "restore")
    made_at = datetime(2026, 3, 2, 10, 30, 15, tzinfo=UTC)
    new = new_derivative(identifier, recipe, key, mean_confidence=0.625, made_at=made_at)
    assert archive.catalog.record_derivative(new)
    assert not archive.catalog.record_derivative(new)
    assert archive.catalog.recorded_keys([key, "other"]) == {key}
    entry = _entry(archive, identifier)
    (derived,) = entry.derivatives
    assert (derived.key, derived.recipe_name, derived.mean_confidence) == (key, "restore", 0.625)
    assert derived.made_at == made_at
    assert derived.record == {"steps": [{"task": "colorize"}]}
    assert derived.premis_uri == f"{key[:2]}/{key}.premis.xml"
    assert [(one.kind, one.derivative_key) for one in entry.events] == [("creation", key)]


def test_failures_count_tries_and_end_with_success(archive: Archive) -> None:
    (identifier,) = add_items(archive.catalog, "a")
    recipe = add_recipe(archive.catalog)
    key = key_of(identifier, "restore")
    for _ in range(3):
        archive.catalog.record_failure(new_failure(identifier, recipe, key))
    assert archive.catalog.failed_keys([key]) == {key}
    archive.catalog.record_derivative(new_derivative(identifier, recipe, key))
    assert archive.catalog.failed_keys([key]) == set()


def test_what_belongs_to_no_item_is_refused(archive: Archive) -> None:
    recipe = add_recipe(archive.catalog)
    with pytest.raises(NoSuchItemError, match="nobody: is no item of this archive"):
        archive.catalog.record_derivative(new_derivative("nobody", recipe, "k" * 64))
    with pytest.raises(NoSuchItemError):
        archive.catalog.record_failure(new_failure("nobody", recipe, "k" * 64))
    with pytest.raises(NoSuchItemError):
        archive.catalog.record_events({"nobody": [event("fixity check", "")]})


def test_descriptions_are_replaced_all_or_none(archive: Archive) -> None:
    one, other = add_items(archive.catalog, "a", "b")
    new = NewDescription(one, "Album", {"title": ["New"]}, [event("metadata modification", "")])
    with pytest.raises(NoSuchItemError):
        archive.catalog.describe([new, NewDescription("nobody", "", {})])
    assert _entry(archive, one).statements == {}
    archive.catalog.describe([new])
    archive.catalog.describe([NewDescription(other, "", {"date": ["1910"]})])
    entry = _entry(archive, one)
    assert (entry.statements, entry.original.collection) == ({"title": ("New",)}, "Album")
    assert archive.catalog.search("new album") == [one]
    archive.catalog.describe([NewDescription(one, "", {})])
    assert archive.catalog.search("new album") == []


def test_a_catalog_belongs_to_one_archive(
    tmp_path: Path, archive: Archive, catalog_url: str | None
) -> None:
    url, folder = archive.marker.catalog, archive.folder
    with pytest.raises(CatalogError, match="is the catalog of another archive"):
        Catalog.open(url, folder, "other-id")
    with pytest.raises(CatalogError, match="holds the catalog of another archive"):
        Catalog.create(url, folder, "other-id")
    Catalog.open(url, folder, archive.marker.id).close()


def test_two_programs_may_add_the_same_at_once(archive: Archive) -> None:
    items = [new_item(f"{number}") for number in range(8)]

    def add_all() -> list[tuple[str, bool]]:
        with Archive.open(archive.folder) as other:
            return [other.catalog.add_item(item) for item in items]

    with ThreadPoolExecutor(3) as pool:
        results = [pool.submit(add_all) for _ in range(3)]
    added = [result.result() for result in results]
    assert archive.catalog.count_items() == len(items)
    for outcomes in zip(*added, strict=True):
        assert len({identifier for identifier, _ in outcomes}) == 1
        assert sum(is_new for _, is_new in outcomes) == 1
