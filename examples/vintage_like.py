"""Make a photo look like old prints, and frame it: first the style, then grain and a border.

python examples/vintage_like.py PHOTO PRINT PRINT OUT [MODEL]
"""

from __future__ import annotations

import sys
from pathlib import Path

from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import DEFAULT_RESTYLER, RestyleOptions
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.style_code import style_code
from heliochrome.tasks.vintage.learned import vintage_like
from heliochrome.tasks.vintage.looks import PLAIN
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change
from heliochrome.tasks.vintage.provenance import learned_provenance


def main(photo: Path, first: Path, second: Path, out: Path, model: str = DEFAULT_RESTYLER) -> None:
    """Age a photo after two prints, with the record of how it was done."""
    network = open_network(find_model(model))
    style = style_code((read_picture(path) for path in (first, second)), network)
    options = RestyleOptions(strength=0.8)
    frame = change(PLAIN, {"grain.amount": 0.1, "border.width": 0.05, "border.rough": 0.002})
    process = VintageOptions(frame, seed=1890)
    result = vintage_like(read_picture(photo), style, network, options, process)
    provenance = learned_provenance(
        network.card,
        options,
        input_sha256=file_sha256(photo),
        from_gray=result.from_gray,
        styles=[(file_sha256(path), 0.5) for path in (first, second)],
        process=process,
    )
    write_picture(result.picture, out, original=photo, overwrite=True, provenance=provenance)
    print(f"{out}: like two prints, {result.picture.width} x {result.picture.height} pixels")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:5]), *sys.argv[5:6])
