from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from cli_photos import write_style

from heliochrome.cli import style_codes
from heliochrome.image.read import read_picture
from heliochrome.model.session import Network
from heliochrome.tasks.code_file import load_style_code
from heliochrome.tasks.style_code import CodeNotes, style_code

COLORS = ((190, 120, 50), (40, 60, 190), (90, 90, 90))


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    for index, color in enumerate(COLORS):
        write_style(tmp_path / "prints" / "deep" / f"{index}.png", color, (48 + 8 * index, 40))
    return tmp_path / "prints"


def test_the_code_of_a_folder_is_the_mean_of_its_pictures(
    run: Callable, models: Path, pictures: Path, fake_restyling_network: Network
) -> None:
    output = models / "mine.code.json"
    note = "three squares, no rights reserved"
    ended = run("models", "code", pictures, "-o", output, "--data-note", note)
    assert (ended.code, ended.out) == (0, "")
    assert f"{output}: 'mine', the mean of 3 pictures" in ended.err
    code = load_style_code(output)
    assert code.notes == CodeNotes("mine", note, 3)
    assert code.model_sha256 == hashlib.sha256((models / "restyler.onnx").read_bytes()).hexdigest()
    paths = sorted(pictures.rglob("*.png"))
    whole = style_code(map(read_picture, paths), fake_restyling_network)
    for factor, values in whole.reduced.items():
        np.testing.assert_allclose(code.reduced[factor], values, rtol=1e-12)


def test_broken_pictures_are_reported_and_left_out(
    run: Callable, models: Path, pictures: Path, tmp_path: Path
) -> None:
    (pictures / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    write_style(pictures / "small.png", size=(20, 40))
    output = tmp_path / "new" / "mine.code.json"
    ended = run("models", "code", pictures, tmp_path / "none.png", "-o", output, "--name", "x")
    assert ended.code == 1
    assert "3 of 6 photos done." in ended.err
    assert f"{pictures / 'broken.png'}: " in ended.err
    assert f"{pictures / 'small.png'}: has only 40 x 20 pixels" in ended.err
    assert f"{tmp_path / 'none.png'}: does not exist" in ended.err
    assert load_style_code(output).notes == CodeNotes("x", "not stated", 3)
    ended = run("models", "code", pictures, "-o", output, "--overwrite", "--json")
    document = json.loads(ended.out)
    assert document["output"] == str(output)
    assert (ended.err, len(document["done"]), len(document["failed"])) == ("", 3, 2)


def test_without_pictures_nothing_is_written(
    run: Callable, models: Path, pictures: Path, tmp_path: Path
) -> None:
    (tmp_path / "bad.png").write_bytes(b"none")
    (tmp_path / "empty").mkdir()
    (tmp_path / "old.code.json").write_text("precious")
    output = tmp_path / "mine.code.json"
    for arguments, named in (
        ((tmp_path / "bad.png", "-o", output), f"{tmp_path / 'bad.png'}: "),
        ((tmp_path / "empty", "-o", output), "holds no pictures to take a style from"),
        ((pictures, "-o", tmp_path / "mine.json"), "is no name of a style code; name a file that"),
        ((pictures, "-o", tmp_path / ".code.json"), "is no name of a style code"),
        ((pictures, "-o", tmp_path / "old.code.json"), "already exists; add --overwrite"),
        ((pictures, "-o", output, "--model", "nobody"), "no network of this name"),
    ):
        ended = run("models", "code", *arguments)
        assert ended.code == 2
        assert named in ended.err
        assert ended.out == ""
    assert not output.exists()
    assert (tmp_path / "old.code.json").read_text() == "precious"


def test_only_a_restyler_measures_codes(
    run: Callable, fake_model: Path, pictures: Path, tmp_path: Path
) -> None:
    output = tmp_path / "mine.code.json"
    ended = run("models", "code", pictures, "-o", output, "--model", fake_model)
    assert ended.code == 2
    assert "is a network for 'colorize'; choose a restyler" in ended.err
    assert not output.exists()


def test_what_was_interrupted_is_not_kept(
    run: Callable,
    models: Path,
    pictures: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = style_codes.read_picture

    def stop_at_second(path: Path) -> object:
        if path.name == "1.png":
            raise KeyboardInterrupt
        return read(path)

    monkeypatch.setattr(style_codes, "read_picture", stop_at_second)
    ended = run("models", "code", pictures, "-o", tmp_path / "mine.code.json")
    assert ended.code == 130
    assert not (tmp_path / "mine.code.json").exists()
