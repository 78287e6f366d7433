from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from heliochrome.archive.export.iiif.images import ServedImage
from heliochrome.archive.site.alignment import Placement, cropped_original, place
from sample_archive import gradient


def served(width: int, height: int) -> ServedImage:
    return ServedImage("name", width, height, (width, height), (width, height), (1,))


def cropped(**margins: int) -> dict[str, object]:
    whole = {"left": 0, "top": 0, "right": 0, "bottom": 0, **margins}
    return {"task": "recipe", "steps": [{"task": "crop-borders", "parameters": {"margins": whole}}]}


def test_an_enlarged_derivative_lies_on_the_whole_original() -> None:
    placement = place({"task": "upscale"}, served(800, 600), served(400, 300))
    assert placement == Placement(0, 0, 400, 300)
    assert placement.is_whole(served(400, 300))


def test_a_cropped_derivative_lies_where_it_was_cut_out() -> None:
    record = cropped(left=40, top=30, bottom=70)
    placement = place(record, served(720, 400), served(400, 300))
    assert placement == Placement(40, 30, 360, 200)
    assert placement.box(served(400, 300)) == (0.1, 0.075, 0.9)


@pytest.mark.parametrize("record", [{"task": "colorize"}, cropped(left=5), cropped(left=400)])
def test_a_derivative_of_other_proportions_has_no_place(record: dict[str, object]) -> None:
    assert place(record, served(300, 300), served(400, 300)) is None


def test_the_cut_original_is_the_part_that_the_derivative_shows(tmp_path: Path) -> None:
    pixels = gradient(200, 100)
    Image.fromarray(pixels).save(tmp_path / "scan.png")
    jpeg = cropped_original(tmp_path / "scan.png", Placement(50, 20, 100, 60))
    shown = np.asarray(Image.open(io.BytesIO(jpeg)))
    assert np.abs(shown.astype(int) - pixels[20:80, 50:150]).mean() < 2
