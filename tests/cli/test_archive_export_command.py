from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

from sample_archive import Scan, gradient, sample_archive

SCANS = (
    Scan(gradient(40, 30, 1), "harbor.png", "Harbor", {"title": ["The harbor"]}),
    Scan(gradient(40, 30, 2), "mill.png", looks=()),
)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    sample_archive(tmp_path, SCANS).close()
    return tmp_path / "archive"


@pytest.mark.parametrize("words", [("bag",), ("somewhere", "bag"), ("bag", "bag")])
def test_forms_have_help_with_and_without_a_folder(run: Callable, words: tuple[str, ...]) -> None:
    ended = run("archive", "export", *words, "--help")
    assert ended.code == 0
    assert "--source-organization" in ended.out


def test_a_bag_is_written_with_the_fields_given(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    ended = run(
        *("archive", "export", archive, "bag", "-o", tmp_path / "bag", "--validate"),
        *("--source-organization", "City Archive", "--contact-email", "a@example.org"),
    )
    assert (ended.code, ended.out) == (0, "")
    assert "1 bag, 2 items" in ended.err
    bag = bagit.Bag(str(tmp_path / "bag"))
    assert bag.is_valid()
    assert bag.info["Source-Organization"] == "City Archive"
    assert bag.info["Contact-Email"] == "a@example.org"


def test_bags_per_collection_are_reported_as_json(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    bags = tmp_path / "bags"
    ended = run(
        "archive", "export", archive, "bag", "-o", bags, "--bag-per", "collection", "--json"
    )
    document = json.loads(ended.out)
    assert set(document["bags"]) == {str(bags / "harbor"), str(bags / "no-collection")}
    assert (document["items"], document["failed"]) == (2, [])


def test_damage_is_reported_and_the_exit_code_tells(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    for path in (archive / "originals").rglob("*.png"):
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b"\0")
        break
    ended = run("archive", "export", archive, "bag", "-o", tmp_path / "bag", "--json")
    document = json.loads(ended.out)
    assert (ended.code, document["items"]) == (1, 1)
    (failed,) = document["failed"]
    assert failed["type"] == "FixityError"
    assert bagit.Bag(str(tmp_path / "bag")).is_valid()


def test_an_existing_bag_is_not_replaced(run: Callable, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    ended = run("archive", "export", archive, "bag", "-o", tmp_path / "bag")
    assert ended.code == 2
    assert f"{tmp_path / 'bag'}: exists" in ended.err


@pytest.mark.parametrize("form", ["bag", "iiif"])
def test_a_selection_of_nothing_is_an_error(
    run: Callable, archive: Path, tmp_path: Path, form: str
) -> None:
    ended = run(
        "archive", "export", archive, form, "-o", tmp_path / "out", "--collection", "Nowhere"
    )
    assert ended.code == 2
    assert "no item of the archive is in it" in ended.err
    assert not (tmp_path / "out").exists()


def test_iiif_is_written_for_the_address_given(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    ended = run(
        *("archive", "export", archive, "iiif", "-o", tmp_path / "iiif"),
        *("--base-url", "https://example.org/a", "--title", "Old pictures"),
        *("--rights", "https://creativecommons.org/publicdomain/mark/1.0/", "--json"),
    )
    document = json.loads(ended.out)
    assert document["collection"] == "https://example.org/a/collection.json"
    assert (document["items"], document["images_made"]) == (2, 3)
    collection = json.loads((tmp_path / "iiif" / "collection.json").read_text())
    assert collection["id"] == document["collection"]
    for path in (tmp_path / "iiif" / "manifests").iterdir():
        rights = json.loads(path.read_text())["rights"]
        assert rights == "http://creativecommons.org/publicdomain/mark/1.0/"


@pytest.mark.parametrize(("option", "value"), [("--base-url", "example.org"), ("--rights", "mine")])
def test_wrong_addresses_are_errors(
    run: Callable, archive: Path, tmp_path: Path, option: str, value: str
) -> None:
    ended = run("archive", "export", archive, "iiif", "-o", tmp_path / "iiif", option, value)
    assert ended.code == 2
    assert value in ended.err
    assert not (tmp_path / "iiif").exists()


def test_a_folder_that_is_no_archive_is_an_error(run: Callable, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    ended = run("archive", "export", tmp_path / "photos", "bag", "-o", tmp_path / "bag")
    assert ended.code == 2
    assert not (tmp_path / "bag").exists()
