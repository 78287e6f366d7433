from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from heliochrome.cli.evaluate import app
from heliochrome.errors import OptionError, OutputConflictError
from heliochrome.model.store import find_model


@pytest.fixture
def invoke(style_data, feature_files):
    torch.set_num_threads(1)
    named = style_data | feature_files

    def invoke(*arguments: object):
        given = [str(part) for name, path in named.items() for part in (f"--{name}", path)]
        return CliRunner().invoke(app, ["style", *given, *map(str, arguments)])

    return invoke


def test_everything_is_measured_written_and_shown(
    invoke, fake_restyler: Path, fake_model: Path, tmp_path: Path
) -> None:
    report, sheet = tmp_path / "report.json", tmp_path / "sheet.png"
    result = invoke(
        "--model", fake_restyler, "--chain", "--colorizer", fake_model, "--scales", "2,1",
        "--corrections", "0", "--optimize", "1", "--cache", tmp_path / "cache", "--report", report,
        "--sheet", sheet, "--sheet-rows", 1,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    document = json.loads(report.read_text())
    systems = [(score["system"], score["scale"]) for score in document["systems"]]
    assert systems == [
        ("photo", 1), ("matching", 1), ("optimization_1", 1), ("network", 1), ("network_0", 1),
        ("photo", 2), ("matching", 2), ("network", 2), ("network_0", 2),
        ("photo", 4), ("one_pass", 4), ("chain", 4),
    ]  # fmt: skip
    for score in document["systems"]:
        assert f"{score['style']:.3f}" in result.stdout
    assert result.stdout.count("relu3_1") == 3 * 2
    with Image.open(sheet) as image:
        assert image.width >= 10 * 80
    assert "network, 0 corrections" in result.stdout


def test_colors_only_needs_no_network(invoke) -> None:
    result = invoke("--colors-only", "--scales", "1", "--quiet")
    assert result.exit_code == 0, result.output
    assert "network" not in result.stdout.replace("networks", "")


def test_figures_go_into_the_card(invoke, fake_restyler: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(fake_restyler.parent, folder)
    network = folder / fake_restyler.name
    before = find_model(network).card
    result = invoke("--model", network, "--scales", "1", "--update-card", "--quiet")
    assert result.exit_code == 0, result.output
    card = find_model(network).card
    assert card.metrics is not None
    assert card.metrics.protocol == "heliochrome-style-1"
    assert card.metrics.values["style_x1"] > 0
    assert card.model_copy(update={"metrics": before.metrics}) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("--colors-only", "--chain"),
        ("--colors-only", "--corrections", "0"),
        ("--colors-only", "--update-card"),
        ("--colors-only", "--sheet", "s.jpg"),
        ("--colors-only", "--scales", "1;2"),
        ("--colors-only", "--scales", "3"),
        ("--colors-only", "--optimize", "-5"),
        ("--colors-only", "--size", "20"),
    ],
)
def test_impossible_options_are_refused(invoke, arguments: tuple[str, ...]) -> None:
    assert type(invoke(*arguments).exception) is OptionError


def test_existing_reports_are_kept(invoke, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("old")
    assert type(invoke("--colors-only", "--report", report).exception) is OutputConflictError
    assert report.read_text() == "old"
