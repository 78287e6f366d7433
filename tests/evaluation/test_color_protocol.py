from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.console import Console

from heliochrome import __version__
from heliochrome.errors import DataError, MissingExtraError, OptionError
from heliochrome.evaluation.color import Questions, evaluate, run
from heliochrome.evaluation.color_metrics import mean_delta_e_2000, psnr_rgb
from heliochrome.evaluation.color_model import at_operating_point, remembering
from heliochrome.evaluation.color_table import render_report
from heliochrome.evaluation.feature_network import FeatureNetwork
from heliochrome.evaluation.truth import read_true_photo
from heliochrome.model.session import Network
from heliochrome.tasks.colorize import colorize

COUNT = 3


class MeanColor(FeatureNetwork):
    """Describes a picture by its mean color, and classifies it by the strongest channel."""

    label = "MeanColor"
    num_features = 3

    def describe(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        means = pictures.mean(dim=(2, 3))
        return means, means * 100


class CountedRuns:
    """A network that counts how often it was run."""

    def __init__(self, network: Network) -> None:
        self.runs = 0
        self._inner = network
        self.network = replace(network, _execute=self._execute)

    def _execute(self, inputs, outputs):
        self.runs += 1
        return self._inner.run(inputs, outputs)


def render_photo(index: int) -> np.ndarray:
    """Soft blobs of color on a ramp of lightness."""
    rows, columns = np.mgrid[:64, :80] / 64
    hues = [np.sin(3 * rows + index), np.cos(4 * columns + 2 * index), np.sin(5 * rows * columns)]
    ramp = 0.2 + 0.5 * columns[..., None]
    return np.uint8(255 * np.clip(ramp + 0.2 * np.stack(hues, axis=-1), 0, 1))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("truth")
    paths = [folder / f"{index}.png" for index in range(COUNT)]
    for index, path in enumerate(paths):
        Image.fromarray(render_photo(index)).save(path)
    return paths


@pytest.fixture(scope="module")
def report(photos, fake_network: Network):
    return evaluate(photos, fake_network, MeanColor()).report


def test_gray_scores_are_those_of_leaving_photos_gray(report, photos) -> None:
    truths = [read_true_photo(path) for path in photos]
    psnr = np.mean([psnr_rgb(photo.pixels, photo.gray_pixels) for photo in truths])
    assert report.gray.psnr == pytest.approx(psnr)
    assert report.gray.colorfulness == 0.0
    assert report.gray.colorfulness_ratio == 0.0
    assert report.gray.colorfulness_delta == pytest.approx(report.data.colorfulness)


def test_colorized_scores_are_those_of_the_task(report, photos, fake_network) -> None:
    photo = read_true_photo(photos[1])
    result = colorize(photo.gray, fake_network).picture.pixels
    found = report.colorized_photos[1]
    assert found.name == "1.png"
    assert found.psnr == pytest.approx(psnr_rgb(photo.pixels, result))
    assert found.delta_e_2000 == pytest.approx(mean_delta_e_2000(photo.pixels, result))


def test_set_scores_are_means_of_the_photos(report) -> None:
    scores = report.colorized_photos
    assert report.colorized.psnr == pytest.approx(np.mean([score.psnr for score in scores]))
    found = np.mean([score.colorfulness for score in scores])
    true = np.mean([score.true_colorfulness for score in scores])
    assert report.colorized.colorfulness_ratio == pytest.approx(found / true)
    assert report.colorized.colorfulness_delta == pytest.approx(abs(found - true))
    deltas = [abs(score.colorfulness - score.true_colorfulness) for score in scores]
    assert report.colorized.colorfulness_photo_delta == pytest.approx(np.mean(deltas))


def test_facts_say_what_was_measured_on_what(report, fake_network: Network) -> None:
    assert report.protocol == "heliochrome-color-1"
    assert report.heliochrome_version == __version__
    assert report.data.photos == COUNT
    assert report.model.sha256 == fake_network.card.sha256
    assert (report.model.temperature, report.model.chroma_scale) == (1.0, 1.0)
    assert report.features.frechet_name == "FD-MeanColor"


def test_distances_need_features(photos, fake_network: Network, report) -> None:
    assert report.gray.kernel is not None
    assert report.gray.frechet > 0
    assert 1 <= report.gray.inception_score <= 3
    bare = evaluate(photos[:1], fake_network).report
    assert (bare.gray.frechet, bare.gray.kernel, bare.gray.kernel_paired) == (None, None, None)
    assert bare.data.inception_score is None


def test_report_is_finite_json(report) -> None:
    document = json.loads(report.to_json())
    assert document["colorized"]["psnr"] == pytest.approx(report.colorized.psnr)
    assert len(document["gray_photos"]) == COUNT
    assert len(document["calibration"]["rows"]) == 10


def test_card_metrics_name_the_network_of_the_distances(report) -> None:
    metrics = report.card_metrics()
    assert metrics.protocol == "heliochrome-color-1"
    assert metrics.data_sha256 == report.data.sha256
    assert metrics.values["psnr"] == report.colorized.psnr
    assert metrics.values["gray_psnr"] == report.gray.psnr
    assert metrics.values["KD-MeanColor"] == report.colorized.kernel
    assert metrics.values["gray_FD-MeanColor"] == report.gray.frechet
    assert metrics.values["KD-MeanColor-paired"] == report.colorized.kernel_paired


def test_gray_baseline_alone(photos) -> None:
    report = evaluate(photos, None).report
    assert report.colorized is None
    assert report.calibration is None
    assert report.colorized_photos == ()
    with pytest.raises(ValueError, match="gray baseline"):
        report.card_metrics()


def test_frontier_and_scores_take_one_run_per_photo(photos, fake_network: Network) -> None:
    counted = CountedRuns(fake_network)
    questions = Questions(temperatures=(0.5, 1.0), chroma_scales=(0.5, 1.0))
    report = evaluate(photos, counted.network, questions=questions).report
    assert counted.runs == COUNT
    points = {(point.temperature, point.chroma_scale): point.score for point in report.frontier}
    assert len(points) == 4
    assert points[1.0, 1.0].psnr == pytest.approx(report.colorized.psnr)
    assert points[1.0, 0.5].colorfulness < points[1.0, 1.0].colorfulness
    assert points[0.5, 1.0].psnr != points[1.0, 1.0].psnr


def test_true_hints_help(photos, fake_network: Network) -> None:
    report = evaluate(photos, fake_network, questions=Questions(hint_counts=(0, 20))).report
    none, many = report.hints
    assert (none.points, many.points) == (0, 20)
    assert none.psnr == pytest.approx(report.colorized.psnr)
    assert many.psnr > none.psnr + 1
    assert many.delta_e_2000 < none.delta_e_2000


def test_sheet_shows_gray_result_and_truth(photos, fake_network: Network) -> None:
    rows = evaluate(photos, fake_network, questions=Questions(sheet_rows=1)).sheet
    assert len(rows) == 1
    assert rows[0].caption.startswith("1.png: ")
    gray, _, truth = rows[0].pictures
    assert np.ptp(gray, axis=2).max() == 0
    np.testing.assert_array_equal(truth, render_photo(1))


def test_progress_counts_every_photo(photos) -> None:
    seen = []
    evaluate(photos, None, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, COUNT), (2, COUNT), (3, COUNT)]


def test_distances_of_one_photo_are_refused_before_the_work(photos) -> None:
    with pytest.raises(DataError, match="two photos"):
        evaluate(photos[:1], None, MeanColor())


def test_run_finds_everything_by_path(photos, fake_model: Path) -> None:
    report = run(photos[0].parent, fake_model, limit=2).report
    assert report.data.photos == 2
    assert report.model.name == "colorizer"


def test_limit_must_be_positive(photos) -> None:
    with pytest.raises(OptionError, match="limit"):
        run(photos[0].parent, None, limit=0)


def test_features_without_torchmetrics_name_the_extra(monkeypatch, photos) -> None:
    monkeypatch.setitem(sys.modules, "torchmetrics", None)
    with pytest.raises(MissingExtraError, match=r"heliochrome\[train\]"):
        run(photos[0].parent, None, features=Path("squeezenet.safetensors"))


def test_metrics_need_no_torch() -> None:
    code = "import sys, heliochrome.evaluation.color; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_table_names_every_figure(report) -> None:
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(render_report(report), markup=False)
    text = console.export_text()
    for expected in ("heliochrome-color-1", f"{report.gray.psnr:.2f}", "KD-MeanColor", "Confiden"):
        assert expected in text


def test_remembering_asks_again_only_for_other_inputs(fake_network: Network) -> None:
    counted = CountedRuns(fake_network)
    remembered = remembering(counted.network)
    inputs = {
        "lightness": np.full((1, 1, 64, 64), 60, np.float32),
        "hints": np.zeros((1, 2, 64, 64), np.float32),
        "mask": np.zeros((1, 1, 64, 64), np.float32),
        "palette": np.zeros((1, 51), np.float32),
    }
    one = remembered.run(inputs)["logits"]
    assert remembered.run(inputs)["logits"] is one
    assert counted.runs == 1
    inputs["lightness"] += 1  # in place: what was asked before must have been copied
    assert not np.array_equal(remembered.run(inputs)["logits"], one)
    assert counted.runs == 2


def test_operating_point_replaces_the_card_s(fake_network: Network) -> None:
    moved = at_operating_point(fake_network, 0.3, 1.7)
    assert (moved.card.colorizer.temperature, moved.card.colorizer.chroma_scale) == (0.3, 1.7)
    assert fake_network.card.colorizer.temperature == 1.0
    assert moved.card.sha256 == fake_network.card.sha256


def test_a_copied_folder_has_the_same_data_hash(report, photos, tmp_path: Path) -> None:
    for index, path in enumerate(photos):
        shutil.copy(path, tmp_path / f"other-{index}.png")
    copy = evaluate(sorted(tmp_path.iterdir()), None).report
    assert copy.data.sha256 == report.data.sha256
