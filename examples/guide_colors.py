"""Guide the colors of a photo: a known color at one point, and the palette of another picture.

python examples/guide_colors.py PHOTO REFERENCE OUT [MODEL]
"""

from __future__ import annotations

import sys
from pathlib import Path

from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import DEFAULT_COLORIZER, ColorizeOptions, Hint


def main(photo: Path, reference: Path, output: Path, model: str = DEFAULT_COLORIZER) -> None:
    """Colorize with a sky-blue hint near the upper border and the reference's palette."""
    options = ColorizeOptions(
        hints=(Hint(x=0.5, y=0.05, color="#7fa6d6", radius=0.03),),
        reference=read_picture(reference),
    )
    result = colorize(read_picture(photo), open_network(find_model(model)), options)
    write_picture(result.picture, output, original=photo, overwrite=True)
    sure = (result.confidence > 0.9).mean()
    print(f"{output}: the color of {sure:.0%} of the photo is nearly certain")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:5])
