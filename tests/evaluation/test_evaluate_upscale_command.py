from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from skimage.data import astronaut
from typer.testing import CliRunner

from fake_upscaler import write_fake_upscaler
from heliochrome.cli.evaluate import app
from heliochrome.errors import ModelNotFoundError, OptionError, OutputConflictError
from heliochrome.model.store import FOLDER_VARIABLE, find_model


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    torch.set_num_threads(1)
    data = tmp_path / "five"
    data.mkdir()
    Image.fromarray(astronaut()[:96, 150:278]).save(data / "a.png")
    models = tmp_path / "models"
    models.mkdir()
    monkeypatch.setenv(FOLDER_VARIABLE, str(models))
    monkeypatch.setattr("heliochrome.model.store.model_folders", lambda: (models,))

    def invoke(*arguments: object):
        return CliRunner().invoke(app, ["upscale", "--data", str(data), *map(str, arguments)])

    return invoke


def test_everything_is_measured_written_and_shown(
    invoke, tmp_path: Path, feature_files: dict[str, Path]
) -> None:
    for mode in ("faithful", "crisp"):
        write_fake_upscaler(tmp_path / "models", mode=mode, scale=4, denoise=mode == "crisp")
    report, sheet = tmp_path / "report.json", tmp_path / "sheet.png"
    result = invoke(
        "--features", feature_files["vgg"], "--features", feature_files["squeezenet"],
        "--report", report, "--sheet", sheet, "--update-card",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    (folder,) = json.loads(report.read_text())["folders"]
    names = [score["system"] for score in folder["systems"]]
    assert names == ["bicubic", "upscaler-faithful-x4", "upscaler-crisp-x4"]
    for score in folder["systems"]:
        assert f"{score['psnr']:.2f}" in result.stdout
        assert f"{score['features']['fire5']:.4f}" in result.stdout
    with Image.open(sheet) as image:
        assert image.width > 5 * 250
    for name in names[1:]:
        card = find_model(tmp_path / "models" / f"{name}.onnx").card
        assert card.metrics is not None
        assert card.metrics.protocol == "heliochrome-upscale-1"
        (score,) = [score for score in folder["systems"] if score["system"] == name]
        assert card.metrics.values["five_psnr"] == score["psnr"]
        assert card.metrics.values["five_relu3_1"] == score["features"]["relu3_1"]


def test_a_network_can_be_named(invoke, tmp_path: Path) -> None:
    network = write_fake_upscaler(tmp_path, "mine", scale=2)
    result = invoke("--model", network, "--scale", 2, "--quiet")
    assert result.exit_code == 0, result.output
    assert "mine" in result.stdout


def test_bicubic_needs_no_network(invoke) -> None:
    result = invoke("--bicubic-only", "--quiet")
    assert result.exit_code == 0, result.output
    assert "bicubic" in result.stdout


def test_without_a_network_it_says_so(invoke) -> None:
    assert type(invoke("--quiet").exception) is ModelNotFoundError


def test_impossible_options_are_refused(invoke) -> None:
    assert type(invoke("--bicubic-only", "--scale", 1).exception) is OptionError


def test_existing_reports_are_kept(invoke, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text("old")
    assert type(invoke("--bicubic-only", "--report", report).exception) is OutputConflictError
    assert report.read_text() == "old"
