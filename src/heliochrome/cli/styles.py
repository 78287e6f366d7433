"""The styles that a command is given: pictures, folders of them, or saved codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from heliochrome.cli.outputs import walk_photos
from heliochrome.errors import OptionError, ReadError
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.model.session import Network
from heliochrome.tasks.code_file import load_style_code
from heliochrome.tasks.provenance import file_sha256
from heliochrome.tasks.style_code import (
    StyleCode,
    average_codes,
    check_code,
    check_style,
    style_code,
    style_shares,
)


@dataclass(frozen=True, slots=True)
class StyleFile:
    """A style picture or a saved code: its file, the file's SHA-256, and its share of the style."""

    path: Path
    sha256: str
    share: float

    def code(self, network: Network) -> StyleCode:
        """Measure the picture with `network`, or read the code, which must be of that network.

        Raises:
            CardError: the network is not a restyler.
            OptionError: the code is another network's.
            ReadError: it is neither a picture nor a code.
            UnsupportedPictureError: the picture is too small to be a style.

        """
        if not self._is_code:
            return style_code([self.read()], network)
        code = load_style_code(self.path)
        check_code(code, network.card, self.path)
        return code

    def read(self) -> Picture:
        """Read the picture.

        Raises:
            OptionError: it is a saved code.
            ReadError: it is not a picture.
            UnsupportedPictureError: it is too small to be a style.

        """
        if self._is_code:
            raise OptionError(
                self.path, "is a style code, which only its network understands", "give pictures"
            )
        picture = read_picture(self.path)
        check_style(picture, self.path)
        return picture

    @property
    def _is_code(self) -> bool:
        return self.path.suffix.lower() == ".json"


def find_styles(
    given: Sequence[Path], weights: Sequence[float] | None, output: Path
) -> tuple[StyleFile, ...]:
    """Find the styles among files and folders; each of those given has its weight.

    The pictures of a folder share its weight. Results in `output` are no styles.

    Raises:
        OptionError: the weights do not fit.
        ReadError: a file is missing, or a folder holds no pictures.

    """
    shares = style_shares(len(given), weights)
    return tuple(
        StyleFile(path, file_sha256(path), share / len(paths))
        for place, share in zip(given, shares, strict=True)
        for paths in [find_pictures(place, output)]
        for path in paths
    )


def find_pictures(place: Path, output: Path) -> list[Path]:
    """List the pictures of a folder, without results in `output`; a file stands for itself.

    Raises:
        ReadError: the folder holds no pictures.

    """
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


def measure_styles(files: Sequence[StyleFile], network: Network) -> StyleCode:
    """Average the codes of all styles, each by its share.

    Raises:
        CardError: the network is not a restyler.
        OptionError: a saved code is another network's.
        ReadError: a file is neither a picture nor a code, or is too small a picture.
        ModelError: the network failed.

    """
    return average_codes([file.code(network) for file in files], [file.share for file in files])


def read_styles(files: Iterable[StyleFile]) -> Iterator[Picture]:
    """Read style pictures one at a time."""
    return (file.read() for file in files)
