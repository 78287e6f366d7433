"""What enlarges in the upscale protocol: interpolation, our networks, and other people's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from heliochrome.errors import MissingExtraError, ModelError, ModelNotFoundError
from heliochrome.evaluation.upscale_report import BICUBIC
from heliochrome.image.picture import Picture
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscale import upscale

if TYPE_CHECKING:
    from heliochrome.model.session import Network

Pixels = NDArray[np.uint8]

# OpenCV's names for the networks it reads; the file says which of them it is, and of what scale.
_PEER_FILE = re.compile(r"(edsr|espcn|fsrcnn|lapsrn)_x(\d)\.pb", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class System:
    """Something that enlarges (h, w, 3) uint8 sRGB, by a name for reports."""

    name: str
    enlarge: Callable[[Pixels], Pixels]


@dataclass(frozen=True, slots=True)
class Result:
    """An enlarged picture (H, W, 3) uint8 sRGB, and the time that it took.

    seconds: by the clock; cpu_seconds: of all cores together.
    """

    pixels: Pixels
    seconds: float
    cpu_seconds: float


def resized(pixels: Pixels, width: int, height: int) -> Pixels:
    """Resample by Pillow's bicubic, which averages over all it drops where it reduces."""
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC))


def bicubic(scale: int) -> System:
    """Interpolate: what enlarging is worth without a network."""

    def enlarge(pixels: Pixels) -> Pixels:
        return resized(pixels, pixels.shape[1] * scale, pixels.shape[0] * scale)

    return System(BICUBIC, enlarge)


def upscaling(network: Network) -> System:
    """Enlarge with one of our networks, as `heliochrome upscale` does."""
    options = UpscaleOptions(scale=network.card.scale)

    def enlarge(pixels: Pixels) -> Pixels:
        enlarged: Pixels = upscale(Picture(pixels), network, options).picture.pixels
        return enlarged

    return System(network.card.name, enlarge)


def peer_files(folder: Path, scale: int) -> list[Path]:
    """Find networks for OpenCV's `dnn_superres` of this scale, by name: FSRCNN_x4.pb, ...

    Raises:
        ModelNotFoundError: there are none.

    """
    found = []
    for path in sorted(folder.glob("*.pb")):
        match = _PEER_FILE.fullmatch(path.name)
        if match is not None and int(match[2]) == scale:
            found.append(path)
    if not found:
        raise ModelNotFoundError(
            folder, f"holds no network for x{scale}", "name files as LapSRN_x4.pb"
        )
    return found


def open_peer(path: Path) -> System:
    """Load a network through OpenCV's `dnn_superres`, which enlarges luma by it.

    Raises:
        MissingExtraError: OpenCV, with its contributed modules, is not installed.
        ModelError: OpenCV cannot read the file.

    """
    superres = _superres()
    match = _PEER_FILE.fullmatch(path.name)
    assert match is not None
    network = superres.DnnSuperResImpl_create()
    try:
        network.readModel(str(path))
        network.setModel(match[1].lower(), int(match[2]))
    except Exception as error:  # OpenCV's own, which is not known without OpenCV
        reason = str(error).splitlines()[0]
        raise ModelError(path, f"cannot be loaded ({reason})", "check the file") from error

    def enlarge(pixels: Pixels) -> Pixels:
        # OpenCV has blue first.
        result = network.upsample(np.ascontiguousarray(pixels[..., ::-1]))
        return np.ascontiguousarray(result[..., ::-1])

    return System(path.stem.partition("_")[0], enlarge)


def _superres() -> Any:
    try:
        from cv2 import dnn_superres
    except ImportError as error:
        raise MissingExtraError("comparing with OpenCV's networks", "peers") from error
    return dnn_superres


def timed(system: System, pixels: Pixels) -> Result:
    """Enlarge, and take the time."""
    started, cpu_started = time.perf_counter(), time.process_time()
    enlarged = system.enlarge(pixels)
    cpu_seconds = time.process_time() - cpu_started
    return Result(enlarged, time.perf_counter() - started, cpu_seconds)
