from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sample_archive import Scan, gradient, sample_archive


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    scans = (
        Scan(gradient(40, 30, 1), "harbor.png", "Harbor", {"title": ["The harbor"]}),
        Scan(gradient(40, 30, 2), "mill.png", looks=()),
    )
    sample_archive(tmp_path, scans).close()
    return tmp_path / "archive"


def test_a_site_is_made_and_brought_up_to_date(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    command = ("archive", "site", archive, "-o", site, "--title", "Views of <Tromsø>", "--json")
    first, second = (json.loads(run(*command).out) for _ in range(2))
    assert first["index"] == str(site / "index.html")
    assert (first["items"], first["images_made"]) == (2, 3)
    assert (second["images_made"], second["files_written"], second["removed"]) == (0, 0, 0)
    assert "Views of &lt;Tromsø&gt;" in (site / "index.html").read_text(encoding="utf-8")
    assert not list((site / "iiif").glob("*.json"))


def test_an_address_brings_manifests_and_files_can_be_left_out(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    ended = run(
        *("archive", "site", archive, "-o", tmp_path / "site", "--files", "none"),
        *("--base-url", "https://example.org/", "--collection", "Harbor"),
    )
    assert (ended.code, ended.out) == (0, "")
    assert ": 1 item, " in ended.err
    assert (tmp_path / "site" / "iiif" / "collection.json").is_file()
    assert list((tmp_path / "site" / "files").iterdir()) == []


def test_a_folder_of_other_things_is_refused(run: Callable, archive: Path, tmp_path: Path) -> None:
    ended = run("archive", "site", archive, "-o", archive)
    assert ended.code == 2
    assert "holds other files than a site export" in ended.err
