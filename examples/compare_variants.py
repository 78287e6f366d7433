"""Put the plausible colorings of a photo side by side, from dull to vivid.

python examples/compare_variants.py PHOTO OUT [MODEL]
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
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import DEFAULT_COLORIZER, ColorizeOptions


def main(photo: Path, output: Path, model: str = DEFAULT_COLORIZER) -> None:
    """Write a sheet with one row per vividness and one column per variant."""
    network = open_network(find_model(model))
    picture = read_picture(photo)
    rows = []
    for vividness in (0.6, 1.0, 1.6):
        options = ColorizeOptions(vividness=vividness, variants=3, seed=1)
        result = colorize(picture, network, options)
        rows.append(np.hstack([variant.pixels for variant in result.variants()]))
    sheet = replace(result.picture, pixels=np.vstack(rows), alpha=None)
    write_picture(sheet, output, original=photo, overwrite=True)
    print(f"{output}: 3 variants at each of 3 vividnesses")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
