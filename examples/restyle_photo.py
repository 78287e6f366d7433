"""Restyle one photo after two pictures at several strengths, the style measured only once.

python examples/restyle_photo.py PHOTO STYLE STYLE OUT [MODEL]
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import DEFAULT_RESTYLER, RestyleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.style_code import style_code

STRENGTHS = (0.3, 0.6, 1.0)


def main(photo: Path, first: Path, second: Path, out: Path, model: str = DEFAULT_RESTYLER) -> None:
    """Write a row of the photo at rising strength, two thirds after the first style."""
    network = open_network(find_model(model))
    style = style_code((read_picture(path) for path in (first, second)), network, weights=[2, 1])
    picture = read_picture(photo)
    results = [
        restyle(picture, style, network, RestyleOptions(strength=strength)).picture
        for strength in STRENGTHS
    ]
    row = np.hstack([result.pixels for result in results])
    write_picture(replace(results[0], pixels=row, alpha=None), out, overwrite=True)
    print(f"{out}: {len(STRENGTHS)} strengths of one style")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]), *sys.argv[5:6])
