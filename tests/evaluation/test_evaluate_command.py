from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from heliochrome.cli.evaluate import app
from heliochrome.errors import OptionError, OutputConflictError, WriteError
from heliochrome.model.store import find_model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    folder.mkdir()
    for index in range(2):
        pixels = np.random.default_rng(index).integers(0, 256, (32, 40, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.png")
    return folder


def invoke(*arguments: object):
    return CliRunner().invoke(
        app, [str(argument) for argument in ("color", *arguments)], catch_exceptions=True
    )


def test_report_and_sheet_are_written_and_the_table_shown(
    data: Path, fake_model: Path, tmp_path: Path
) -> None:
    report, sheet = tmp_path / "report.json", tmp_path / "sheet.png"
    result = invoke("--data", data, "--model", fake_model, "--report", report, "--sheet", sheet)
    assert result.exit_code == 0, result.output
    document = json.loads(report.read_text())
    assert document["data"]["photos"] == 2
    assert f"{document['colorized']['psnr']:.2f}" in result.stdout
    with Image.open(sheet) as image:
        assert image.size[0] > 3 * 40


def test_gray_baseline_needs_no_model(data: Path) -> None:
    result = invoke("--data", data, "--gray-only", "--limit", 1, "--quiet")
    assert result.exit_code == 0, result.output
    assert "1 photos" in result.stdout


def test_extras_are_measured_when_asked_for(data: Path, fake_model: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    result = invoke(
        "--data", data, "--model", fake_model, "--limit", 1, "--frontier", "--hints",
        "--report", report,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(report.read_text())
    assert [point["points"] for point in document["hints"]] == [0, 1, 2, 5, 10, 20, 50, 100]
    assert len(document["frontier"]) == 12


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--gray-only", "--sheet", "s.png"), OptionError),
        (("--sheet", "s.jpg"), OptionError),
        (("--report", "nowhere/r.json"), WriteError),
        (("--limit", "0"), OptionError),
    ],
)
def test_impossible_outputs_are_refused_before_the_work(
    data: Path, fake_model: Path, arguments: tuple[str, ...], error: type[Exception]
) -> None:
    result = invoke("--data", data, "--model", fake_model, *arguments)
    assert type(result.exception) is error


def test_existing_reports_are_kept_unless_told_otherwise(data: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("old")
    result = invoke("--data", data, "--gray-only", "--report", report)
    assert type(result.exception) is OutputConflictError
    assert report.read_text() == "old"
    assert invoke("--data", data, "--gray-only", "--report", report, "--overwrite").exit_code == 0
    assert json.loads(report.read_text())["colorized"] is None


def test_figures_go_into_the_card(data: Path, fake_model: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(find_model(fake_model).path.parent, folder)
    network = folder / find_model(fake_model).path.name
    before = find_model(network).card
    result = invoke("--data", data, "--model", network, "--limit", 1, "--update-card", "--quiet")
    assert result.exit_code == 0, result.output
    card = find_model(network).card
    assert card.metrics is not None
    assert card.metrics.protocol == "heliochrome-color-1"
    assert card.metrics.values["psnr"] > 0
    assert card.model_copy(update={"metrics": before.metrics}) == before
