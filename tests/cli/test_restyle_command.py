from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cli_photos import write_photo, write_style

from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records, read_source_type
from heliochrome.model.session import Network
from heliochrome.tasks.code_file import save_style_code
from heliochrome.tasks.style_code import style_code


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_gray_photo_comes_out_colored_and_enlarged(
    restyle: Callable, photo: Path, style: Path
) -> None:
    output = photo.with_name("out.jpg")
    ended = restyle(photo, "--style", style, "-o", output, "--scale", "2")
    assert (ended.code, ended.out) == (0, "")
    assert f"{photo} -> {output} (" in ended.err
    result = read_picture(output)
    assert result.pixels.shape == (96, 128, 3)
    assert np.ptp(result.pixels.astype(int), axis=-1).mean() > 20


def test_every_option_at_once(
    restyle: Callable, photo: Path, style: Path, fake_restyler: Path
) -> None:
    folder = photo.parent
    other = write_style(folder / "styles" / "blue.png", (40, 60, 190))
    ended = restyle(
        *(photo, "-o", folder / "new" / "out.png", "-s", style, "-s", other, "--weights", "3,1"),
        *("--strength", "0.7", "--keep-color", "--scale", "4", "--no-gray", "--sidecar"),
        *("--quality", "80", "--threads", "1", "--json"),
    )
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    output = folder / "new" / "out.png"
    assert done["outputs"] == [str(output)]
    assert done["sidecars"] == [f"{output}.json"]
    assert (done["width"], done["height"], done["from_gray"]) == (256, 192, False)
    record = json.loads(Path(f"{output}.json").read_text())
    assert record["task"] == "restyle"
    assert record["input_sha256"] == _sha256(photo)
    assert record["model"]["sha256"] == _sha256(fake_restyler)
    assert record["parameters"] == {
        "strength": 0.7,
        "scale": 4,
        "keep_color": True,
        "keep_texture": False,
        "keep_flat": False,
        "corrections": 0,
        "from_gray": False,
        "styles": [
            {"sha256": _sha256(style), "share": 0.75},
            {"sha256": _sha256(other), "share": 0.25},
        ],
    }
    xmp = read_picture(output).metadata.xmp
    assert read_records(xmp) == [record]
    assert str(read_source_type(xmp)).endswith("/compositeWithTrainedAlgorithmicMedia")


def test_strength_0_says_that_nothing_was_generated(
    restyle: Callable, photo: Path, style: Path
) -> None:
    output = photo.with_name("out.png")
    assert restyle(photo, "-s", style, "-o", output, "--strength", "0").code == 0
    result = read_picture(output)
    np.testing.assert_array_equal(result.pixels, read_picture(photo).pixels)
    assert str(read_source_type(result.metadata.xmp)).endswith("/algorithmicallyEnhanced")


def test_a_folder_of_styles_counts_as_one(restyle: Callable, photo: Path, style: Path) -> None:
    folder = photo.parent
    write_style(folder / "styles" / "deep" / "blue.png", (40, 60, 190))
    green = write_style(folder / "green.png", (40, 160, 60))
    output = folder / "out.png"
    ended = restyle(
        photo, "-s", style.parent, "-s", green, "--weights", "1,1", "-o", output, "--sidecar"
    )
    assert ended.code == 0
    record = json.loads(Path(f"{output}.json").read_text())
    assert [entry["share"] for entry in record["parameters"]["styles"]] == [0.25, 0.25, 0.5]


def test_weights_draw_the_result_toward_their_style(restyle: Callable, photo: Path) -> None:
    folder = photo.parent
    styles = [write_style(folder / "a.png", (190, 60, 50)), write_style(folder / "b.png")]
    outputs = {}
    for weights in ("1,0", "0,1", "1,1"):
        output = folder / f"out-{weights}.png"
        assert restyle(
            photo, "-s", styles[0], "-s", styles[1], "--weights", weights, "-o", output
        ).code in (0,)
        outputs[weights] = read_picture(output).pixels.mean((0, 1))
    middle = (outputs["1,0"] + outputs["0,1"]) / 2
    np.testing.assert_allclose(outputs["1,1"], middle, atol=2)
    assert np.abs(outputs["1,0"] - outputs["0,1"]).max() > 10


def test_a_folder_is_done_with_its_tree(restyle: Callable, tmp_path: Path, style: Path) -> None:
    for name in ("a.png", "sub/a.png"):
        write_photo(tmp_path / "in" / name)
    ended = restyle(tmp_path / "in", "-r", "-s", style, "-o", tmp_path / "out", "--format", "webp")
    assert ended.code == 0
    assert "2 of 2 photos done." in ended.err
    assert _files(tmp_path / "out") == ["a.webp", "sub", "sub/a.webp"]


def test_16_bits_stay_16_bits(restyle: Callable, tmp_path: Path, style: Path) -> None:
    ramp = np.linspace(10_000, 50_000, 64 * 48).reshape(48, 64, 1).astype(np.uint16)
    write_picture(Picture(ramp), tmp_path / "scan.tif")
    assert restyle(tmp_path / "scan.tif", "-s", style, "-o", tmp_path / "out").code == 0
    result = read_picture(tmp_path / "out" / "scan.tif")
    assert result.pixels.dtype == np.uint16
    assert len(np.unique(result.pixels[..., 0])) > 256


def test_the_same_command_gives_the_same_bytes(restyle: Callable, photo: Path, style: Path) -> None:
    one, two = (photo.with_name(name) for name in ("one.png", "two.png"))
    for output in (one, two):
        restyle(photo, "-s", style, "-o", output)
    assert one.read_bytes() == two.read_bytes()


def test_the_rest_of_a_batch_is_done(restyle: Callable, tmp_path: Path, style: Path) -> None:
    good = write_photo(tmp_path / "a.png")
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    ended = restyle(good, bad, "-s", style, "-o", tmp_path / "out")
    assert ended.code == 1
    assert f"{bad}: " in ended.err
    assert _files(tmp_path / "out") == ["a.png"]


def _refuse(restyle: Callable, folder: Path, *arguments: str | Path) -> str:
    """Run what must fail as a whole, leaving nothing behind; give the message."""
    before = _files(folder)
    ended = restyle(*arguments, "-o", folder / "new" / "out.png")
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert _files(folder) == before
    (line,) = ended.err.strip().splitlines()
    assert line.startswith("Error: ")
    assert "internal error" not in line
    return str(line)


def test_bad_styles_are_refused(restyle: Callable, photo: Path, style: Path) -> None:
    folder = photo.parent
    text = folder / "text.jpg"
    text.write_text("no picture")
    small = write_style(folder / "small.png", size=(31, 400))
    (folder / "empty").mkdir()
    (folder / "bad").mkdir()
    (folder / "bad" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    for given, named in (
        (text, f"{text}: "),
        (small, f"{small}: has only 400 x 31 pixels, too few for a style"),
        (folder / "none.png", f"{folder / 'none.png'}: "),
        (folder / "empty", f"{folder / 'empty'}: holds no pictures to take a style from"),
        (folder / "bad", f"{folder / 'bad' / 'broken.png'}: "),
    ):
        assert named in _refuse(restyle, folder, photo, "-s", style, "-s", given)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--strength", "1.5"), "strength: is 1.5; give a value from 0 to 1"),
        (("--strength", "nan"), "strength: is nan"),
        (("--scale", "3"), "scale: is 3; give 1, 2 or 4"),
        (("--corrections", "17"), "corrections: is 17; give a value from 0 to 16"),
        (("--corrections", "1"), "corrections: are not made by"),
        (("--weights", "1,2"), "weights: are 2 for 1 styles"),
        (("--weights", "-1"), "weights: are -1"),
        (("--weights", "one"), "weights: are 'one'; give numbers separated by commas"),
        (("--weights", "0"), "weights: are 0"),
        (("--threads", "0"), "threads: is 0"),
    ],
)
def test_wrong_options_are_named(
    restyle: Callable, photo: Path, style: Path, options: tuple[str, ...], named: str
) -> None:
    assert named in _refuse(restyle, photo.parent, photo, "-s", style, *options)


def test_networks_for_other_tasks_are_refused(
    run: Callable, restyle: Callable, photo: Path, style: Path, fake_model: Path
) -> None:
    message = _refuse(restyle, photo.parent, photo, "-s", style, "--model", fake_model)
    assert "colorizer: is a network for 'colorize'; choose a restyler" in message
    message = _refuse(restyle, photo.parent, photo, "-s", style, "--model", "nobody")
    assert "models list" in message


def test_no_input_is_overwritten(restyle: Callable, photo: Path, style: Path) -> None:
    for output in (photo, style):
        content = output.read_bytes()
        ended = restyle(photo, "-s", style, "-o", output, "--overwrite")
        assert ended.code == 2
        assert "choose another output" in ended.err
        assert output.read_bytes() == content
    target = photo.with_name("out.png")
    target.write_text("precious")
    ended = restyle(photo, "-s", style, "-o", target)
    assert (ended.code, target.read_text()) == (2, "precious")


def test_a_style_must_be_given(run: Callable, photo: Path) -> None:
    ended = run("restyle", photo, "-o", photo.with_name("out.png"))
    assert ended.code == 2
    assert "--style" in ended.err


def test_a_saved_code_serves_as_its_pictures(
    run: Callable, restyle: Callable, photo: Path, style: Path, fake_restyler: Path
) -> None:
    folder = photo.parent
    blue = write_style(folder / "styles" / "blue.png", (40, 60, 190))
    code = folder / "both.code.json"
    made = run("models", "code", style.parent, "-o", code, "--model", fake_restyler, "-q")
    assert (made.code, made.out, made.err) == (0, "", "")
    results = []
    for given in ((style.parent,), (code,), (style, code), (style, style, blue)):
        output = folder / f"out{len(results)}.png"
        weights = ("--weights", "1,2") if given == (style, code) else ()
        options = [part for path in given for part in ("-s", path)]
        assert restyle(photo, *options, *weights, "-o", output, "--sidecar").code == 0
        results.append(read_picture(output).pixels)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[2], results[3])
    assert np.abs(results[0].astype(int) - results[2]).max() > 5
    record = json.loads((folder / "out1.png.json").read_text())
    assert record["parameters"]["styles"] == [{"sha256": _sha256(code), "share": 1.0}]


def test_bad_codes_are_refused(
    restyle: Callable, photo: Path, style: Path, fake_restyling_network: Network
) -> None:
    folder = photo.parent
    (folder / "text.json").write_text("{}")
    code = style_code([read_picture(style)], fake_restyling_network)
    save_style_code(replace(code, model_sha256="f" * 64), folder / "foreign.code.json")
    short = {factor: part[:, :4] for factor, part in code.reduced.items()}
    save_style_code(replace(code, reduced=short), folder / "short.code.json")
    for name, named in (
        ("text.json", "is not a style code"),
        ("none.json", "cannot be read"),
        ("foreign.code.json", "was measured with another network (ffffffffffff…) than restyler"),
        ("short.code.json", "has not the form of restyler's codes"),
    ):
        message = _refuse(restyle, folder, photo, "-s", style, "-s", folder / name)
        assert f"{folder / name}: {named}" in message


def test_results_are_no_styles(restyle: Callable, photo: Path, style: Path) -> None:
    """A style folder that also receives the results is read without these."""
    output = style.parent / "out"
    for _ in range(2):
        arguments = (photo, "-s", style.parent, "-o", output, "--overwrite", "--sidecar")
        assert restyle(*arguments).code == 0
    record = json.loads((output / "photo.png.json").read_text())
    assert len(record["parameters"]["styles"]) == 1
