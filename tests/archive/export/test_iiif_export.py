"""Manifests and collections against the rules of Presentation 3.0, and exports as a whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from iiif_prezi3 import Collection, Manifest

from heliochrome.archive.archive import Archive
from heliochrome.archive.export.iiif import collections
from heliochrome.archive.export.iiif.addresses import checked_base
from heliochrome.archive.export.iiif.export import IiifReport, export_iiif
from heliochrome.archive.export.publication import Publication
from heliochrome.archive.export.selection import Selection
from heliochrome.archive.provenance.wording import COLOR_NOTE
from heliochrome.errors import OptionError, OutputConflictError
from sample_archive import NETWORK, Scan, gradient, sample_archive

BASE = "https://example.org/archive/"
PUBLICATION = Publication("Old pictures", "City Archive", "https://example.org/")
HARBOR = Scan(
    gradient(900, 600, 1),
    "harbor.tif",
    "Harbor",
    {
        "title": ["The harbor"],
        "date": ["ca. 1904"],
        "creator": ["<b>Anon</b>"],
        "description": ["Ships."],
        "rights": ["https://rightsstatements.org/vocab/NoC-US/1.0/"],
    },
    ("color-only", "color-only-2"),
)
SCANS = (
    HARBOR,
    Scan(gradient(90, 60, 2), "cropped.png", "Harbor", crop=(20, 10)),
    Scan(gradient(90, 60, 3), "mill.jpg", looks=(), is_reference=True),
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with sample_archive(tmp_path, SCANS) as archive:
        yield archive


@pytest.fixture
def output(archive: Archive, tmp_path: Path) -> Path:
    export(archive, tmp_path / "iiif")
    return tmp_path / "iiif"


def export(archive: Archive, output: Path, base: str = BASE, **selection: str) -> IiifReport:
    return export_iiif(archive, output, base, PUBLICATION, Selection(**selection))


def document(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def manifest_of(archive: Archive, output: Path, name: str) -> dict[str, Any]:
    (identifier,) = [
        entry.original.identifier
        for entry in archive.entries()
        if entry.original.source_name == name
    ]
    return document(output / "manifests" / f"{identifier}.json")


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


def served(output: Path, address: str) -> Path:
    assert address.startswith(BASE)
    return output / unquote(urlsplit(address).path.removeprefix("/archive/"))


def values(manifest: dict[str, Any], label: str) -> list[str]:
    (pair,) = [pair for pair in manifest["metadata"] if pair["label"] == {"en": [label]}]
    (texts,) = pair["value"].values()
    return list(texts)


def test_manifests_keep_the_models_of_presentation_3(output: Path) -> None:
    paths = sorted((output / "manifests").iterdir())
    assert len(paths) == 3
    for path in paths:
        text = path.read_text(encoding="utf-8")
        again = Manifest.model_validate_json(text).json()
        assert json.loads(again) == json.loads(text)
        assert json.loads(text)["@context"] == "http://iiif.io/api/presentation/3/context.json"


def test_ids_are_http_uris_and_unique_where_they_must_be(output: Path) -> None:
    for path in (output / "manifests").iterdir():
        manifest = document(path)
        assert manifest["id"] == f"{BASE}manifests/{path.name}"
        own = [
            node["id"]
            for node in nodes(manifest)
            if node.get("type") in ("Manifest", "Canvas", "AnnotationPage", "Annotation")
        ]
        assert len(own) == len(set(own))
        assert all(urlsplit(one).scheme == "https" for one in own)


def test_everything_that_a_manifest_links_is_served(archive: Archive, output: Path) -> None:
    for path in (output / "manifests").iterdir():
        manifest = document(path)
        for node in nodes(manifest):
            if node.get("type") == "Image" or node.get("type") == "Dataset":
                assert served(output, node["id"]).is_file(), node["id"]
            if node.get("type") == "ImageService3":
                info = document(served(output, node["id"]) / "info.json")
                assert info["id"] == node["id"]


def test_original_and_derivatives_are_a_choice_on_one_canvas(
    archive: Archive, output: Path
) -> None:
    manifest = manifest_of(archive, output, "harbor.tif")
    (canvas,) = manifest["items"]
    assert (canvas["width"], canvas["height"]) == (900, 600)
    (annotation,) = canvas["items"][0]["items"]
    assert annotation["motivation"] == "painting"
    assert annotation["target"] == canvas["id"]
    assert annotation["body"]["type"] == "Choice"
    labels = [body["label"]["none"] for body in annotation["body"]["items"]]
    assert labels == [["Original"], ["color-only"], ["color-only-2"]]
    for body in annotation["body"]["items"]:
        assert body["service"][0]["profile"] == "level0"


def test_a_cropped_derivative_has_a_canvas_of_its_own_shape(archive: Archive, output: Path) -> None:
    whole, cropped = manifest_of(archive, output, "cropped.png")["items"]
    assert (whole["width"], whole["height"]) == (90, 60)
    assert (cropped["width"], cropped["height"]) == (70, 50)
    assert cropped["items"][0]["items"][0]["body"]["type"] == "Image"


def test_an_item_without_derivatives_has_one_image(archive: Archive, output: Path) -> None:
    manifest = manifest_of(archive, output, "mill.jpg")
    (canvas,) = manifest["items"]
    assert canvas["items"][0]["items"][0]["body"]["type"] == "Image"
    assert "seeAlso" not in manifest
    assert COLOR_NOTE not in json.dumps(manifest)


def test_metadata_tell_description_and_provenance(archive: Archive, output: Path) -> None:
    manifest = manifest_of(archive, output, "harbor.tif")
    (entry,) = [one for one in archive.entries() if one.original.source_name == "harbor.tif"]
    assert manifest["label"] == {"none": ["The harbor"]}
    assert manifest["summary"] == {"none": ["Ships."]}
    assert manifest["navDate"] == "1904-01-01T00:00:00Z"
    assert manifest["rights"] == "http://rightsstatements.org/vocab/NoC-US/1.0/"
    assert values(manifest, "Date") == ["ca. 1904"]
    assert values(manifest, "Collection") == ["Harbor"]
    assert values(manifest, "Original's SHA-256") == [entry.original.sha256]
    history = "\n".join(values(manifest, "Provenance of “color-only”"))
    derived = entry.derivatives[0]
    for fact in (derived.recipe_sha256, derived.sha256, NETWORK["sha256"], "61%", COLOR_NOTE):
        assert fact in history


def test_the_guess_and_the_provider_are_in_what_viewers_must_show(
    archive: Archive, output: Path
) -> None:
    manifest = manifest_of(archive, output, "harbor.tif")
    (texts,) = manifest["requiredStatement"]["value"].values()
    assert "City Archive" in texts
    assert COLOR_NOTE in texts
    (provider,) = manifest["provider"]
    assert provider["id"] == "https://example.org/"
    assert provider["homepage"][0]["type"] == "Text"


def test_records_are_linked(archive: Archive, output: Path) -> None:
    manifest = manifest_of(archive, output, "cropped.png")
    links = {Path(link["id"]).name.partition(".")[2]: link for link in manifest["seeAlso"]}
    assert set(links) == {"premis.xml", "json", "confidence.png"}
    assert links["premis.xml"]["profile"] == "http://www.loc.gov/premis/v3"
    record = document(served(output, links["json"]["id"]))
    assert record["task"] == "recipe"


def test_text_that_looks_like_markup_is_not_taken_for_it(archive: Archive, output: Path) -> None:
    (creator,) = values(manifest_of(archive, output, "harbor.tif"), "Creator")
    assert not creator.startswith("<")
    assert creator.endswith("<b>Anon</b>")


def test_collections_lead_to_every_manifest(output: Path) -> None:
    top = document(output / "collection.json")
    Collection.model_validate(top)
    assert top["label"] == {"none": ["Old pictures"]}
    (harbor,) = [item for item in top["items"] if item["type"] == "Collection"]
    assert harbor["label"] == {"none": ["Harbor"]}
    inner = document(served(output, harbor["id"]))
    assert inner["id"] == harbor["id"]
    found = [item for item in [*top["items"], *inner["items"]] if item["type"] == "Manifest"]
    assert len(found) == 3
    for item in found:
        assert served(output, item["id"]).is_file()
        assert served(output, item["thumbnail"][0]["id"]).is_file()


def test_a_large_collection_is_split(
    archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collections, "PART", 1)
    export(archive, tmp_path / "iiif")
    harbor = document(tmp_path / "iiif" / "collections" / "harbor.json")
    assert [item["label"]["none"] for item in harbor["items"]] == [
        ["Harbor (1–1)"],
        ["Harbor (2–2)"],
    ]
    parts = [document(served(tmp_path / "iiif", item["id"])) for item in harbor["items"]]
    assert [len(part["items"]) for part in parts] == [1, 1]
    assert parts[0]["items"] != parts[1]["items"]


def test_a_second_export_makes_nothing_anew(archive: Archive, tmp_path: Path) -> None:
    first = export(archive, tmp_path / "iiif")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "iiif").rglob("*")}
    second = export(archive, tmp_path / "iiif")
    assert (first.items, first.images_made) == (3, 6)
    assert (second.items, second.images_made, second.removed) == (3, 0, 0)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "iiif").rglob("*")} == times


def test_another_selection_removes_the_rest(archive: Archive, tmp_path: Path) -> None:
    export(archive, tmp_path / "iiif")
    report = export(archive, tmp_path / "iiif", search="mill")
    assert report.items == 1
    assert len(list((tmp_path / "iiif" / "manifests").iterdir())) == 1
    assert len(list((tmp_path / "iiif" / "images").iterdir())) == 1
    assert list((tmp_path / "iiif" / "records").iterdir()) == []
    assert list((tmp_path / "iiif" / "collections").iterdir()) == []


def test_another_address_changes_the_documents_and_no_image(
    archive: Archive, tmp_path: Path
) -> None:
    export(archive, tmp_path / "iiif")
    report = export(archive, tmp_path / "iiif", "http://localhost:8000/")
    assert report.images_made == 0
    text = "".join(path.read_text() for path in (tmp_path / "iiif").rglob("*.json"))
    assert BASE not in text


def test_an_item_that_cannot_be_shown_is_left_out(archive: Archive, tmp_path: Path) -> None:
    for path in (tmp_path / "incoming").rglob("mill.jpg"):
        path.write_bytes(b"no picture")
    report = export(archive, tmp_path / "iiif")
    assert report.items == 2
    (left_out,) = report.left_out
    assert "mill.jpg" in left_out.error.subject
    assert len(list((tmp_path / "iiif" / "manifests").iterdir())) == 2


def test_a_folder_with_other_files_is_refused(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "iiif").mkdir()
    (tmp_path / "iiif" / "mine.txt").touch()
    with pytest.raises(OutputConflictError):
        export(archive, tmp_path / "iiif")


@pytest.mark.parametrize(
    "url", ["example.org", "/archive/", "ftp://example.org/", "https://example.org/?a=b", "https:"]
)
def test_the_base_must_be_a_web_address(url: str) -> None:
    with pytest.raises(OptionError, match="base-url"):
        checked_base(url)


def test_a_base_ends_in_one_slash() -> None:
    assert checked_base("https://example.org/a") == checked_base("https://example.org/a//")
