"""Enlarge one photo from Python, with its provenance record, and say what the network added.

python examples/upscale_photo.py PHOTO OUT [MODEL]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from heliochrome.image.enlarge import enlarge_picture
from heliochrome.image.read import read_picture
from heliochrome.image.samples import to_unit
from heliochrome.image.write import write_picture
from heliochrome.model.session import open_network
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.upscale import upscale
from heliochrome.tasks.upscale_provenance import upscale_provenance
from heliochrome.tasks.upscaler_network import find_upscaler


def main(photo: Path, output: Path, model: str | None = None) -> None:
    """Enlarge a photo by the faithful network, or `model`, and compare with interpolation."""
    options = UpscaleOptions(model=model)
    network = open_network(find_upscaler(options))
    picture = read_picture(photo)
    result = upscale(picture, network, options)
    provenance = upscale_provenance(network.card, options, input_sha256=file_sha256(photo))
    write_picture(result.picture, output, original=photo, overwrite=True, provenance=provenance)
    plain = enlarge_picture(picture.pixels, result.scale)
    added = np.abs(to_unit(result.picture.pixels) - to_unit(plain)).mean()
    print(f"{output}: x{result.scale}, {result.mode}; {added:.2%} from plain interpolation")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
