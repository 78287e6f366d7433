"""`heliochrome restyle --method optimize`, with feature networks of random weights."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from heliochrome.cli import main, optimize_batch
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records
from heliochrome.tasks.provenance import file_sha256
from heliochrome.training.networks.perceptual import SqueezeNet, Vgg19

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("networks")
    made = {"--vgg": Vgg19(), "--squeezenet": SqueezeNet()}
    for name, network in made.items():
        save_file(network.state_dict(), folder / f"{name[2:]}.safetensors")
    return {name: folder / f"{name[2:]}.safetensors" for name in made}


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    ramp = np.linspace(10_000, 50_000, 32 * 40).reshape(32, 40, 1).astype(np.uint16)
    write_picture(Picture(ramp, alpha=np.full((32, 40), 65535, np.uint16)), tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def styles(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"style-{seed}.png" for seed in range(2)]
    for seed, path in enumerate(paths):
        rng = np.random.default_rng(seed)
        write_picture(Picture(rng.integers(0, 256, (36, 48, 3)).astype(np.uint8)), path)
    return paths


@pytest.fixture
def optimize(
    networks: dict[str, Path], photo: Path, styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run the command with one style and two steps, and whatever is added."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        files = [str(part) for pair in networks.items() for part in pair]
        given = [str(argument) for argument in arguments]
        fixed = ["--method", "optimize", "--steps", "2", "-s", str(styles[0]), *files]
        code = main(["restyle", str(photo), *fixed, *given])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_a_photo_is_optimized_with_progress_and_preview(
    optimize: Run, photo: Path, styles: list[Path], networks: dict[str, Path]
) -> None:
    output, preview = photo.with_name("out.png"), photo.with_name("preview") / "now.png"
    code, out, err = optimize("-o", output, "--preview", preview, "--sidecar")
    assert (code, out) == (0, "")
    lines = err.strip().splitlines()
    assert [line.partition(":")[0] for line in lines[:3]] == [
        "step 0 of 2",
        "step 1 of 2",
        "step 2 of 2",
    ]
    assert f"{photo} -> {output}, style " in lines[3]
    result = read_picture(output)
    assert (result.pixels.dtype, result.pixels.shape) == (np.uint16, (32, 40, 3))
    assert result.alpha is not None
    assert np.ptp(result.pixels.astype(int), axis=-1).max() > 1000  # it took color
    shown = read_picture(preview)
    assert shown.pixels.dtype == np.uint8
    assert np.abs(shown.pixels / 255 - result.pixels / 65535).max() < 0.003
    (record,) = read_records(result.metadata.xmp)
    assert record == json.loads(Path(f"{output}.json").read_text())
    assert record["parameters"] == {
        "method": "optimize",
        "steps": 2,
        "keep_color": False,
        "styles": [{"sha256": file_sha256(styles[0]), "share": 1.0}],
    }
    assert record["feature_networks"] == {
        name[2:]: file_sha256(path) for name, path in networks.items()
    }


def test_json_holds_the_distances_and_a_style_without_weight_is_left_out(
    optimize: Run, photo: Path, styles: list[Path]
) -> None:
    one, two = photo.with_name("one.png"), photo.with_name("two.png")
    code, out, err = optimize("-o", one, "--json")
    assert (code, err) == (0, "")
    (done,) = json.loads(out)["done"]
    assert done["style_distance"] > 0
    assert done["content_distance"] > 0
    assert optimize("-o", two, "-s", styles[1], "--weights", "1,0")[0] == 0
    assert one.read_bytes() == two.read_bytes()


def test_color_can_be_kept(optimize: Run, photo: Path) -> None:
    output = photo.with_name("out.png")
    assert optimize("-o", output, "--keep-color")[0] == 0
    lab = srgb_to_lab(read_picture(output).pixels / 65535)
    np.testing.assert_allclose(lab[..., 1:], 0, atol=0.1)  # the photo is gray


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--strength", "0.5"), "--strength: is for --method network only"),
        (("--scale", "2"), "--scale: is for --method network only"),
        (("--corrections", "2"), "--corrections: is for --method network only"),
        (("--gray",), "--gray: is for --method network only"),
        (("--threads", "1"), "--threads: is for --method network only"),
        (("--model", "other"), "--model: is for --method network only"),
        (("--backend", "openvino"), "--backend: is for --method network only"),
        (("--method", "network"), "--steps: is for --method optimize only"),
        (("--vgg", "none.safetensors"), "none.safetensors"),
    ],
)
def test_what_does_not_fit_is_refused(
    optimize: Run, photo: Path, options: tuple[str, ...], named: str
) -> None:
    code, out, err = optimize("-o", photo.with_name("out.png"), *options)
    assert (code, out) == (2, "")
    assert named in err
    assert not photo.with_name("out.png").exists()


def test_exchanged_networks_are_refused(
    optimize: Run, photo: Path, networks: dict[str, Path]
) -> None:
    output = photo.with_name("out.png")
    code, _, err = optimize("-o", output, "--vgg", networks["--squeezenet"])
    assert code == 2
    assert "exchange the files" in err


def test_the_networks_must_be_named(
    photo: Path, styles: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["restyle", str(photo), "-s", str(styles[0]), "-o", str(photo.with_name("o.png"))]
    assert main([*arguments, "--method", "optimize"]) == 2
    assert "--vgg: is missing" in capsys.readouterr().err


def test_without_torch_the_extra_is_named(
    optimize: Run, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("cli.optimize_batch", "training.optimize"):
        monkeypatch.delitem(sys.modules, f"heliochrome.{module}")
    monkeypatch.setitem(sys.modules, "torch", None)
    code, _, err = optimize("-o", photo.with_name("out.png"))
    assert code == 2
    assert "pip install 'heliochrome[train]'" in err


def test_the_preview_replaces_nothing(optimize: Run, photo: Path, styles: list[Path]) -> None:
    output = photo.with_name("out.png")
    for preview in (photo, styles[0], output):
        content = preview.read_bytes() if preview.exists() else None
        code, _, err = optimize("-o", output, "--preview", preview, "--overwrite")
        assert code == 2
        assert "choose another output" in err
        assert (preview.read_bytes() if preview.exists() else None) == content


def test_a_photo_too_large_to_optimize_is_refused(
    optimize: Run, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimize_batch, "MOST_PIXELS", 1000)
    code, _, err = optimize("-o", photo.with_name("out.png"))
    assert code == 2
    assert "reduce it first, or use --method network" in err
