"""Every example runs as a user would run it and writes what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.tasks.hints import load_hints

EXAMPLES = Path(__file__).parents[1] / "examples"
# Further inputs that an example takes, the shape of its result for a gray photo of 40 x 60, and
# the fixture of the network that it is given, if any.
SCRIPTS = {
    "colorize_photo.py": ((), (40, 60, 3), "fake_model"),
    "compare_variants.py": ((), (120, 180, 3), "fake_model"),
    "guide_colors.py": (("reference.png",), (40, 60, 3), "fake_model"),
    "restyle_photo.py": (("reference.png", "texture.png"), (40, 180, 3), "fake_restyler"),
    "run_recipe.py": ((), (40, 60, 3), "fake_model"),
    "upscale_photo.py": ((), (80, 120, 1), "fake_upscaler"),
    "vintage.py": ((), (44, 64, 3), None),
    "vintage_like.py": (("reference.png", "texture.png"), (44, 64, 3), "fake_restyler"),
}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a gray photo, a red reference and a yellow texture."""
    ramp = np.tile(np.linspace(40, 220, 60), (40, 1)).astype(np.uint8)
    write_picture(Picture(ramp[..., None]), tmp_path / "photo.png")
    red = np.full((40, 40, 3), (190, 60, 50), np.uint8)
    write_picture(Picture(red), tmp_path / "reference.png")
    dots = np.random.default_rng(0).integers(0, 60, (40, 40, 3)) + np.array((170, 140, 20))
    write_picture(Picture(dots.astype(np.uint8)), tmp_path / "texture.png")
    return tmp_path


def test_every_example_is_run() -> None:
    assert {path.name for path in EXAMPLES.glob("*.py")} == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_writes_its_picture(
    name: str, pictures: Path, request: pytest.FixtureRequest
) -> None:
    further, shape, model = SCRIPTS[name]
    output = pictures / "out.png"
    inputs = [pictures / "photo.png", *(pictures / more for more in further)]
    networks = [request.getfixturevalue(model)] if model else []
    ended = subprocess.run(
        [sys.executable, EXAMPLES / name, *inputs, output, *networks],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith(f"{output}: ")
    pixels = read_picture(output).pixels
    assert pixels.shape == shape
    assert shape[2] == 1 or np.ptp(pixels.astype(int), axis=-1).max() > 10  # it has color


def test_the_example_hints_are_valid() -> None:
    assert len(load_hints(EXAMPLES / "hints.json")) == 2
