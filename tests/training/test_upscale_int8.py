"""Exporting an upscaler in int8 beside itself, behind a gate, and using it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from heliochrome.cli import main
from heliochrome.cli.export_int8 import GatedVariant
from heliochrome.evaluation import upscale_gate
from heliochrome.evaluation.upscale_gate import GateReport, quantize_within_gate
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model, read_network
from heliochrome.training.config import parse_config
from heliochrome.training.loop import StopRequest, open_trainer, run
from heliochrome.training.upscale.quantize import held_out_pictures


@pytest.fixture(scope="module")
def run_folder(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _run(pictures, tmp_path_factory.mktemp("runs") / "tiny")


def _run(pictures: Path, folder: Path, mode: str = "faithful") -> Path:
    """A run of a tiny upscaler that has hardly begun."""
    values = {
        "name": "tiny",
        "mode": mode,
        "task": "upscale",
        "scale": 2,
        "data": {"crop": 32, "sources": [{"path": str(pictures)}], "validation": 3},
        "generator": {"blocks": 1, "width": 16, "expansion": 1, "weight_decay": 0.0},
        "steps": 2,
        "batch": 2,
        "precision": "float32",
        "compile": False,
        "validate_every": 100,
    }
    list(run(open_trainer(parse_config(values)), folder, StopRequest()))
    return folder


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gate")
    for seed in range(2):
        coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), np.uint8)
        large = Image.fromarray(coarse).resize((72, 64), Image.Resampling.BICUBIC)
        large.save(folder / f"{seed}.png")
    return folder


def _export(run_folder: Path, output: Path, *options: str | Path) -> int:
    notes = ("--data-note", "rendered pictures", "--license-notes", "none")
    return main([str(part) for part in ("export", run_folder, "-o", output, *notes, *options)])


def test_int8_is_written_beside_float32_and_used_by_name(
    run_folder: Path,
    gate: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "upscaler-faithful-x2.onnx"
    assert _export(run_folder, output, "--int8-gate", gate, "--json") == 0
    report = json.loads(capsys.readouterr().out)["int8"]
    assert report["network"] == str(tmp_path / "upscaler-faithful-x2-int8.onnx")
    assert report["psnr"] >= report["psnr_float32"] - 0.1
    exact, quantized = (
        find_model(tmp_path / f"upscaler-faithful-x2{end}.onnx") for end in ("", "-int8")
    )
    read_network(quantized)  # its hash is the card's
    assert quantized.card.name == "upscaler-faithful-x2-int8"
    assert quantized.card.upscaler == exact.card.upscaler
    assert "int8" in quantized.card.architecture
    # The mode alone takes float32; int8 is for those who name it.
    monkeypatch.setattr("heliochrome.model.store.model_folders", lambda: (tmp_path,))
    photo = tmp_path / "photo.png"
    write_picture(Picture(read_picture(gate / "0.png").pixels), photo)
    results = []
    for options in ([], ["--model", "upscaler-faithful-x2-int8"]):
        result = tmp_path / f"{len(options)}.png"
        assert main(["upscale", str(photo), "-o", str(result), "-q", *options]) == 0
        results.append(read_picture(result))
    names = [read_records(result.metadata.xmp)[0]["model"]["name"] for result in results]
    assert names == ["upscaler-faithful-x2", "upscaler-faithful-x2-int8"]
    difference = np.abs(results[0].pixels.astype(int) - results[1].pixels)
    assert 0 < difference.max() < 20


def test_what_misses_the_gate_is_not_written(
    run_folder: Path,
    gate: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    output = tmp_path / "small.onnx"
    assert _export(run_folder, output, "--int8-gate", gate) == 0
    assert "small-int8.onnx: " in capsys.readouterr().err
    assert (tmp_path / "small-int8.onnx").is_file()
    exact, pictures = find_model(output), held_out_pictures(run_folder)
    monkeypatch.setattr(
        upscale_gate, "mean_psnr", lambda network, _: 31 - 0.2 * ("int8" in network.card.name)
    )
    path = tmp_path / "small-int8.onnx"
    report = quantize_within_gate(exact, pictures, gate, path)
    assert not report.passes
    # Neither is what was there before it.
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["small.card.json", "small.onnx"]
    variant = GatedVariant(path, report)
    assert variant.facts == {"network": None, "psnr": pytest.approx(30.8), "psnr_float32": 31}
    assert "not written, 30.80 dB against 31.00 dB" in variant.line
    assert quantize_within_gate(exact, pictures, gate, path, limit=0.3).passes


def test_a_tenth_of_a_decibel_may_be_lost() -> None:
    assert GateReport(31.0, 30.91).passes
    assert GateReport(31.0, 31.2).passes
    assert not GateReport(31.0, 30.89).passes


def test_ranges_are_those_of_pictures_that_were_held_out(run_folder: Path) -> None:
    pictures = held_out_pictures(run_folder)
    assert len(pictures) == 3
    assert all(picture.shape == (16, 16, 3) and picture.dtype == np.uint8 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == 3


def test_a_crisp_network_is_given_damage_and_noise_too(
    pictures: Path, gate: Path, tmp_path: Path
) -> None:
    """What it is to undo reaches further than clean pictures do."""
    folder = _run(pictures, tmp_path / "crisp", "crisp")
    given = held_out_pictures(folder)
    assert len(given) == 2 * 3
    assert not all(np.array_equal(*pair) for pair in zip(given[:3], given[3:], strict=True))
    assert all(
        a.tobytes() == b.tobytes() for a, b in zip(given, held_out_pictures(folder), strict=True)
    )
    output = tmp_path / "small.onnx"
    assert _export(folder, output, "--int8-gate", gate) == 0
    exact, quantized = (
        open_network(find_model(tmp_path / name)) for name in ("small.onnx", "small-int8.onnx")
    )
    planes = given[3].transpose(2, 0, 1)[None].astype(np.float32) / 255
    for noise in (0.0, 1.0):
        inputs = {"picture": planes, "noise": np.full((1, 1, 1, 1), noise, np.float32)}
        first, second = (entry.run(inputs)["enlarged"] for entry in (exact, quantized))
        assert np.abs(first - second).max() < 0.03


def test_other_networks_have_no_gate(
    run_folder: Path, gate: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    source = {"path": str(tmp_path)}
    values = {"name": "other", "data": {"sources": [source]}}
    (folder / "config.yaml").write_text(yaml.safe_dump(values))
    assert _export(folder, tmp_path / "a.onnx", "--int8-gate", gate) == 2
    assert "int8-gate: is for upscalers" in capsys.readouterr().err
