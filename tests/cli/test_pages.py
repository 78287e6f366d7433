"""Of a file with several pages the first is done, and that is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile


@pytest.fixture
def three_pages(tmp_path: Path) -> Path:
    path = tmp_path / "my scan.tif"
    with tifffile.TiffWriter(path) as writer:
        for level in (40, 120, 200):
            writer.write(np.full((32, 48, 3), level, np.uint8), photometric="rgb", metadata=None)
    return path


@pytest.mark.parametrize(
    "command",
    [
        ("vintage", "--look", "gelatin-silver-1920s"),
        ("restore-color",),
    ],
)
def test_pages_that_are_left_are_told(
    run: Callable, photo: Path, three_pages: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    ended = run(*command, photo, three_pages, "-o", tmp_path / "out")
    assert ended.code == 0
    (line,) = [line for line in ended.err.splitlines() if "only the first" in line]
    assert line.startswith(f"{three_pages}: only the first of its 3 pages was done; ")
    assert f"`tiffsplit '{three_pages}'`" in line


def test_json_holds_the_pages(
    colorize: Callable, photo: Path, three_pages: Path, tmp_path: Path
) -> None:
    ended = colorize(photo, three_pages, "-o", tmp_path / "out", "--json")
    assert (ended.code, ended.err) == (0, "")
    one, several = json.loads(ended.out)["done"]
    assert "pages" not in one
    assert several["pages"] == 3


def test_quiet_is_quiet(colorize: Callable, three_pages: Path, tmp_path: Path) -> None:
    ended = colorize(three_pages, "-o", tmp_path / "out.tif", "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_an_archive_tells_the_pages_of_what_is_added(
    run: Callable, three_pages: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "archive"
    assert run("archive", "init", folder).code == 0
    ended = run("archive", "add", folder, three_pages)
    assert (ended.code, ", 3 pages (derivatives are of the first)" in ended.err) == (0, True)
    other = tmp_path / "other"
    assert run("archive", "init", other).code == 0
    (added,) = json.loads(run("archive", "add", other, three_pages, "--json").out)["added"]
    assert added["pages"] == 3
