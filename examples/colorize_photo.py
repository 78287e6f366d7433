"""Colorize one photo from Python, with its provenance record.

python examples/colorize_photo.py PHOTO OUT [MODEL]
"""

from __future__ import annotations

import sys
from pathlib import Path

from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import DEFAULT_COLORIZER, ColorizeOptions
from heliochrome.tasks.provenance import colorize_provenance, file_sha256


def main(photo: Path, output: Path, model: str = DEFAULT_COLORIZER) -> None:
    """Read, colorize and write a photo; print how sure the network is of its colors."""
    network = open_network(find_model(model))
    options = ColorizeOptions(vividness=1.2)
    result = colorize(read_picture(photo), network, options)
    provenance = colorize_provenance(
        network.card,
        options,
        input_sha256=file_sha256(photo),
        mean_confidence=result.mean_confidence,
    )
    write_picture(result.picture, output, original=photo, overwrite=True, provenance=provenance)
    print(f"{output}: the color is right with probability {result.mean_confidence:.0%}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
