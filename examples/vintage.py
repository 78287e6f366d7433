"""Age a photo by a look of one's own: a cyanotype from a small camera, uneven and dusty.

python examples/vintage.py PHOTO OUT
"""

from __future__ import annotations

import sys
from pathlib import Path

from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import change, find_look
from heliochrome.tasks.vintage.provenance import vintage_provenance


def main(photo: Path, output: Path) -> None:
    """Read, age and write a photo, with the record of how it was done."""
    look = change(
        find_look("cyanotype"),
        {"frame.side": 90, "lens.field": 70, "paper.mottle": 0.1, "damage.dust": 80},
    )
    options = VintageOptions(look, strength=0.9, seed=1842)
    aged = vintage(read_picture(photo), options)
    provenance = vintage_provenance(options, input_sha256=file_sha256(photo))
    write_picture(aged, output, original=photo, overwrite=True, provenance=provenance)
    print(f"{output}: a {look.name} of {aged.width} x {aged.height} pixels, its border included")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
