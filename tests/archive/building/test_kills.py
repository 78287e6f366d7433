"""Builds that are killed: what is recorded stays, what is not is made, and nothing twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_archives import CONTRAST, build_archive, check_whole, colorize_recipe, make_archive

from heliochrome.archive.archive import Archive
from heliochrome.archive.verify import verify_archive

HERE = Path(__file__).parent
KILLS = 50
SEED = 20261121


def faults(folder: Path) -> list[str]:
    with Archive.open(folder) as archive:
        return [f"{fault.problem} {fault.name}" for fault in verify_archive(archive).faults]


@pytest.mark.timeout(900)
def test_fifty_kills_lose_nothing_and_repeat_nothing(tmp_path: Path, fake_model: Path) -> None:
    folder = make_archive(tmp_path / "archive", 0)
    arguments = [folder, fake_model, KILLS, SEED]
    ended = subprocess.run(
        [sys.executable, HERE / "killed_builds.py", *map(str, arguments)],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["killed"] == KILLS
    recipe = colorize_recipe(fake_model)
    progress = build_archive(folder, recipe)
    assert progress.plan.recorded == report["recorded"]
    assert progress.failed == 0
    check_whole(folder, recipe)
    assert faults(folder) == []


@pytest.mark.timeout(900)
def test_killed_processes_leave_an_archive_that_goes_on(tmp_path: Path) -> None:
    """The command itself, with workers that outlive it for an instant."""
    folder = make_archive(tmp_path / "archive", 30)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(CONTRAST)
    command = [sys.executable, "-m", "heliochrome", "archive", "build", folder]
    command += ["--recipe", recipe, "--workers", "2", "--quiet"]
    for _ in range(2):
        before = made(folder)
        process = subprocess.Popen([str(part) for part in command])
        while process.poll() is None and made(folder) < before + 3:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
    ended = subprocess.run([*map(str, command), "--json"], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert report["recorded_before"] + report["done"] == 30
    assert report["recorded_before"] > 0
    check_whole(folder)
    assert faults(folder) == []


def made(folder: Path) -> int:
    return len(list((folder / "derivatives").glob("*/*.png")))
