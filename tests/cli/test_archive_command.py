from __future__ import annotations

import csv
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_photos import write_photo

from heliochrome.archive import ingest
from heliochrome.archive.archive import Archive
from heliochrome.archive.storage import Storage
from heliochrome.cli.archive import app
from heliochrome.errors import StorageFullError


@pytest.fixture
def archive(run: Callable, tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    assert run("archive", "init", folder).code == 0
    return folder


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for seed in range(3):
        rows = (48 + 8 * seed, 64)
        write_photo(tmp_path / "scans" / "box 1" / f"harbor {seed}.png", rows, seed)
    return tmp_path / "scans"


def test_an_archive_is_made_filled_searched_and_verified(
    run: Callable, archive: Path, scans: Path
) -> None:
    added = run("archive", "add", archive, scans, "--collection", "Album")
    assert added.code == 0
    assert "3 of 3 added" in added.err
    again = run("archive", "add", archive, scans, "-q")
    assert (again.code, again.err) == (0, "")
    status = run("archive", "status", archive)
    assert status.out.startswith("items: 3 (")
    found = run("archive", "search", archive, 'album "harbor 2"')
    assert found.out.rstrip().endswith("box 1/harbor 2.png  Album")
    verified = run("archive", "verify", archive)
    assert (verified.code, verified.out) == (0, "")
    assert "3 originals and 0 derivatives checked" in verified.err
    assert "nothing wrong" in verified.err


def test_a_copy_in_another_format_is_called_a_near_duplicate(
    run: Callable, archive: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / "scans" / name for name in ("a.png", "b.tif")]
    for path in paths:
        write_photo(path, (48, 64), 1)
    added = run("archive", "add", archive, *paths)
    assert ", looks like " in added.err
    assert "2 of 2 added (near duplicates: 1); 0 were there already." in added.err


def test_everything_comes_as_json_too(run: Callable, tmp_path: Path, scans: Path) -> None:
    folder = tmp_path / "archive"
    made = json.loads(run("archive", "init", folder, "--json").out)
    assert made["folder"] == str(folder)
    (scans / "notes.txt").write_text("no picture")
    ended = run("archive", "add", folder, scans, "--json")
    assert (ended.code, ended.err) == (1, "")
    added = json.loads(ended.out)
    assert [Path(one["input"]).name for one in added["added"]] == [
        f"harbor {seed}.png" for seed in range(3)
    ]
    assert [one["type"] for one in added["failed"]] == ["ReadError"]
    status = json.loads(run("archive", "status", folder, "--json").out)
    assert (status["archive"], status["items"], status["build"]) == (made["id"], 3, None)
    found = json.loads(run("archive", "search", folder, "harbor", "--json").out)
    assert {one["identifier"] for one in found["items"]} == {
        one["identifier"] for one in added["added"]
    }
    verified = json.loads(run("archive", "verify", folder, "--json").out)
    assert (verified["intact"], verified["originals"], verified["faults"]) == (True, 3, [])


def test_damage_is_told_and_ends_with_1(run: Callable, archive: Path, scans: Path) -> None:
    run("archive", "add", archive, scans)
    copy = next((archive / "originals").rglob("*.png"))
    copy.chmod(0o644)
    copy.write_bytes(b"other bytes")
    ended = run("archive", "verify", archive)
    assert ended.code == 1
    assert f"altered: {copy.parent.name}/{copy.name} (item {copy.stem[:16]})" in ended.err
    assert json.loads(run("archive", "verify", archive, "--json").out)["intact"] is False


def test_bad_scans_are_listed_and_the_rest_is_added(
    run: Callable, archive: Path, scans: Path
) -> None:
    (scans / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    ended = run("archive", "add", archive, scans, scans / "nowhere")
    assert ended.code == 1
    assert "3 of 5 added" in ended.err
    assert "2 not added:" in ended.err
    assert "broken.jpg" in ended.err
    only = run("archive", "add", archive, scans / "broken.jpg")
    assert only.code == 2


def test_an_archive_that_takes_nothing_is_told_once(
    run: Callable, archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StorageFullError("originals", "the disk is full", "free some space")

    for seed in range(8):
        write_photo(tmp_path / "scans" / f"{seed}.png", seed=seed)
    monkeypatch.setattr(Storage, "put_file", refuse)
    ended = run("archive", "add", archive, tmp_path / "scans", "--json")
    document = json.loads(ended.out)
    assert (ended.code, len(document["failed"])) == (2, 5)
    assert document["stopped_by"]["type"] == "StorageFullError"
    ended = run("archive", "add", archive, tmp_path / "scans")
    assert "Error: stopped, since this would go on: originals: the disk is full" in ended.err


def test_an_interrupt_keeps_what_is_added(
    run: Callable, archive: Path, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = ingest._record
    done: list[object] = []

    def record_one(*arguments, **options):
        if done:
            raise KeyboardInterrupt
        done.append(arguments)
        return record(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(ingest, "_record", record_one)
        ended = run("archive", "add", archive, scans)
    assert ended.code == 130
    assert "Interrupted: 1 of 3 added" in ended.err
    assert run("archive", "verify", archive).code == 0
    assert "2 of 3 added" in run("archive", "add", archive, scans).err


def test_descriptions_go_out_and_come_back(
    run: Callable, archive: Path, scans: Path, tmp_path: Path
) -> None:
    run("archive", "add", archive, scans)
    table = tmp_path / "table.csv"
    assert run("archive", "export", archive, "csv", "-o", table).code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbf")
    assert run("archive", "export", archive, "csv", "-o", table).code == 2
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    rows[0]["title"] = "Naples||Napoli"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], "price"])
        writer.writeheader()
        writer.writerows(rows)
    dry = run("archive", "import", archive, table, "--dry-run")
    assert dry.out == f"{rows[0]['identifier']}: title\n"
    assert "1 items would change, 2 stay" in dry.err
    assert run("archive", "search", archive, "napoli").out == ""
    real = run("archive", "import", archive, table, "--json")
    assert real.code == 0
    assert json.loads(real.out) == {
        "dry_run": False,
        "changed": [{"identifier": rows[0]["identifier"], "elements": ["title"]}],
        "unchanged": 2,
        "unknown_columns": ["price"],
        "failed": [],
    }
    assert run("archive", "search", archive, "napoli").out.startswith(rows[0]["identifier"])
    rows[0]["identifier"] = "nobody"
    table.write_text("identifier,title\nnobody,x\n")
    ended = run("archive", "import", archive, table)
    assert ended.code == 1
    assert "line 2 names item nobody" in ended.err


@pytest.mark.parametrize(
    ("pid", "said"),
    [(os.getpid(), "running, process"), (2**22 + 1, "cut off; start it again to go on, process")],
)
def test_the_status_tells_a_running_build_from_one_that_was_cut_off(
    run: Callable, archive: Path, pid: int, said: str
) -> None:
    with Archive.open(archive) as opened:
        recipe = opened.catalog.ensure_recipe("ab" * 32, "restore", "text")
        host = socket.gethostname()
        opened.catalog.start_build(recipe, pid=pid, host=host, workers=1, total=5)
    shown = run("archive", "status", archive).out
    assert "recipe restore (abababababab): 0 done, 0 failed, 0 remaining" in shown
    assert f"build of restore: {said} {pid} on {host} since" in shown
    status = json.loads(run("archive", "status", archive, "--json").out)
    assert (status["build"]["pid"], status["build"]["total"]) == (pid, 5)


@pytest.mark.parametrize(
    "command",
    [("status",), ("verify",), ("search", "x"), ("add", "x.png"), ("import", "x.csv")],
)
def test_what_is_no_archive_is_refused(
    run: Callable, tmp_path: Path, command: tuple[str, ...]
) -> None:
    verb, *rest = command
    ended = run("archive", verb, tmp_path, *rest)
    assert ended.code == 2
    assert "is not an archive; make one with: heliochrome archive init" in ended.err
    ended = run("archive", verb, tmp_path, *rest, "--json") if verb != "import" else None
    if ended is not None:
        assert json.loads(ended.out)["error"]["type"] == "NotAnArchiveError"


def test_a_folder_in_use_becomes_no_archive(run: Callable, archive: Path, tmp_path: Path) -> None:
    used = tmp_path / "used"
    used.mkdir()
    (used / "letter.txt").write_text("keep me")
    ended = run("archive", "init", used)
    assert ended.code == 2
    assert "is not empty" in ended.err
    assert [path.name for path in used.iterdir()] == ["letter.txt"]
    assert "is an archive already" in run("archive", "init", archive).err
    assert "is a file" in run("archive", "init", used / "letter.txt").err


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("format: 2\nnew: things\n", "NewerArchiveError"),
        ("format: [", "NotAnArchiveError"),
        ("- a list", "NotAnArchiveError"),
        ("format: 1\nid: x\n", "NotAnArchiveError"),
    ],
)
def test_markers_that_cannot_be_read_are_told(
    run: Callable, archive: Path, content: str, kind: str
) -> None:
    (archive / "heliochrome-archive.yaml").write_text(content)
    ended = run("archive", "status", archive, "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["type"] == kind


def test_the_missing_extra_is_named(
    run: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("heliochrome.archive")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    ended = run("archive", "init", tmp_path / "a")
    assert ended.code == 2
    assert "pip install 'heliochrome[archive]'" in ended.err


def test_every_command_has_help(run: Callable) -> None:
    for command in app.registered_commands:
        ended = run("archive", command.name, "--help")
        assert ended.code == 0
        assert "Usage: heliochrome archive" in ended.out
    assert run("archive", "export", "DIR", "csv", "--help").code == 0
