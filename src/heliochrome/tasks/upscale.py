"""Enlarge a picture with a trained network: as a whole, or row by row in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from heliochrome.errors import PictureTooLargeError
from heliochrome.image.alpha import FILL_REACH, clamp_to_neighbors, fill_transparent
from heliochrome.image.enlarged_metadata import enlarge_metadata
from heliochrome.image.formats.tiff import Page
from heliochrome.image.picture import Picture
from heliochrome.image.rows import PictureRows, Rows, RowSource, join_rows
from heliochrome.image.samples import from_unit, to_unit
from heliochrome.model.session import BUCKET
from heliochrome.model.tiling import TilePlan, plan_tiles
from heliochrome.tasks.options import UpscaleMode, UpscaleOptions
from heliochrome.tasks.upscaler_network import Upscaler, check_upscaler

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from heliochrome.model.session import Network

MOST_PIXELS = 1_000_000_000  # of a result in memory; as many as are read
BAND_BYTES = 1 << 27  # of a result that is made row by row, how much is there at a time


@dataclass(frozen=True, slots=True)
class Upscaled:
    """An enlarged picture.

    Attributes:
        picture: of the photo's channels, depth, encoding (ICC profile) and container, `scale` times
            as wide and high, and at as many times the pixels per inch.
        scale: the enlargement.
        mode: "faithful" or "crisp", of the network.

    """

    picture: Picture
    scale: int
    mode: UpscaleMode


def upscale(picture: Picture, network: Network, options: UpscaleOptions | None = None) -> Upscaled:
    """Enlarge `picture` with a network whose task is "upscale".

    Gray stays gray and depth stays depth. Samples are given to the network as they are encoded, and
    the result keeps their ICC profile: no color leaves its gamut, none is rounded on the way.

    Raises:
        CardError: the network is not an upscaler.
        OptionError: it has another scale or mode, or cannot remove noise.
        PictureTooLargeError: the result would have more than 10^9 pixels; for those there is
            `enlarge_rows`.
        ModelError: the network failed.

    """
    chosen = options or UpscaleOptions()
    facts = check_upscaler(network.card, chosen)
    scale = network.card.scale
    check_pixels(picture.height * scale, picture.width * scale)
    rows = join_rows(enlarge_rows(PictureRows(picture), network, chosen), picture.height * scale)
    metadata = enlarge_metadata(picture.metadata, scale, picture.height, picture.width)
    enlarged = replace(picture, pixels=rows.pixels, alpha=rows.alpha, metadata=metadata)
    return Upscaled(enlarged, scale, facts.mode)


def enlarged_page(page: Page, scale: int) -> Page:
    """Give what is written of a TIFF page that was enlarged `scale` times."""
    return replace(
        page,
        height=page.height * scale,
        width=page.width * scale,
        metadata=enlarge_metadata(page.metadata, scale, page.height, page.width),
    )


def check_pixels(height: int, width: int) -> None:
    """Refuse a result that is too large to be made in memory.

    Raises:
        PictureTooLargeError: it would have more than 10^9 pixels.

    """
    if height * width > MOST_PIXELS:
        raise PictureTooLargeError(
            "result",
            f"would have {width} x {height} pixels",
            "make it from a .tif file to a .tif file, which is done piece by piece, or choose a "
            "smaller scale",
        )


def enlarge_rows(source: RowSource, network: Network, options: UpscaleOptions) -> Iterator[Rows]:
    """Give the rows of the enlarged picture from top to bottom, some hundred at a time.

    The picture is cut into tiles of one shape, each seen with a halo of the network's reach: the
    result does not depend on how it is cut. At the picture's own border the network sees what it
    saw there in training, which is nothing: it does better so than with mirrored pixels. Every row
    is read once, those at the border of two bands twice. Options must have been checked with
    `check_upscaler`.

    Raises:
        ModelError: the network failed.
        ReadError: the source cannot be read.

    """
    upscaler = Upscaler(network, options.denoise)
    scale = network.card.scale
    plan = _plan(source, network, options.tile)
    for rows in plan.rows:
        indices = rows.read()
        first, stop = int(indices.min()), int(indices.max()) + 1
        block = source.read(first, stop)
        band = _empty_band(source, (rows.stop - rows.start) * scale, scale)
        for columns in plan.columns:
            window = np.ix_(indices - first, columns.read())
            kept = rows.kept(scale), columns.kept(scale)
            _place(_enlarge_tile(block, window, upscaler, scale), kept, columns.placed(scale), band)
        yield band
        del band, block  # the next ones are made while these names would keep them


def _plan(source: RowSource, network: Network, tile: int) -> TilePlan:
    card = network.card
    halo = card.halo + (FILL_REACH if source.has_alpha else 0)
    samples = source.width * (source.channels + source.has_alpha)
    bytes_of_row = samples * source.dtype.itemsize * card.scale**2  # what one row read becomes
    rows = BAND_BYTES // bytes_of_row + halo  # one of which at least is read for others
    tiny = min(source.height, source.width) < BUCKET  # than which networks may need more
    return plan_tiles(
        source.height,
        source.width,
        halo=halo,
        border=0,
        multiple=card.size_multiple,
        most=(min(tile, rows), tile),
        bucket=BUCKET if tiny else 1,
    )


def _empty_band(source: RowSource, height: int, scale: int) -> Rows:
    width = source.width * scale
    alpha = np.empty((height, width), source.dtype) if source.has_alpha else None
    return Rows(np.empty((height, width, source.channels), source.dtype), alpha)


_Tile = tuple["NDArray[np.float32]", "NDArray[np.float32] | None"]


def _enlarge_tile(block: Rows, window: tuple[Any, ...], upscaler: Upscaler, scale: int) -> _Tile:
    """Enlarge the pixels and the opacity of a block's window, halo included."""
    pixels = to_unit(block.pixels[window])
    if block.alpha is None:
        return upscaler(pixels), None
    opacity = to_unit(block.alpha[window])
    lowest, highest = opacity.min(), opacity.max()
    if lowest < 1:
        pixels = fill_transparent(pixels, opacity)
    if lowest == highest:  # opaque, mostly: what the clamp below would give
        return upscaler(pixels), opacity.repeat(scale, axis=0).repeat(scale, axis=1)
    enlarged = upscaler(opacity[..., None])[..., 0]
    return upscaler(pixels), clamp_to_neighbors(enlarged, opacity, scale)


def _place(tile: _Tile, kept: tuple[slice, slice], columns: slice, band: Rows) -> None:
    pixels, alpha = tile
    band.pixels[:, columns] = from_unit(pixels[kept], band.pixels.dtype)
    if band.alpha is not None and alpha is not None:
        band.alpha[:, columns] = from_unit(alpha[kept], band.alpha.dtype)
