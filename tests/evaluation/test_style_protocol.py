from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from fake_corrector import correcting_network
from fake_upscaler import write_fake_upscaler
from heliochrome.errors import DataError, OptionError
from heliochrome.evaluation import style as style_protocol
from heliochrome.evaluation import style_systems
from heliochrome.evaluation.optimization_cache import OptimizationCache, optimization_key
from heliochrome.evaluation.style import Chain, Evaluation, Models, Questions, run
from heliochrome.evaluation.style_report import StyleReport, SystemScore
from heliochrome.evaluation.truth import gray_photo
from heliochrome.image.picture import Picture
from heliochrome.model.card import Metrics
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import RestyleOptions, UpscaleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.upscale import upscale
from heliochrome.training.optimize import OptimizeOptions
from heliochrome.training.style_distance import (
    Distances,
    StyleNetworks,
    load_style_networks,
    measure_distances,
)

BASELINES = Models(None)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def networks(feature_files) -> StyleNetworks:
    return load_style_networks(**feature_files)


@pytest.fixture
def chain(fake_model: Path, tmp_path: Path) -> Chain[str | Path]:
    return Chain(fake_model, write_fake_upscaler(tmp_path, scale=4))


@pytest.fixture
def evaluate(style_data, feature_files):
    def evaluate(models: Models = BASELINES, **options: Any) -> Evaluation:
        scales = options.pop("scales", (1,))
        asked = {
            name: options.pop(name)
            for name in ("optimize_steps", "corrections", "sheet_rows")
            if name in options
        }
        questions = Questions(scales=scales, optimize_scales=scales, **asked)
        return run(**style_data | feature_files | options, models=models, questions=questions)

    return evaluate


@pytest.fixture
def one_pair(style_data, tmp_path: Path) -> dict[str, Path]:
    """Folders of a single content and a single style."""
    folders = {}
    for name, folder in style_data.items():
        folders[name] = tmp_path / name
        folders[name].mkdir()
        shutil.copy(folder / f"{name}0.png", folders[name])
    return folders


def found(report: StyleReport, system: str, scale: int = 1, *, gray: bool = False) -> SystemScore:
    (score,) = [
        score
        for score in report.systems
        if (score.system, score.scale, score.from_gray) == (system, scale, gray)
    ]
    return score


def tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def load(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def contents(data: dict[str, Path]) -> list[np.ndarray]:
    """The contents as the protocol sees them: 66 x 80, cut to a multiple of 4."""
    return [load(data["contents"] / f"contents{seed}.png")[:64] for seed in range(2)]


def styles(data: dict[str, Path]) -> list[np.ndarray]:
    return [load(data["styles"] / f"styles{seed}.png") for seed in range(2)]


def mean_distances(pairs: list[Distances]) -> tuple[float, float]:
    return (
        float(np.mean([pair.style_mean for pair in pairs])),
        float(np.mean([pair.content_mean for pair in pairs])),
    )


def test_the_photo_itself_is_scored_against_every_style(evaluate, style_data, networks) -> None:
    score = found(evaluate().report, "photo")
    expected = [
        measure_distances(tensor(content), tensor(content), tensor(style), networks)
        for content in contents(style_data)
        for style in styles(style_data)
    ]
    assert score.pairs == 4
    assert score.content == 0
    assert score.style == pytest.approx(mean_distances(expected)[0], rel=1e-5)
    assert list(score.style_layers) == [
        "relu1_1", "relu2_1", "relu3_1", "fire3", "fire5", "fire9",
    ]  # fmt: skip
    assert score.style == pytest.approx(np.mean(list(score.style_layers.values())))


def test_photos_after_themselves_are_not_distant(evaluate, style_data, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    Image.fromarray(contents(style_data)[0]).save(alone / "photo.png")
    report = evaluate(contents=alone, styles=alone).report
    for system in ("photo", "matching"):
        score = found(report, system)
        assert score.style == pytest.approx(0, abs=1e-8)
        assert score.content == pytest.approx(0, abs=1e-8)


def test_the_network_is_given_reduced_photos(
    evaluate, style_data, networks, fake_restyler, fake_restyling_network
) -> None:
    report = evaluate(Models(fake_restyler), scales=(1, 4)).report
    for scale in (1, 4):
        expected = []
        for content in contents(style_data):
            height, width = (side // scale for side in content.shape[:2])
            small = Image.fromarray(content).resize((width, height), Image.Resampling.BICUBIC)
            for style in styles(style_data):
                options = RestyleOptions(scale=scale)
                given, after = Picture(np.asarray(small)), [Picture(style)]
                result = restyle(given, after, fake_restyling_network, options).picture.pixels
                expected.append(
                    measure_distances(tensor(result), tensor(content), tensor(style), networks)
                )
        score = found(report, "network", scale)
        assert (score.style, score.content) == pytest.approx(mean_distances(expected), rel=1e-4)
        assert score.seconds > 0
    assert found(report, "photo", 4).content > found(report, "photo", 1).content == 0


def test_the_network_is_measured_under_other_numbers_of_corrections(
    evaluate, fake_restyler, fake_restyling_network, monkeypatch
) -> None:
    network = correcting_network(fake_restyling_network)
    monkeypatch.setattr(style_protocol, "_open", lambda _: network)
    report = evaluate(Models(fake_restyler), corrections=(0, 2)).report
    own, drafts, twice = (found(report, name) for name in ("network", "network_0", "network_2"))
    assert replace(twice, system="network", seconds=own.seconds) == own
    assert drafts.style != pytest.approx(own.style, rel=1e-3)


def test_corrections_of_a_network_that_makes_none_are_refused(evaluate, fake_restyler) -> None:
    with pytest.raises(OptionError, match="are not made by"):
        evaluate(Models(fake_restyler), corrections=(1,))


def test_matched_colors_are_nearer_than_the_photo(evaluate) -> None:
    # With random weights the first layer sees little but color.
    report = evaluate().report
    matched, photo = (found(report, name).style_layers["relu1_1"] for name in ("matching", "photo"))
    assert matched < 0.5 * photo


def test_one_pass_is_compared_with_the_chain_on_gray_photos(
    evaluate,
    style_data,
    networks,
    fake_restyler,
    fake_restyling_network,
    fake_network,
    chain,
) -> None:
    enlarger = open_network(find_model(chain.upscaler), threads=1)
    report = evaluate(Models(fake_restyler, chain)).report
    assert report.colorizer is not None
    assert report.colorizer.name == fake_network.card.name
    one_pass, chained = [], []
    for content in contents(style_data):
        small = Image.fromarray(content).resize((20, 16), Image.Resampling.BICUBIC)
        given = gray_photo(np.asarray(small))
        for style in styles(style_data):
            after = [Picture(style)]
            options = RestyleOptions(scale=4)
            whole = restyle(given, after, fake_restyling_network, options).picture.pixels
            colored = colorize(given, fake_network).picture
            part = restyle(colored, after, fake_restyling_network).picture.pixels
            large = upscale(Picture(part), enlarger, UpscaleOptions(scale=4)).picture.pixels
            for pixels, pairs in ((whole, one_pass), (large, chained)):
                pairs.append(
                    measure_distances(tensor(pixels), tensor(content), tensor(style), networks)
                )
    for system, expected in (("one_pass", one_pass), ("chain", chained)):
        score = found(report, system, 4, gray=True)
        assert (score.style, score.content) == pytest.approx(mean_distances(expected), rel=1e-4)
    assert found(report, "photo", 4, gray=True).pairs == 4


def test_optimization_comes_nearer_with_every_step(evaluate, one_pair) -> None:
    report = evaluate(optimize_steps=(2, 8), **one_pair).report
    photo, few, many = (
        found(report, name) for name in ("photo", "optimization_2", "optimization_8")
    )
    assert many.style < few.style <= photo.style
    assert many.seconds > few.seconds > 0


def test_optimizations_are_run_once(evaluate, one_pair, tmp_path: Path, monkeypatch) -> None:
    cached = one_pair | {"cache": tmp_path / "cache"}
    first = evaluate(optimize_steps=(1, 2), **cached).report
    assert len(list((tmp_path / "cache").iterdir())) == 1

    def refuse(*_: object) -> None:
        raise AssertionError("optimized again")

    monkeypatch.setattr(style_systems, "optimize_style", refuse)
    again = evaluate(optimize_steps=(2,), **cached).report
    assert found(again, "optimization_2") == found(first, "optimization_2")
    with pytest.raises(AssertionError, match="optimized again"):
        evaluate(optimize_steps=(3,), **cached)


def test_what_is_cached_stays_when_more_comes(
    evaluate, one_pair, tmp_path: Path, monkeypatch
) -> None:
    cached = one_pair | {"cache": tmp_path / "cache"}
    for steps in (2, 1):
        evaluate(optimize_steps=(steps,), **cached)
    monkeypatch.delattr(style_systems, "optimize_style")
    report = evaluate(optimize_steps=(1, 2), **cached).report
    assert found(report, "optimization_1").pairs == found(report, "optimization_2").pairs == 1


def test_keys_tell_optimizations_apart(networks) -> None:
    first, second = np.zeros((4, 6, 3), np.uint8), np.ones((4, 6, 3), np.uint8)
    plain = OptimizeOptions()
    keys = [
        optimization_key(first, second, networks, plain),
        optimization_key(second, first, networks, plain),
        optimization_key(first.reshape(6, 4, 3), second, networks, plain),
        optimization_key(first, second, networks, OptimizeOptions(content_weight=1)),
        optimization_key(first, second, StyleNetworks(networks.squeezenet, networks.vgg), plain),
    ]
    assert len(set(keys)) == len(keys)
    assert optimization_key(first, second, networks, OptimizeOptions(steps=7)) == keys[0]


def test_cached_pictures_come_back_whole(tmp_path: Path) -> None:
    cache = OptimizationCache(tmp_path / "new")
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    cache.store("key", {50: (pixels, 1.5), 200: (255 - pixels, 6.0)})
    loaded = cache.load("key")
    assert sorted(loaded) == [50, 200]
    assert np.array_equal(loaded[200][0], 255 - pixels)
    assert loaded[50][1] == 1.5
    assert cache.load("other") == {}


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 cut off"])
def test_a_damaged_cache_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "key.npz").write_bytes(data)
    with pytest.raises(DataError, match=r"key\.npz: is damaged"):
        OptimizationCache(tmp_path).load("key")


def test_the_report_holds_every_hash_and_goes_to_json(
    evaluate, fake_restyler, fake_restyling_network, networks
) -> None:
    report = evaluate(Models(fake_restyler), scales=(1, 2)).report
    document = json.loads(report.to_json())
    assert document["protocol"] == "heliochrome-style-1"
    assert document["model"]["sha256"] == fake_restyling_network.card.sha256
    assert [entry["sha256"] for entry in document["features"]] == [
        networks.vgg.sha256, networks.squeezenet.sha256,
    ]  # fmt: skip
    hashes = {document["data_sha256"], *(document[k]["sha256"] for k in ("contents", "styles"))}
    assert len(hashes) == 3
    assert len(document["trials"]) == 4 * 3 * 2


def test_figures_of_the_card_name_system_and_scale(
    evaluate, one_pair, fake_restyler, chain
) -> None:
    report = evaluate(Models(fake_restyler, chain), scales=(1, 2), **one_pair).report
    metrics = report.card_metrics()
    assert isinstance(metrics, Metrics)
    assert metrics.protocol == "heliochrome-style-1"
    assert metrics.values["style_x2"] == found(report, "network", 2).style
    assert metrics.values["gray_photo_content_x4"] == found(report, "photo", 4, gray=True).content
    assert {"photo_style_x1", "matching_content_x2", "one_pass_style_x4", "chain_content_x4"} <= (
        metrics.values.keys()
    )
    with pytest.raises(ValueError, match="baselines"):
        evaluate(**one_pair).report.card_metrics()


def test_another_size_is_another_protocol(evaluate, one_pair) -> None:
    evaluation = evaluate(size=64, sheet_rows=1, **one_pair)
    assert evaluation.report.protocol == "heliochrome-style-1 at 64 px"
    # 66 x 80 becomes 64 x 78, and is cut to a multiple of 4.
    assert evaluation.sheet[0].pictures[0].shape == (64, 76, 3)


def test_the_sheet_shows_everything_but_the_enlarged_photo(evaluate, fake_restyler) -> None:
    evaluation = evaluate(Models(fake_restyler), scales=(1, 2), sheet_rows=2)
    assert evaluation.headings == (
        "photo", "style", "color matching, x1", "network, x1", "color matching, x2", "network, x2",
    )  # fmt: skip
    assert [row.caption for row in evaluation.sheet] == [
        "contents0.png after styles1.png",
        "contents1.png after styles1.png",
    ]
    assert {picture.shape for picture in evaluation.sheet[0].pictures[2:]} == {(64, 80, 3)}


def test_progress_counts_pairs(evaluate) -> None:
    seen: list[tuple[int, int]] = []
    evaluate(progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_gray_and_16_bit_styles_are_read(evaluate, tmp_path: Path) -> None:
    Image.fromarray(np.tile(np.arange(48, dtype=np.uint8) * 5, (40, 1))).save(tmp_path / "g.png")
    deep = np.tile(np.arange(48, dtype=np.uint16) * 1285, (40, 1))
    Image.fromarray(deep).save(tmp_path / "deep.png")
    report = evaluate(styles=tmp_path).report
    by_style = {
        name: [trial.style for trial in report.trials if trial.style_name == name]
        for name in ("g.png", "deep.png")
    }
    assert by_style["g.png"] == pytest.approx(by_style["deep.png"], rel=1e-4)


@pytest.mark.parametrize(
    "questions",
    [{"scales": ()}, {"scales": (1, 3)}, {"optimize_steps": (0,)}, {"corrections": (17,)},
     {"scales": (2,), "optimize_steps": (5,)}],
)  # fmt: skip
def test_impossible_questions_are_refused(questions: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        Questions(**questions)


def test_what_is_too_small_is_refused(evaluate, style_data, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="64 or more"):
        evaluate(size=63)
    with pytest.raises(DataError, match=r"styles0\.png.*64 or more"):
        evaluate(contents=style_data["styles"])
    with pytest.raises(DataError, match="has no pictures"):
        evaluate(styles=tmp_path)


def test_a_restyler_without_the_scale_is_refused_before_the_work(
    evaluate, fake_restyler, chain, tmp_path: Path
) -> None:
    network = tmp_path / fake_restyler.name
    model = onnx.load(fake_restyler)
    for output in list(model.graph.output):
        if output.name in ("x2", "x4"):
            model.graph.output.remove(output)
    onnx.save(model, network)
    card = json.loads(fake_restyler.with_suffix(".card.json").read_text())
    card["sha256"] = hashlib.sha256(network.read_bytes()).hexdigest()
    card["restyler"]["scales"] = [1]
    card["outputs"] = [fact for fact in card["outputs"] if fact["name"] in ("moments", "x1")]
    network.with_suffix(".card.json").write_text(json.dumps(card))
    with pytest.raises(OptionError, match="scale: 2"):
        evaluate(Models(network), scales=(1, 2))
    with pytest.raises(OptionError, match="scale: 4"):
        evaluate(Models(network, chain))
