from __future__ import annotations

import os
from pathlib import Path

import pytest

from heliochrome.archive.export.folders import (
    claim_folder,
    new_folder,
    remove_parts,
    replacing_folder,
    write_if_changed,
)
from heliochrome.errors import OutputConflictError, WriteError


def test_a_new_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with new_folder(target) as part:
        (part / "file").write_text("x")
        assert not target.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (target / "file").read_text() == "x"


def test_nothing_is_left_when_making_it_fails(tmp_path: Path) -> None:
    def fail() -> None:
        with new_folder(tmp_path / "out") as part:
            (part / "file").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="the disk is full"), new_folder(tmp_path / "out"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file", "dangling link"])
def test_a_new_folder_replaces_nothing(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "out"
    if kind == "folder":
        target.mkdir()
    elif kind == "file":
        target.write_text("mine")
    else:
        target.symlink_to(tmp_path / "nowhere")
    with pytest.raises(OutputConflictError), new_folder(target):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_replacing_folder_takes_the_place_of_the_older(tmp_path: Path) -> None:
    for text in ("old", "new"):
        with replacing_folder(tmp_path / "out") as part:
            (part / text).touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["new"]


def test_a_folder_is_claimed_once_and_for_one_kind(tmp_path: Path) -> None:
    claim_folder(tmp_path / "out", "site")
    (tmp_path / "out" / "index.html").touch()
    claim_folder(tmp_path / "out", "site")
    with pytest.raises(OutputConflictError, match="other files than a iiif export"):
        claim_folder(tmp_path / "out", "iiif")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mine.jpg").touch()
    with pytest.raises(OutputConflictError):
        claim_folder(tmp_path / "photos", "site")
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["mine.jpg"]


def test_a_file_that_would_be_the_same_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "page.html"
    assert write_if_changed(path, b"one")
    os.utime(path, (1, 1))
    assert not write_if_changed(path, b"one")
    assert path.stat().st_mtime == 1
    assert write_if_changed(path, b"two")
    assert path.read_bytes() == b"two"


def test_remains_of_an_interrupted_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / ".abc.0123.part").mkdir()
    (tmp_path / ".abc.0123.part" / "tile.jpg").touch()
    (tmp_path / ".file.jpg.0123.part").touch()
    (tmp_path / "abc").mkdir()
    remove_parts(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["abc"]
