"""`heliochrome archive build`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_archives import CONTRAST, add_scan, check_whole, make_archive

from heliochrome.archive.archive import Archive
from heliochrome.archive.building.lock import build_lock
from heliochrome.cli import main


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict:
        return json.loads(self.out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_archive(tmp_path / "archive", 5)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(CONTRAST)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]):
    def run_build(*arguments: object) -> Ended:
        code = main(["archive", "build", *map(str, arguments)])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Ended(code, captured.out, captured.err)

    return run_build


def test_an_archive_is_built_and_the_rest_counted(run, folder: Path, recipe: Path) -> None:
    ended = run(folder, "--recipe", recipe, "--dry-run", "--json")
    planned = {"items": 5, "recorded_before": 0, "failed_before": 0, "pending": 5}
    assert (ended.code, ended.document) == (0, planned)
    ended = run(folder, "--recipe", recipe, "--limit", 2, "--json")
    assert ended.code == 0
    assert {key: ended.document[key] for key in ("done", "failed", "interrupted")} == {
        "done": 2,
        "failed": 0,
        "interrupted": False,
    }
    with Archive.open(folder) as archive:
        bad = add_scan(archive, b"no picture", "bad.png")
    ended = run(folder, "--recipe", recipe, "--workers", 2)
    assert ended.code == 1
    assert "bad.png: failed" in ended.err
    assert "3 of 4 made; 2 were there already." in ended.err
    assert "1 failed:\n  bad.png: " in ended.err
    check_whole(folder, failures=1)
    ended = run(folder, "--recipe", recipe)
    assert (ended.code, ended.err) == (
        0,
        "Nothing to make; 5 were there already, 1 failed before (--retry).\n",
    )
    ended = run(folder, "--recipe", recipe, "--retry", "--json")
    assert ended.code == 1
    assert ended.document["failures"][0]["identifier"] == bad
    assert ended.document["failures"][0]["type"] == "ReadError"


def test_recipes_that_ship_are_built_by_name(run, folder: Path) -> None:
    ended = run(
        folder, "--recipe", "postcard-1910", "--set", "strength=0.5", "--limit", 1, "--json"
    )
    assert ended.code == 0
    with Archive.open(folder) as archive:
        (made,) = [file for entry in archive.entries() for file in entry.derivatives]
    assert made.recipe_name == "postcard-1910"
    assert made.record["steps"][0]["parameters"]["strength"] == 0.5


def test_results_may_have_another_format(run, folder: Path, recipe: Path) -> None:
    assert run(folder, "--recipe", recipe, "--format", "jp2", "--limit", 1, "--json").code == 0
    with Archive.open(folder) as archive:
        (made,) = [file for entry in archive.entries() for file in entry.derivatives]
    assert (made.mime, made.uri[-4:]) == ("image/jp2", ".jp2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{version: 1, steps: [{step: sharpen}]}", "step 'sharpen' is unknown"),
        ("{version: 1, steps: [{step: contrast, gamma: 99}]}", "step 1 (contrast), gamma: is 99"),
        ("{version: 1, steps: [{step: colorize, model: nowhere}]}", "no network of this name"),
    ],
)
def test_recipes_that_cannot_be_done_touch_nothing(
    run, folder: Path, recipe: Path, text: str, said: str
) -> None:
    recipe.write_text(text)
    ended = run(folder, "--recipe", recipe)
    assert ended.code == 2
    assert said in ended.err
    assert not (folder / "derivatives").exists()


def test_a_second_build_is_refused(run, folder: Path, recipe: Path) -> None:
    with build_lock(folder):
        ended = run(folder, "--recipe", recipe, "--json")
    assert ended.code == 2
    error = ended.document["error"]
    assert error["type"] == "BuildRunningError"
    assert f"process {os.getpid()} on " in error["problem"]
    assert " since " in error["problem"]


def test_what_is_no_archive_is_told(run, tmp_path: Path, recipe: Path) -> None:
    ended = run(tmp_path, "--recipe", recipe)
    assert ended.code == 2
    assert "is not an archive" in ended.err


def test_a_cluster_that_is_not_there_is_told(run, folder: Path, recipe: Path) -> None:
    pytest.importorskip("distributed")
    ended = run(folder, "--recipe", recipe, "--cluster", "nonsense")
    assert ended.code == 2
    assert "no scheduler can be reached" in ended.err


def test_ctrl_c_finishes_the_pictures_at_hand(tmp_path: Path) -> None:
    folder = make_archive(tmp_path / "archive", 60)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(CONTRAST)
    command = [sys.executable, "-m", "heliochrome", "archive", "build", folder]
    process = subprocess.Popen(
        [*map(str, command), "--recipe", str(recipe), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while process.poll() is None and not list((folder / "derivatives").glob("*/*.png")):
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == "Finishing the pictures at hand; press Ctrl-C again to abandon them.\n"
    report = json.loads(out)
    assert report["interrupted"]
    assert 0 < report["done"] < 60
    check_whole(folder, failures=60 - report["done"])
    assert (folder / "build.lock").read_text() == ""
