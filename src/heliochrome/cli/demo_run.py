"""The demo: which photos it takes, how it colorizes them, and its contact sheet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.cli.files import make_folder
from heliochrome.errors import MissingExtraError
from heliochrome.image.chroma import apply_chroma
from heliochrome.image.lightness import lightness
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.model.session import open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.colorize import colorize
from heliochrome.tasks.options import ColorizeOptions
from heliochrome.tasks.provenance import colorize_provenance, file_sha256

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.model.session import Network

# Files that the scikit-image wheel itself holds: nothing is downloaded. `camera` is gray.
SAMPLES = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "rocket.jpg")
SHEET_ROW = 240  # height in pixels of a row of the contact sheet
GAP = 8


@dataclass(frozen=True, slots=True)
class DemoResult:
    """One colorized sample: where it is, and the seconds from reading to having written it."""

    source: Path
    path: Path
    seconds: float


@dataclass(frozen=True, slots=True)
class DemoReport:
    """All results of a demo, and its contact sheet."""

    results: tuple[DemoResult, ...]
    sheet: Path

    def as_json(self) -> dict[str, Any]:
        """Give the report as JSON values."""
        return {
            "results": [
                {"output": str(result.path), "seconds": round(result.seconds, 3)}
                for result in self.results
            ],
            "sheet": str(self.sheet),
        }


def run_demo(output: Path, model: str) -> DemoReport:
    """Colorize the samples into the folder `output`, with the network that `model` names.

    Raises:
        MissingExtraError: scikit-image is not installed.
        ModelError: the network cannot be opened.
        WriteError: a result cannot be written.

    """
    folder = _sample_folder()
    network = open_network(find_model(model))
    make_folder(output)
    results, rows = [], []
    for name in SAMPLES:
        result, row = _colorize_sample(folder / name, output, network)
        results.append(result)
        rows.append(row)
    sheet = output / "contact-sheet.png"
    write_picture(_picture(stack_rows(rows)), sheet, overwrite=True)
    return DemoReport(tuple(results), sheet)


def _sample_folder() -> Path:
    try:
        import skimage
    except ImportError as error:
        raise MissingExtraError("demo", "demo") from error
    return Path(skimage.__file__).parent / "data"


def _colorize_sample(
    source: Path, output: Path, network: Network
) -> tuple[DemoResult, NDArray[np.uint8]]:
    started = time.perf_counter()
    picture = read_picture(source)
    result = colorize(picture, network)
    path = output / f"{source.stem}-colorized.jpg"
    provenance = colorize_provenance(
        network.card,
        ColorizeOptions(),
        input_sha256=file_sha256(source),
        mean_confidence=result.mean_confidence,
    )
    write_picture(result.picture, path, original=source, overwrite=True, provenance=provenance)
    seconds = time.perf_counter() - started
    original = np.broadcast_to(picture.pixels, (*picture.pixels.shape[:2], 3))
    cells = [_cell(pixels) for pixels in (_gray(picture), result.picture.pixels, original)]
    return DemoResult(source, path, seconds), _join(cells, axis=1)


def stack_rows(rows: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Stack rows (H, W_i, 3) of different widths below each other on white."""
    width = max(row.shape[1] for row in rows)
    padded = [
        np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255)
        for row in rows
    ]
    return _join(padded, axis=0)


def _gray(picture: Picture) -> NDArray[np.uint8]:
    """Pixels (H, W, 3) of the photo as the network sees it: lightness alone."""
    gray = apply_chroma(lightness(picture), np.zeros((1, 1, 2), np.float32), bit_depth=8)
    return np.asarray(gray, np.uint8)


def _cell(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    from PIL import Image

    height, width = pixels.shape[:2]
    size = (round(width * SHEET_ROW / height), SHEET_ROW)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def _join(parts: list[NDArray[np.uint8]], axis: int) -> NDArray[np.uint8]:
    shape = list(parts[0].shape)
    shape[axis] = GAP
    gap = np.full(shape, 255, np.uint8)
    spaced = [part for pair in zip(parts, [gap] * len(parts), strict=True) for part in pair]
    return np.concatenate(spaced[:-1], axis=axis)


def _picture(pixels: NDArray[np.uint8]) -> Picture:
    return Picture(pixels, None, "PNG", None, Metadata(exif=None, xmp=None, dpi=None))
