from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from heliochrome.evaluation.color_metrics import mean_delta_e_2000
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records, read_source_type
from heliochrome.training.fading import fade


@pytest.fixture
def print_scan(tmp_path: Path) -> Path:
    path = tmp_path / "print.png"
    write_picture(Picture(fade(data.coffee()[::2, ::2], np.random.default_rng(4))), path)
    return path


def test_a_faded_print_is_restored(run: Callable, print_scan: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.png"
    ended = run("restore-color", print_scan, "-o", output, "--look", "unfade", "--json")
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert max(done["gains"]) > 1.2
    assert done["probability"] > 0.75
    truth = data.coffee()[::2, ::2]
    before, after = (
        mean_delta_e_2000(truth, read_picture(path).pixels) for path in (print_scan, output)
    )
    assert after < 0.7 * before
    xmp = read_picture(output).metadata.xmp
    assert str(read_source_type(xmp)).endswith("/algorithmicallyEnhanced")
    (record,) = read_records(xmp)
    assert record["task"] == "restore-color"
    assert record["parameters"]["look"] == "unfade"
    assert record["parameters"]["gains"] == done["gains"]


def test_what_was_found_is_said(run: Callable, print_scan: Path, tmp_path: Path) -> None:
    good = tmp_path / "good.png"
    write_picture(Picture(data.chelsea()[::2, ::2]), good)
    ended = run("restore-color", print_scan, good, "-o", tmp_path / "out")
    assert ended.code == 0
    assert "print.png, density x " in ended.err
    assert "good.png, not faded" in ended.err


def test_strength_0_changes_no_pixel(run: Callable, print_scan: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.png"
    assert run("restore-color", print_scan, "-o", output, "--strength", "0").code == 0
    np.testing.assert_array_equal(read_picture(output).pixels, read_picture(print_scan).pixels)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--strength", "2"), "--strength: is 2.0; give a value from 0 to 1.5"),
        (("--most-clipping", "1"), "--most-clipping: is 1.0"),
        (("--look", "sepia"), "--look"),
    ],
)
def test_wrong_options_are_named(
    run: Callable, print_scan: Path, tmp_path: Path, options: tuple[str, ...], named: str
) -> None:
    ended = run("restore-color", print_scan, "-o", tmp_path / "out.png", *options)
    assert ended.code == 2
    assert named in ended.err
    assert not (tmp_path / "out.png").exists()
