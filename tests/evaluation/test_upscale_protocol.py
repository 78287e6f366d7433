from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import astronaut, chelsea

from fake_upscaler import write_fake_upscaler
from heliochrome.errors import (
    CardError,
    DataError,
    MissingExtraError,
    ModelError,
    ModelNotFoundError,
    OptionError,
)
from heliochrome.evaluation.upscale import read_trial, run
from heliochrome.evaluation.upscale_metrics import psnr_luma, ssim_luma
from heliochrome.evaluation.upscale_report import FolderReport, SystemScore
from heliochrome.image.picture import Picture
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.upscale import upscale
from heliochrome.training.networks.perceptual import load_perceptual


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A color picture whose sides are no multiples of 4, and a gray one."""
    folder = tmp_path_factory.mktemp("pictures")
    Image.fromarray(astronaut()[:99, 150:280]).save(folder / "a.png")
    Image.fromarray(chelsea()[60:140, 100:200, 1]).save(folder / "b.png")
    return folder


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fake_upscaler(tmp_path_factory.mktemp("model"), scale=4)


def found(folder: FolderReport, system: str) -> SystemScore:
    (score,) = [score for score in folder.systems if score.system == system]
    return score


def truths() -> list[np.ndarray]:
    gray = chelsea()[60:140, 100:200, 1]
    return [astronaut()[:96, 150:278], np.repeat(gray[..., None], 3, axis=2)]


def reduced(pixels: np.ndarray) -> np.ndarray:
    size = (pixels.shape[1] // 4, pixels.shape[0] // 4)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC))


def test_bicubic_is_measured_as_the_literature_does(data: Path) -> None:
    report = run([data], 4).report
    assert report.protocol == "heliochrome-upscale-1"
    score = found(report.folders[0], "bicubic")
    results = [
        Image.fromarray(reduced(truth)).resize(truth.shape[1::-1], Image.Resampling.BICUBIC)
        for truth in truths()
    ]
    pairs = list(zip(truths(), map(np.asarray, results), strict=True))
    assert score.psnr == pytest.approx(np.mean([psnr_luma(*pair, 4) for pair in pairs]))
    assert score.ssim == pytest.approx(np.mean([ssim_luma(*pair, 4) for pair in pairs]))
    assert score.seconds > 0
    assert score.cpu_seconds > 0
    assert score.features == {}


def test_networks_are_run_as_the_command_runs_them(data: Path, network: Path) -> None:
    report = run([data], 4, [network]).report
    opened = open_network(find_model(network))
    wanted = [
        psnr_luma(truth, upscale(Picture(reduced(truth)), opened).picture.pixels, 4)
        for truth in truths()
    ]
    score = found(report.folders[0], "upscaler-faithful-x4")
    assert score.psnr == pytest.approx(np.mean(wanted))
    assert [trial.psnr for trial in report.folders[0].trials if trial.system != "bicubic"] == wanted
    assert report.models[0].sha256 == hashlib.sha256(network.read_bytes()).hexdigest()
    metrics = report.card_metrics("upscaler-faithful-x4")
    name = data.name
    assert metrics.values[f"{name}_psnr"] == score.psnr
    assert metrics.values[f"{name}_bicubic_psnr"] == found(report.folders[0], "bicubic").psnr
    assert metrics.data_sha256 == report.data_sha256
    with pytest.raises(ValueError, match="not evaluated"):
        report.card_metrics("another")


def test_features_are_compared_where_the_protocol_says(
    data: Path, feature_files: dict[str, Path]
) -> None:
    files = [feature_files["vgg"], feature_files["squeezenet"]]
    report = run([data], 4, features=files).report
    score = found(report.folders[0], "bicubic")
    assert list(score.features) == ["relu3_1", "fire5"]
    vgg, distances = load_perceptual(files[0]), []
    for truth in truths():
        enlarged = Image.fromarray(reduced(truth)).resize(truth.shape[1::-1], 3)
        features = [
            vgg.features(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None] / 255, ["relu3_1"])[
                "relu3_1"
            ]
            for pixels in (np.asarray(enlarged), truth)
        ]
        difference = (features[0] - features[1]).square().sum() / features[1].square().sum()
        distances.append(difference.item())
    assert score.features["relu3_1"] == pytest.approx(np.mean(distances), rel=1e-4)
    assert [facts.name for facts in report.features] == ["VGG-19", "SqueezeNet"]


def test_folders_are_reported_apart(data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Image.fromarray(truths()[0]).save(other / "x.png")
    progress: list[tuple[int, int]] = []
    evaluation = run([data, other], 4, sheet_rows=3, progress=lambda *done: progress.append(done))
    report = evaluation.report
    assert [(folder.folder, folder.pictures) for folder in report.folders] == [
        (data.name, 2), ("other", 1),
    ]  # fmt: skip
    assert found(report.folders[1], "bicubic").psnr == report.folders[0].trials[0].psnr
    assert progress == [(1, 3), (2, 3), (3, 3)]
    document = json.loads(report.to_json())
    assert document["folders"][1]["systems"][0]["system"] == "bicubic"
    assert evaluation.headings == ("given", "bicubic", "truth")
    assert [row.caption for row in evaluation.sheet] == ["a.png", "b.png", "x.png"]


def test_the_sheet_shows_what_is_hardest(tmp_path: Path) -> None:
    picture = np.full((320, 400, 3), 128, np.uint8)
    picture[176:200, 280:310] = np.random.default_rng(0).integers(0, 256, (24, 30, 3))
    Image.fromarray(picture).save(tmp_path / "p.png")
    (row,) = run([tmp_path], 4, sheet_rows=1).sheet
    assert {cell.shape for cell in row.pictures} == {(240, 320, 3)}
    shown = row.pictures[-1][::2, ::2]
    assert (shown != 128).any(2).sum() == (picture != 128).any(2).sum()


def test_trials_are_cut_and_reduced(data: Path) -> None:
    trial = read_trial(data / "a.png", 4)
    assert np.array_equal(trial.truth, truths()[0])
    assert np.array_equal(trial.given, reduced(truths()[0]))


@pytest.mark.parametrize(
    ("options", "error", "named"),
    [
        ({"scale": 1}, OptionError, "scale"),
        ({"scale": 2}, OptionError, "scale"),
        ({"scale": 8}, OptionError, "scale"),
        ({"models": ["nowhere"]}, ModelNotFoundError, "nowhere"),
    ],
)
def test_impossible_runs_are_refused(data: Path, network: Path, options, error, named) -> None:
    with pytest.raises(error, match=named):
        run([data], **{"scale": 4, "models": [network]} | options)


def test_other_networks_are_refused(data: Path, fake_model: Path) -> None:
    with pytest.raises(CardError, match="colorize"):
        run([data], 4, [fake_model])


def test_two_networks_of_one_name_are_refused(data: Path, network: Path) -> None:
    with pytest.raises(OptionError, match="two networks"):
        run([data], 4, [network, network])


def test_small_pictures_are_refused(tmp_path: Path) -> None:
    Image.fromarray(truths()[0][:60]).save(tmp_path / "small.png")
    with pytest.raises(DataError, match="64 or more"):
        run([tmp_path], 4)


class FakeSuperres:
    """OpenCV's interface: doubles as often as told, and insists on blue first."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.scale = 0

    def readModel(self, path: str) -> None:  # noqa: N802
        if Path(path).read_bytes() != b"network":
            raise RuntimeError("Failed to parse\nin dnn.cpp")
        self.read.append(path)

    def setModel(self, name: str, scale: int) -> None:  # noqa: N802
        assert name in ("fsrcnn", "lapsrn")
        self.scale = scale

    def upsample(self, pixels: np.ndarray) -> np.ndarray:
        assert pixels.flags["C_CONTIGUOUS"]
        swapped = pixels.copy()
        swapped[..., 0] = 0
        return swapped.repeat(self.scale, 0).repeat(self.scale, 1)


@pytest.fixture
def opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(DnnSuperResImpl_create=FakeSuperres)
    monkeypatch.setitem(sys.modules, "cv2", SimpleNamespace(dnn_superres=module))


@pytest.mark.usefixtures("opencv")
def test_peers_of_the_scale_are_compared(data: Path, tmp_path: Path) -> None:
    for name in ("LapSRN_x4.pb", "FSRCNN_x4.pb", "FSRCNN_x2.pb", "other.pb", "LapSRN_x4.txt"):
        (tmp_path / name).write_bytes(b"network")
    report = run([data], 4, peers=tmp_path).report
    assert [score.system for score in report.folders[0].systems] == ["bicubic", "FSRCNN", "LapSRN"]
    assert [facts.name for facts in report.peers] == ["FSRCNN_x4", "LapSRN_x4"]
    wanted = []
    for truth in truths():
        result = reduced(truth).copy()
        result[..., 2] = 0
        wanted.append(psnr_luma(truth, result.repeat(4, 0).repeat(4, 1), 4))
    assert found(report.folders[0], "LapSRN").psnr == pytest.approx(np.mean(wanted))
    with pytest.raises(ModelNotFoundError, match="x3"):
        run([data], 3, peers=tmp_path)


@pytest.mark.usefixtures("opencv")
def test_broken_peers_are_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "FSRCNN_x4.pb").write_bytes(b"broken")
    with pytest.raises(ModelError, match=r"FSRCNN_x4\.pb.*Failed to parse"):
        run([data], 4, peers=tmp_path)


def test_peers_need_opencv(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "FSRCNN_x4.pb").write_bytes(b"network")
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match="heliochrome\\[peers\\]"):
        run([data], 4, peers=tmp_path)
