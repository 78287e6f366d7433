from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_photos import write_photo

from heliochrome.image.color import srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture


def _lab(path: Path) -> np.ndarray:
    return srgb_to_lab(read_picture(path).pixels / 255)


def test_a_photo_becomes_a_colored_file(colorize: Callable, photo: Path) -> None:
    output = photo.with_name("out.jpg")
    ended = colorize(photo, "-o", output)
    assert ended.code == 0
    assert ended.out == ""
    assert f"{photo} -> {output}, confidence 5" in ended.err
    assert read_picture(output).pixels.shape == (48, 64, 3)
    lab = _lab(output)
    assert lab[:, :16, 2].mean() < -5  # the fake network paints dark blue and light orange
    assert lab[:, -16:, 2].mean() > 5


def test_every_option_at_once(colorize: Callable, photo: Path, tmp_path: Path) -> None:
    hints = tmp_path / "hints.json"
    hints.write_text(
        json.dumps({"unit": "pixel", "hints": [{"x": 20, "y": 20, "color": [40, 30]}]})
    )
    reference = tmp_path / "reference.png"
    write_picture(Picture(np.full((8, 8, 3), (200, 60, 40), np.uint8)), reference)
    ended = colorize(
        *(photo, "-o", tmp_path / "new" / "out.png", "--hints", hints, "--reference", reference),
        *("--variants", "3", "--seed", "4", "--vividness", "1.2", "--keep-existing", "--sidecar"),
        *("--confidence", tmp_path / "map.png", "--quality", "80", "--threads", "1", "--json"),
    )
    assert ended.code == 0
    assert ended.err == ""
    (done,) = json.loads(ended.out)["done"]
    folder = tmp_path / "new"
    expected = [folder / name for name in ("out.png", "out-variant2.png", "out-variant3.png")]
    assert done["outputs"] == [str(path) for path in expected]
    assert done["sidecars"] == [f"{path}.json" for path in expected]
    assert done["confidence_map"] == str(tmp_path / "map.png")
    assert (done["width"], done["height"]) == (64, 48)
    assert 0 < done["mean_confidence"] < 1
    for path in expected:
        np.testing.assert_allclose(_lab(path)[20, 20, 1:], (40, 30), atol=3)
        assert "compositeWithTrainedAlgorithmicMedia" in path.read_bytes().decode("latin-1")
    records = [json.loads(Path(path).read_text()) for path in done["sidecars"]]
    assert [record["parameters"]["variant"] for record in records] == [0, 1, 2]
    assert records[0]["parameters"]["hints"][0]["color"] == [40, 30]
    assert len(records[0]["parameters"]["reference_sha256"]) == 64


def test_a_confidence_map_that_is_a_file_is_for_one_photo(
    colorize: Callable, photo: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    ended = colorize(photo, "-o", tmp_path / "out", "--confidence", tmp_path / "map.png")
    assert (ended.code, (tmp_path / "map.png").is_file()) == (0, True)
    other = write_photo(tmp_path / "other.png")
    ended = colorize(photo, other, "-o", tmp_path / "new", "--confidence", tmp_path / "m.png")
    assert (ended.code, (tmp_path / "m.png").exists()) == (2, False)
    assert "names one file for 2 photos" in ended.err


def test_the_confidence_map_is_gray_and_white_where_hinted(
    colorize: Callable, photo: Path, tmp_path: Path
) -> None:
    hints = tmp_path / "hints.json"
    hints.write_text('{"hints": [{"x": 0.5, "y": 0.5, "color": "#a04020", "radius": 0.1}]}')
    colorize(photo, "-o", tmp_path / "o.png", "--hints", hints, "--confidence", tmp_path / "m.png")
    levels = read_picture(tmp_path / "m.png")
    assert levels.is_gray
    assert levels.pixels[24, 32, 0] > 245
    assert levels.pixels[2, 2, 0] == pytest.approx(0.539 * 255, abs=3)


def test_a_folder_is_done_with_its_maps_and_its_tree(colorize: Callable, tmp_path: Path) -> None:
    for name in ("a.png", "sub/a.png"):
        write_photo(tmp_path / "in" / name)
    ended = colorize(
        tmp_path / "in", "-r", "-o", tmp_path / "out", "--confidence", tmp_path / "maps"
    )
    assert ended.code == 0
    assert "2 of 2 photos done." in ended.err
    written = sorted(
        path.relative_to(tmp_path).as_posix()
        for folder in ("out", "maps")
        for path in (tmp_path / folder).rglob("*.png")
    )
    assert written == [
        "maps/a.png.confidence.png",
        "maps/sub/a.png.confidence.png",
        "out/a.png",
        "out/sub/a.png",
    ]


def test_16_bits_stay_16_bits(colorize: Callable, tmp_path: Path) -> None:
    ramp = np.linspace(10_000, 50_000, 64 * 48).reshape(48, 64, 1).astype(np.uint16)
    write_picture(Picture(ramp), tmp_path / "scan.tif")
    assert colorize(tmp_path / "scan.tif", "-o", tmp_path / "out").code == 0
    result = read_picture(tmp_path / "out" / "scan.tif")
    assert result.pixels.dtype == np.uint16
    assert result.pixels.shape == (48, 64, 3)


def test_the_same_command_gives_the_same_bytes(
    colorize: Callable, photo: Path, tmp_path: Path
) -> None:
    for name in ("one.png", "two.png"):
        colorize(photo, "-o", tmp_path / name, "--variants", "2")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    first, second = (tmp_path / f"{name}-variant2.png" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_quiet_says_nothing_of_success(colorize: Callable, photo: Path) -> None:
    ended = colorize(photo, "-o", photo.with_name("out.png"), "--quiet")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_hints_belong_to_one_photo(colorize: Callable, photo: Path, tmp_path: Path) -> None:
    other = write_photo(tmp_path / "other.png")
    hints = tmp_path / "hints.json"
    hints.write_text('{"hints": []}')
    ended = colorize(photo, other, "-o", tmp_path / "out", "--hints", hints)
    assert ended.code == 2
    assert "give hints with one photo only" in ended.err


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--vividness", "3"), "vividness: is 3.0; give a value from 0 to 2"),
        (("--variants", "0"), "variants: is 0"),
        (("--threads", "0"), "threads: is 0"),
        (("--quality", "0"), "--quality"),
        (("--format", "bmp"), "--format"),
        (("--backend", "tpu"), "--backend"),
        (("--sorcery",), "--sorcery"),
    ],
)
def test_wrong_options_are_named(
    colorize: Callable, photo: Path, tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    ended = colorize(photo, "-o", tmp_path / "out.jpg", *options)
    assert ended.code == 2
    assert named in ended.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photo.png"]


def test_the_photo_and_the_output_must_be_given(run: Callable, photo: Path) -> None:
    assert run("colorize", photo).code == 2
    assert run("colorize", "-o", "x").code == 2
