from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from heliochrome.cli.demo_run import GAP, SAMPLES, SHEET_ROW, stack_rows
from heliochrome.image.read import read_picture


def test_the_demo_colors_every_sample_and_makes_a_sheet(
    run: Callable, fake_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "demo"
    for _ in range(2):  # a second demo replaces the first
        ended = run("demo", "-o", folder, "--model", fake_model)
        assert ended.code == 0
    lines = ended.out.splitlines()
    assert len(lines) == len(SAMPLES) + 1
    for name, line in zip(SAMPLES, lines, strict=False):
        result = folder / f"{Path(name).stem}-colorized.jpg"
        assert line.startswith(f"{result}  ")
        assert line.endswith(" s")
        assert read_picture(result).pixels.shape[2] == 3
    sheet = read_picture(folder / "contact-sheet.png").pixels
    assert sheet.shape[0] == len(SAMPLES) * (SHEET_ROW + GAP) - GAP
    # The first cell of the first row (astronaut) is gray, the second colored, the third original.
    cells = [sheet[:SHEET_ROW, start : start + SHEET_ROW] for start in (0, 248, 496)]
    gray, colored, original = (np.ptp(cell.astype(int), axis=-1).mean() for cell in cells)
    assert gray < 0.5
    assert colored > 5
    assert original > 5


def test_the_demo_reports_as_json(run: Callable, fake_model: Path, tmp_path: Path) -> None:
    document = json.loads(run("demo", "-o", tmp_path, "--model", fake_model, "--json").out)
    assert len(document["results"]) == len(SAMPLES)
    assert Path(document["sheet"]).is_file()


def test_without_scikit_image_the_demo_names_its_extra(
    run: Callable, fake_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "skimage", None)
    ended = run("demo", "-o", tmp_path / "demo", "--model", fake_model)
    assert ended.code == 2
    assert "pip install 'heliochrome[demo]'" in ended.err
    assert not (tmp_path / "demo").exists()


def test_rows_of_different_widths_are_padded_with_white() -> None:
    rows = [np.zeros((2, 3, 3), np.uint8), np.zeros((2, 5, 3), np.uint8)]
    sheet = stack_rows(rows)
    assert sheet.shape == (4 + GAP, 5, 3)
    assert (sheet[0, 3:] == 255).all()
    assert (sheet[2 : 2 + GAP] == 255).all()
