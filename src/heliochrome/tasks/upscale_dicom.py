"""Enlarge a gray DICOM image at its full depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome import __version__
from heliochrome.errors import PictureTooLargeError
from heliochrome.image.alpha import fill_transparent
from heliochrome.image.dicom import MAX_SIDE
from heliochrome.image.dicom.derive import Derivation
from heliochrome.image.picture import Picture
from heliochrome.image.rows import PictureRows, join_rows
from heliochrome.tasks.upscale import MOST_PIXELS, enlarge_rows
from heliochrome.tasks.upscaler_network import check_upscaler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.image.dicom.read import DicomImage
    from heliochrome.model.card import ModelCard
    from heliochrome.model.session import Network
    from heliochrome.tasks.options import UpscaleOptions

NOT_FOR_DIAGNOSIS = "not for diagnosis"


def enlarge_frames(
    image: DicomImage, network: Network, options: UpscaleOptions
) -> NDArray[np.integer[Any]]:
    """Enlarge the stored values of a DICOM image.

    The network is given floats that reach from 0 to 1 where the stored values reach from the lowest
    to the highest that occur in any frame. The window plays no part: it would clip what is outside.
    Neither do rescale slope and intercept, which are the same straight line for all, save that the
    network sees light what a viewer shows light. What comes out is rounded to stored values, and
    stays within those of the source. Pixel padding is left exactly where it is, enlarged by
    repetition; the image's border along it is enlarged as if the image went on.

    Returns:
        (F, H * scale, W * scale) of the source's type.

    Raises:
        CardError: the network is not an upscaler.
        OptionError: it has another scale or mode, or cannot remove noise.
        PictureTooLargeError: the result would have more than 65,535 pixels a side, or 10^9 in all.
        ModelError: the network failed.

    """
    check_upscaler(network.card, options)
    scale = network.card.scale
    _check_size(image, scale)
    result = image.frames.repeat(scale, axis=1).repeat(scale, axis=2)
    found = _range(image)
    if found is None or found[0] == found[1]:
        return result
    for frame, target in zip(image.frames, result, strict=True):
        outside = image.is_padding(frame)
        unit = _to_unit(frame, outside, found, inverted=image.shown_inverted)
        source = PictureRows(Picture(unit[..., None]))
        rows = join_rows(enlarge_rows(source, network, options), image.height * scale)
        values = _from_unit(rows.pixels[..., 0], found, inverted=image.shown_inverted)
        inside = ~outside.repeat(scale, axis=0).repeat(scale, axis=1)
        target[inside] = _beside_padding(values, image.padding)[inside]
    return result


def derivation(
    card: ModelCard, options: UpscaleOptions, source_sha256: str, bits: int
) -> Derivation:
    """Say in the words of a DICOM header how an image was enlarged.

    Args:
        card: of the network.
        options: as they were given.
        source_sha256: of the source's file.
        bits: of its samples.

    """
    facts = check_upscaler(card, options)
    detail = "invents detail" if facts.mode == "crisp" else "invents no detail"
    description = (
        f"Enlarged {card.scale} times by heliochrome {__version__} at {bits} bits with the neural "
        f"network {card.name} {card.version} (SHA-256 {card.sha256}), mode {facts.mode} ({detail}),"
        f" denoise {options.denoise:g}. Source file SHA-256 {source_sha256}. "
        f"{NOT_FOR_DIAGNOSIS.capitalize()}."
    )
    return Derivation(
        scale=card.scale,
        description=description,
        series=f"{facts.mode} x{card.scale}, {NOT_FOR_DIAGNOSIS}",
        software="heliochrome",
        version=__version__,
        key=f"heliochrome {__version__} {card.sha256} {options.denoise:g}",
    )


def _check_size(image: DicomImage, scale: int) -> None:
    height, width, count = image.height * scale, image.width * scale, len(image.frames)
    if max(height, width) > MAX_SIDE:
        raise PictureTooLargeError(
            "result",
            f"would have {width} x {height} pixels, more than the {MAX_SIDE} a side of DICOM",
            "export it as a .tif file and enlarge that",
        )
    if height * width * count > MOST_PIXELS:
        raise PictureTooLargeError(
            "result",
            f"would have {count} frames of {width} x {height} pixels",
            "choose a smaller scale, or cut it into files of fewer frames",
        )


def _range(image: DicomImage) -> tuple[int, int] | None:
    """Lowest and highest stored value in any frame, padding left out; None where all is padding."""
    lows, highs = [], []
    for frame in image.frames:
        values = frame if image.padding is None else frame[~image.is_padding(frame)]
        if values.size:
            lows.append(int(values.min()))
            highs.append(int(values.max()))
    return (min(lows), max(highs)) if lows else None


def _to_unit(
    frame: NDArray[Any], outside: NDArray[np.bool_], found: tuple[int, int], *, inverted: bool
) -> NDArray[np.float32]:
    low, high = found
    unit = (frame.astype(np.float32) - np.float32(low)) / np.float32(high - low)
    if inverted:
        unit = 1 - unit
    if outside.any():
        unit[outside] = 0
        unit = fill_transparent(unit[..., None], (~outside).astype(np.float32))[..., 0]
    return unit


def _from_unit(
    unit: NDArray[np.float32], found: tuple[int, int], *, inverted: bool
) -> NDArray[np.int32]:
    low, high = found
    upright = 1 - unit if inverted else unit
    steps = np.clip(upright, 0, 1) * np.float32(high - low)
    values: NDArray[np.int32] = np.rint(steps).astype(np.int32) + np.int32(low)
    return values


def _beside_padding(
    values: NDArray[np.int32], padding: tuple[int, int] | None
) -> NDArray[np.int32]:
    """Move values that would by chance read as padding to the next that does not."""
    if padding is None:
        return values
    first, last = padding
    # The highest value found is none of padding: behind the padding there is one, or no value here.
    return np.where((values >= first) & (values <= last), np.int32(last + 1), values)
