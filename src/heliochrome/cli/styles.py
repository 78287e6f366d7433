"""The style pictures that a command is given: files, or folders of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from heliochrome.cli.outputs import walk_photos
from heliochrome.errors import OptionError, ReadError
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.style_code import check_style, style_shares


@dataclass(frozen=True, slots=True)
class StyleFile:
    """A style picture: its file, the file's SHA-256, and its share of the style."""

    path: Path
    sha256: str
    share: float

    def read(self) -> Picture:
        """Read the picture.

        Raises:
            ReadError: it is not a picture.
            UnsupportedPictureError: it is too small to be a style.

        """
        picture = read_picture(self.path)
        check_style(picture, self.path)
        return picture


def find_styles(
    given: Sequence[Path], weights: Sequence[float] | None, output: Path
) -> tuple[StyleFile, ...]:
    """Find the style pictures among files and folders; each of those given has its weight.

    The pictures of a folder share its weight. Results in `output` are no styles.

    Raises:
        OptionError: the weights do not fit.
        ReadError: a file is missing, or a folder holds no pictures.

    """
    shares = style_shares(len(given), weights)
    return tuple(
        StyleFile(path, file_sha256(path), share / len(paths))
        for place, share in zip(given, shares, strict=True)
        for paths in [_pictures(place, output)]
        for path in paths
    )


def parse_weights(text: str | None) -> tuple[float, ...] | None:
    """Read weights such as "2,1".

    Raises:
        OptionError: they are not numbers separated by commas.

    """
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise OptionError(
            "weights", f"are '{text}'", "give numbers separated by commas, as 2,1"
        ) from error


def read_styles(files: Iterable[StyleFile]) -> Iterator[Picture]:
    """Read style pictures one at a time."""
    return (file.read() for file in files)


def _pictures(place: Path, output: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    found = list(walk_photos(place, output))
    if not found:
        raise ReadError(
            place,
            "holds no pictures to take a style from",
            "name a picture, or a folder with JPEG, PNG, TIFF, WebP, AVIF or JPEG 2000 files",
        )
    return found
