from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_photos import write_photo, write_style
from skimage import data

from heliochrome.image.color import srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records, read_source_type
from heliochrome.tasks.code_file import load_style_code, save_style_code

SEPIA = (150, 120, 80)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def color(tmp_path: Path) -> Path:
    path = tmp_path / "color.png"
    write_picture(Picture(np.ascontiguousarray(data.astronaut()[60:124, 150:230])), path)
    return path


@pytest.fixture
def prints(tmp_path: Path) -> Path:
    for index in range(2):
        color = tuple(level + 6 * index for level in SEPIA)
        write_style(tmp_path / "prints" / f"{index}.png", color)
    return tmp_path / "prints"


@pytest.fixture
def old_print(run: Callable, models: Path, prints: Path) -> Path:
    """The code of the learned look, installed beside the fake network."""
    code = models / "old-print.code.json"
    ended = run("models", "code", prints, "-o", code, "--data-note", "two made prints", "-q")
    assert ended.code == 0
    return code


def _aged(run: Callable, photo: Path, *options: str | Path) -> np.ndarray:
    output = photo.with_name("aged.png")
    ended = run("vintage", photo, "-o", output, "--overwrite", "-q", *options)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    return read_picture(output).pixels.astype(int)


def test_a_photo_takes_the_look_of_a_folder(
    run: Callable, models: Path, color: Path, prints: Path
) -> None:
    output = color.with_name("out.png")
    ended = run("vintage", color, "--like", prints, "-o", output)
    assert (ended.code, ended.out) == (0, "")
    assert f"{color} -> {output}, learned style (" in ended.err
    pixels = read_picture(output).pixels
    assert pixels.shape == (64, 80, 3)
    # The fake network shows L*, a* and b* as red, green and blue.
    lab = np.clip(srgb_to_lab(np.array(SEPIA) / 255) * 2.55, 0, 255)
    assert np.abs(pixels.mean((0, 1)) - lab).max() < 20
    restyled = color.with_name("restyled.png")
    assert run("restyle", color, "-s", prints, "-o", restyled, "--keep-texture").code == 0
    np.testing.assert_array_equal(pixels, read_picture(restyled).pixels)


def test_a_gray_photo_takes_the_tone_of_the_prints(
    run: Callable, models: Path, photo: Path, prints: Path
) -> None:
    pixels = _aged(run, photo, "--like", prints)
    assert pixels[..., 0].mean() > pixels[..., 2].mean() + 20


def test_strength_leads_from_the_photo_to_the_style(
    run: Callable, models: Path, color: Path
) -> None:
    dark = write_style(color.with_name("dark.png"), (60, 30, 20))
    photo = read_picture(color).pixels.astype(int)
    np.testing.assert_array_equal(_aged(run, color, "--like", dark, "--strength", "0"), photo)
    quarter, half, whole = (
        _aged(run, color, "--like", dark, "--strength", strength)[..., 0].mean()
        for strength in (".25", ".5", "1")
    )
    assert abs(whole - quarter) > 15
    assert half == pytest.approx(quarter + (whole - quarter) / 3, abs=2)


def test_the_learned_look_is_its_code(
    run: Callable, color: Path, prints: Path, old_print: Path
) -> None:
    expected = _aged(run, color, "--like", prints)
    for options in (("--look", "old-print"), ("--like", old_print)):
        np.testing.assert_array_equal(_aged(run, color, *options), expected)


def test_the_process_comes_after_the_style(
    run: Callable, models: Path, color: Path, prints: Path
) -> None:
    """The border has the process's own color, whatever the style is."""
    both = _aged(run, color, "--like", prints, "--look", "polaroid")
    physical = _aged(run, color, "--look", "polaroid")
    assert both.shape == physical.shape != (64, 80, 3)
    np.testing.assert_array_equal(both[-3:], physical[-3:])
    middle = np.s_[10:50, 10:60]
    assert np.abs(both[middle] - physical[middle]).mean() > 10
    learned = color.with_name("learned.png")
    write_picture(Picture(_aged(run, color, "--like", prints).astype(np.uint8)), learned)
    np.testing.assert_array_equal(_aged(run, learned, "--look", "polaroid"), both)


def test_settings_alone_follow_a_learned_look(run: Callable, color: Path, old_print: Path) -> None:
    plain = _aged(run, color, "--look", "old-print")
    framed = _aged(run, color, "--look", "old-print", "--set", "border.width=0.125")
    assert framed.shape == (64 + 16, 80 + 16, 3)
    assert np.abs(framed[8:-8, 8:-8] - plain).mean() < 2
    grained = _aged(
        run, color, "--look", "old-print", "--set", "grain.amount=1", "--set", "grain.size=300"
    )
    assert np.abs(grained - plain).std() > 5
    other = ("--look", "old-print", "--set", "grain.amount=1", "--set", "grain.size=300")
    assert (_aged(run, color, *other, "--seed", "5") != grained).any()


def test_the_record_names_network_code_and_strength(
    run: Callable, color: Path, models: Path, old_print: Path
) -> None:
    output = color.with_name("out.jpg")
    ended = run(
        *("vintage", color, "-o", output, "--look", "old-print", "--strength", "0.6"),
        *("--set", "grain.amount=0.3", "--seed", "7", "--sidecar", "--json", "--threads", "1"),
    )
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert (done["learned"], done["look"], done["seed"]) == ("old-print", "plain", 7)
    assert done["from_gray"] is False
    record = json.loads(Path(f"{output}.json").read_text())
    assert record["task"] == "vintage"
    assert record["input_sha256"] == _sha256(color)
    assert record["model"] == {
        "name": "restyler",
        "version": "0.0.1",
        "sha256": _sha256(models / "restyler.onnx"),
    }
    parameters = record["parameters"]
    assert parameters["learned"] == {
        "look": "old-print",
        "strength": 0.6,
        "scale": 1,
        "keep_color": False,
        "keep_texture": True,
        "keep_flat": False,
        "corrections": 0,
        "from_gray": False,
        "styles": [{"sha256": _sha256(old_print), "share": 1.0}],
    }
    assert (parameters["look"], parameters["strength"], parameters["seed"]) == ("plain", 0.6, 7)
    assert parameters["grain"]["amount"] == 0.3
    xmp = read_picture(output).metadata.xmp
    assert read_records(xmp) == [record]
    assert str(read_source_type(xmp)).endswith("/compositeWithTrainedAlgorithmicMedia")


def test_without_a_process_the_record_has_none(
    run: Callable, models: Path, color: Path, prints: Path
) -> None:
    output = color.with_name("out.png")
    run("vintage", color, "-o", output, "--like", prints, "--strength", "0", "--sidecar")
    parameters = json.loads(Path(f"{output}.json").read_text())["parameters"]
    assert parameters.keys() == {"learned"}
    assert parameters["learned"]["look"] is None
    hashes = [_sha256(path) for path in sorted(prints.iterdir())]
    assert [style["sha256"] for style in parameters["learned"]["styles"]] == hashes
    # Nothing of the network is in the picture.
    source_type = read_source_type(read_picture(output).metadata.xmp)
    assert str(source_type).endswith("/algorithmicallyEnhanced")


def test_every_photo_of_a_batch_is_done(
    run: Callable, models: Path, tmp_path: Path, prints: Path
) -> None:
    write_photo(tmp_path / "in" / "a.png")
    write_photo(tmp_path / "in" / "sub" / "b.png")
    (tmp_path / "in" / "bad.png").write_bytes(b"nothing")
    out = tmp_path / "out"
    ended = run("vintage", tmp_path / "in", "-r", "-o", out, "--like", prints)
    assert ended.code == 1
    assert "2 of 3 photos done." in ended.err
    assert sorted(path.name for path in out.rglob("*.png")) == ["a.png", "b.png"]


def _listed(run: Callable) -> dict:
    looks = json.loads(run("vintage", "--list-looks", "--json").out)["looks"]
    (learned,) = (look for look in looks if look["kind"] == "learned")
    assert learned["name"] == "old-print"
    return learned


def test_an_installed_look_is_listed_with_what_it_was_made_of(
    run: Callable, models: Path, old_print: Path
) -> None:
    listed = _listed(run)
    assert listed["available"] is True
    assert (listed["pictures"], listed["data"]) == (2, "two made prints")
    line = run("vintage", "--list-looks").out.splitlines()[-1]
    assert line.startswith("old-print")
    assert line.endswith("(learned)")
    assert "data: two made prints" in run("vintage", "--list-looks", "--look", "old-print").out


def test_a_look_that_is_not_installed_says_so(run: Callable, models: Path, color: Path) -> None:
    assert _listed(run)["available"] is False
    assert run("vintage", "--list-looks").out.splitlines()[-1].endswith("(learned; unavailable)")
    described = run("vintage", "--list-looks", "--look", "old-print").out
    assert "no old-print.code.json in" in described
    output = color.with_name("out.png")
    ended = run("vintage", color, "-o", output, "--look", "old-print")
    assert ended.code == 2
    assert "old-print: its style code is not installed" in ended.err
    assert "heliochrome models code" in ended.err
    assert not output.exists()


def test_a_look_of_another_network_is_refused(
    run: Callable, models: Path, color: Path, old_print: Path
) -> None:
    code = load_style_code(old_print)
    save_style_code(replace(code, model_sha256="f" * 64), old_print)
    assert _listed(run)["available"] is False
    output = color.with_name("out.png")
    ended = run("vintage", color, "-o", output, "--look", "old-print")
    assert ended.code == 2
    assert f"{old_print}: was measured with another network (ffffffffffff…)" in ended.err
    assert not output.exists()


def test_a_learned_look_has_no_parameters_to_build_on(
    run: Callable, models: Path, color: Path, tmp_path: Path
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("base: old-print\n")
    ended = run("vintage", color, "-o", tmp_path / "out.png", "--look", file)
    assert ended.code == 2
    assert f"{file}: old-print is a learned look, not a process" in ended.err


def test_bad_references_are_refused_and_nothing_is_written(
    run: Callable, models: Path, color: Path, prints: Path, old_print: Path
) -> None:
    folder = color.parent
    (folder / "empty").mkdir()
    (folder / "bad").mkdir()
    (folder / "bad" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    small = write_style(folder / "small.png", size=(31, 400))
    output = folder / "out.png"
    for options, named in (
        (("--like", folder / "empty"), "holds no pictures to take a style from"),
        (("--like", folder / "bad"), f"{folder / 'bad' / 'broken.png'}: "),
        (("--like", small), f"{small}: has only 400 x 31 pixels"),
        (("--like", folder / "none"), f"{folder / 'none'}: "),
        (("--like", prints, "--strength", "2"), "strength: is 2.0; give a value from 0 to 1"),
        (("--like", prints, "--look", "old-print"), "--like: names a learned style, and so does"),
        (("--like", prints, "--set", "grain"), "grain: is not a setting"),
        (("--like", prints, "--model", "nobody"), "no network of this name"),
    ):
        ended = run("vintage", color, "-o", output, *options)
        assert (ended.code, ended.out) == (2, "")
        assert named in ended.err
        assert not output.exists()


def test_references_are_not_overwritten(
    run: Callable, models: Path, color: Path, prints: Path
) -> None:
    reference = prints / "0.png"
    content = reference.read_bytes()
    ended = run("vintage", color, "-o", reference, "--like", prints, "--overwrite")
    assert ended.code == 2
    assert "is one of the inputs" in ended.err
    assert reference.read_bytes() == content
