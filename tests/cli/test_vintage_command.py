from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_photos import write_photo
from skimage import data

from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records, read_source_type


@pytest.fixture
def color(tmp_path: Path) -> Path:
    path = tmp_path / "color.png"
    write_picture(Picture(np.ascontiguousarray(data.astronaut()[60:150, 150:270])), path)
    return path


def test_a_photo_becomes_an_old_one(run: Callable, color: Path) -> None:
    output = color.with_name("out.png")
    ended = run("vintage", color, "-o", output, "--look", "cyanotype")
    assert ended.code == 0
    assert ended.out == ""
    assert f"{color} -> {output}, cyanotype" in ended.err
    pixels = read_picture(output).pixels.astype(int)
    assert pixels.shape == (90 + 10, 120 + 10, 3)
    assert pixels[..., 2].mean() > pixels[..., 0].mean() + 30


def test_every_option_at_once(run: Callable, color: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "out.jpg"
    ended = run(
        *("vintage", color, "-o", output, "--look", "kodachrome", "--strength", "0.8"),
        *("--set", "grain.amount=0.3", "--set", "toning.shadows=2,-5", "--seed", "7"),
        *("--vary-seed", "--sidecar", "--quality", "80", "--overwrite", "--json"),
    )
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert done["outputs"] == [str(output)]
    assert done["sidecars"] == [f"{output}.json"]
    assert (done["width"], done["height"], done["look"]) == (120, 90, "kodachrome")
    record = json.loads(Path(f"{output}.json").read_text())
    parameters = record["parameters"]
    assert parameters["strength"] == 0.8
    assert parameters["seed"] == done["seed"] != 7
    assert parameters["grain"]["amount"] == 0.3
    assert parameters["toning"]["shadows"] == [2, -5]
    xmp = read_picture(output).metadata.xmp
    assert read_records(xmp) == [record]
    assert (read_source_type(xmp) or "").endswith("/algorithmicallyEnhanced")


def test_strength_0_writes_the_photo_s_own_pixels(run: Callable, color: Path) -> None:
    output = color.with_name("same.png")
    run("vintage", color, "-o", output, "--look", "polaroid", "--strength", "0")
    np.testing.assert_array_equal(read_picture(output).pixels, read_picture(color).pixels)


def test_16_bits_stay_16_bits(run: Callable, tmp_path: Path) -> None:
    ramp = np.linspace(10_000, 50_000, 64 * 48).reshape(48, 64, 1).astype(np.uint16)
    write_picture(Picture(ramp), tmp_path / "scan.tif")
    ended = run("vintage", tmp_path / "scan.tif", "-o", tmp_path / "out", "--look", "albumen")
    assert ended.code == 0
    result = read_picture(tmp_path / "out" / "scan.tif")
    assert result.pixels.dtype == np.uint16
    assert len(np.unique(result.pixels[..., 0])) > 1000


def test_the_same_command_gives_the_same_bytes(run: Callable, color: Path, tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        run("vintage", color, "-o", tmp_path / name, "--look", "autochrome", "--seed", "3")
    run("vintage", color, "-o", tmp_path / "three.png", "--look", "autochrome", "--seed", "4")
    one, two, three = ((tmp_path / f"{name}.png").read_bytes() for name in ("one", "two", "three"))
    assert one == two != three


def test_photos_of_a_batch_share_the_grain_unless_asked(run: Callable, tmp_path: Path) -> None:
    for name, level in (("a", 120), ("b", 121)):
        write_picture(Picture(np.full((60, 80, 3), level, np.uint8)), tmp_path / f"{name}.png")
    look = ("--look", "gelatin-silver-1950s", "--set", "grain.amount=1")

    def likeness(*options: str) -> float:
        out = tmp_path / f"out{len(options)}"
        run("vintage", tmp_path / "a.png", tmp_path / "b.png", "-o", out, *look, *options)
        first, second = (read_picture(out / f"{n}.png").pixels[5:-5, 5:-5, 0] for n in "ab")
        return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])

    assert likeness() > 0.95
    # The same lens falls off over both, which makes them a little alike still.
    assert likeness("--vary-seed") < 0.5


def test_a_bad_photo_does_not_stop_the_others(run: Callable, color: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    ended = run("vintage", broken, color, "-o", tmp_path / "out", "--look", "platinum")
    assert ended.code == 1
    assert "1 of 2 photos done." in ended.err
    assert str(broken) in ended.err
    assert (tmp_path / "out" / "color.png").exists()


def test_a_look_file_serves_as_a_look(run: Callable, color: Path, tmp_path: Path) -> None:
    listed = run("vintage", "--list-looks", "--look", "polaroid")
    assert listed.code == 0
    assert "border.bottom: 3.9  # the lower side's width" in listed.out
    file = tmp_path / "mine.yaml"
    file.write_text(listed.out)
    outputs = [tmp_path / "preset.png", tmp_path / "file.png"]
    for output, look in zip(outputs, ("polaroid", file), strict=True):
        assert run("vintage", color, "-o", output, "--look", look).code == 0
    preset, own = (read_picture(output).pixels for output in outputs)
    np.testing.assert_array_equal(preset, own)


def test_looks_are_listed_for_people_and_programs(run: Callable) -> None:
    text = run("vintage", "--list-looks")
    assert text.code == 0
    names = [line.split()[0] for line in text.out.splitlines()]
    document = json.loads(run("vintage", "--list-looks", "--json").out)
    assert [look["name"] for look in document["looks"]] == names
    assert {look["kind"] for look in document["looks"]} == {"process", "learned"}
    assert {"daguerreotype", "cyanotype", "autochrome", "kodachrome"} <= set(names)
    amount = next(entry for entry in document["parameters"] if entry["key"] == "grain.amount")
    assert amount["allowed"] == "a value from 0 to 1"
    one = json.loads(run("vintage", "--list-looks", "--look", "platinum", "--json").out)
    assert one["tone"]["dmax"] == 1.4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--look", "kodachrme"), "kodachrme: is not the name of a look; did you mean kodachrome?"),
        ((), "--look: is missing; choose one of those that --list-looks lists, or give --like"),
        (("--look", "old-pront"), "did you mean old-print?"),
        (("--look", "polaroid", "--model", "x"), "--model: is for learned styles only"),
        (("--look", "polaroid", "--threads", "2"), "--threads: is for learned styles only"),
        (("--look", "polaroid", "--backend", "openvino"), "--backend: is for learned styles"),
        (("--look", "none.yaml"), "none.yaml: cannot be read"),
        (("--look", "polaroid", "--strength", "1.5"), "strength: is 1.5; give a value from 0 to 1"),
        (("--look", "polaroid", "--seed", "-1"), "seed: is -1"),
        (
            ("--look", "polaroid", "--set", "grain.sise=3"),
            "grain.sise: is not a parameter of a look; did you mean grain.size?",
        ),
        (
            ("--look", "polaroid", "--set", "tone.gamma=40"),
            "tone.gamma: is 40.0; give a value from 0.2 to 4",
        ),
        (("--look", "polaroid", "--set", "grain"), "grain: is not a setting"),
    ],
)
def test_wrong_options_are_errors_and_write_nothing(
    run: Callable, color: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    output = tmp_path / "out.png"
    ended = run("vintage", color, "-o", output, *arguments)
    assert ended.code == 2
    assert message in ended.err
    assert not output.exists()


def test_photos_and_output_are_asked_for(run: Callable, color: Path) -> None:
    assert "PHOTO: is missing" in run("vintage", "--look", "polaroid").err
    ended = run("vintage", color, "--look", "polaroid", "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["subject"] == "--output"


def test_inputs_and_existing_results_are_left_alone(run: Callable, tmp_path: Path) -> None:
    photo = write_photo(tmp_path / "photo.png")
    before = photo.read_bytes()
    assert run("vintage", photo, "-o", photo, "--look", "albumen", "--overwrite").code == 2
    assert photo.read_bytes() == before
    output = tmp_path / "out.png"
    output.write_bytes(b"precious")
    assert run("vintage", photo, "-o", output, "--look", "albumen").code == 2
    assert output.read_bytes() == b"precious"
