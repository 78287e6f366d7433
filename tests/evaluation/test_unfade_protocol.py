"""The protocol heliochrome-unfade-1."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data
from typer.testing import CliRunner

from heliochrome.cli.evaluate import app
from heliochrome.errors import DataError, OptionError
from heliochrome.evaluation.unfade import gray_world, run, stretch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    where = tmp_path / "truth"
    where.mkdir()
    for name in ("astronaut", "coffee", "chelsea"):
        Image.fromarray(getattr(data, name)()[::3, ::3]).save(where / f"{name}.png")
    return where


def test_gray_world_makes_linear_means_equal() -> None:
    pixels = np.zeros((1, 2, 3), np.uint8)
    pixels[0, 0] = (120, 60, 60)
    result = gray_world(pixels)
    assert np.ptp(result[0, 0].astype(int)) <= 1


def test_a_stretch_reaches_both_ends() -> None:
    pixels = np.tile(np.linspace(50, 180, 400).astype(np.uint8)[:, None, None], (1, 2, 3))
    result = stretch(pixels)
    assert (result.min(), result.max()) == (0, 255)


def test_all_methods_are_scored_on_the_same_faded_photos(folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    found = run(folder, sheet_rows=2, progress=lambda done, total: steps.append((done, total)))
    methods = {score.method: score for score in found.report.methods}
    assert list(methods) == ["none", "gray world", "stretch", "restore-color"]
    assert methods["none"].good_delta_e_2000 == 0
    assert methods["restore-color"].delta_e_2000 < 0.7 * methods["none"].delta_e_2000
    assert methods["restore-color"].good_delta_e_2000 < 1
    assert found.report.photos == 3
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert [len(row.pictures) for row in found.sheet] == [6, 6]
    assert run(folder).report == found.report


def test_the_command_writes_report_and_sheet(folder: Path, tmp_path: Path) -> None:
    report, sheet = tmp_path / "report.json", tmp_path / "sheet.png"
    arguments = ["unfade", "--data", folder, "--limit", 2, "--report", report, "--sheet", sheet]
    ended = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert ended.exit_code == 0, ended.output
    document = json.loads(report.read_text())
    assert document["protocol"] == "heliochrome-unfade-1"
    assert document["photos"] == 2
    assert f"{document['methods'][3]['psnr']:.2f}" in ended.stdout
    assert sheet.read_bytes()[:4] == b"\x89PNG"


def test_wrong_data_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="limit"):
        run(folder, limit=0)
    with pytest.raises(DataError):
        run(tmp_path / "none")
