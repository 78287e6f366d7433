"""Large TIFF files row by row: only the strips or tiles that are asked for are decoded."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from heliochrome.errors import HeliochromeError
from heliochrome.image import icc
from heliochrome.image.exif import upright_exif
from heliochrome.image.formats import tiff
from heliochrome.image.formats.sniff import recognize
from heliochrome.image.formats.source import ColorModel, Source
from heliochrome.image.metadata import Metadata
from heliochrome.image.read import check_finite, checked_profile, open_file
from heliochrome.image.rows import Rows

# A strip or tile is decoded as a whole: larger ones would not leave memory bounded.
_LARGEST_SEGMENT = 1 << 28
# Far beyond any scan, yet no number that a damaged header could make arrays overflow with.
_MOST_PIXELS = 1 << 40


@dataclass(frozen=True, slots=True)
class TiffRows:
    """The first page of an open TIFF file as a source of rows.

    Rows are as stored, with the orientation that `page` names: turning them would take all of them.

    Attributes:
        page: size, channels, depth, profile and metadata, as they are written back.

    """

    page: tiff.Page
    _source: Source
    _model: ColorModel
    _inks: bytes | None
    _tiff: Any = field(repr=False)

    @property
    def height(self) -> int:
        """Rows."""
        return self.page.height

    @property
    def width(self) -> int:
        """Columns."""
        return self.page.width

    @property
    def channels(self) -> int:
        """1 or 3."""
        return self.page.channels

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the samples."""
        return self.page.dtype

    @property
    def has_alpha(self) -> bool:
        """Whether rows come with opacity."""
        return self.page.has_alpha

    def read(self, start: int, stop: int) -> Rows:
        """Give the rows from `start` to `stop`, exclusive.

        Raises:
            ReadError: they cannot be decoded.

        """
        return _read(self._source, self._tiff.pages[0], self._model, self._inks, start, stop)


def is_tiff(path: Path) -> bool:
    """Tell by its first bytes whether a file is a TIFF.

    Raises:
        ReadError: missing, not permitted, not a file, or no picture.

    """
    with open_file(path) as file:
        return recognize(Source(path, file, os.fstat(file.fileno()).st_size, 0)) == "TIFF"


@contextmanager
def open_tiff_rows(path: Path) -> Iterator[TiffRows]:
    """Open a TIFF file for reading parts of its first page.

    Raises:
        ReadError: missing, not permitted, not a TIFF file, or damaged.
        UnsupportedPictureError: samples of a kind that is not processed, or compressed in pieces
            too large to be decoded one by one.

    """
    with open_file(path) as file:
        source = Source(path, file, os.fstat(file.fileno()).st_size, _MOST_PIXELS)
        if recognize(source) != "TIFF":
            raise source.unsupported("is not a TIFF file", "convert it to TIFF first")
        file.seek(0)
        with _typed_errors(source):
            rows = _rows(source, tifffile.TiffFile(file))
        yield rows


@contextmanager
def _typed_errors(source: Source) -> Iterator[None]:
    try:
        yield
    except HeliochromeError:
        raise
    except Exception as error:  # decoders raise whatever a damaged byte leads to
        raise source.damaged(f"the TIFF data cannot be decoded ({error})") from error


def _rows(source: Source, opened: Any) -> TiffRows:
    page: Any = opened.pages[0]
    model = tiff.check_page(source, page)
    _check_segments(source, page)
    # One row tells what kind of samples come out, in a form that everything else is known from.
    first = _decoded(source, page, 0, 1)
    samples, alpha = tiff.convert(source, page, model, first)
    described = tiff.describe(source, opened, samples, alpha, model)
    profile = checked_profile(source, described)
    inks = profile if model == "cmyk" else None
    if model == "cmyk":
        profile = None
    metadata = Metadata(upright_exif(described.exif), described.xmp, described.dpi)
    facts = tiff.Page(
        height=int(page.imagelength),
        width=int(page.imagewidth),
        channels=1 if model == "gray" else 3,
        dtype=samples.dtype,
        has_alpha=alpha is not None,
        icc_profile=None if profile == icc.srgb_profile() else profile,
        metadata=metadata,
        orientation=described.orientation or 1,
    )
    return TiffRows(facts, source, model, inks, opened)


def _check_segments(source: Source, page: Any) -> None:
    size = math.prod(page.chunks) * page.dtype.itemsize
    if size > _LARGEST_SEGMENT and not _is_plain(page):
        raise source.unsupported(
            f"its pixels are compressed in pieces of {size >> 20} MiB",
            "save it again in tiles or in strips of a few rows",
        )


def _is_plain(page: Any) -> bool:
    """Whether rows lie one after the other in the file, to be read without decoding."""
    whole_bytes = page.bitspersample == 8 * page.dtype.itemsize
    interleaved = page.planarconfig == 1 or page.samplesperpixel == 1
    return bool(page.is_contiguous and page.compression == 1 and whole_bytes and interleaved)


def _read(
    source: Source, page: Any, model: ColorModel, inks: bytes | None, start: int, stop: int
) -> Rows:
    with _typed_errors(source):
        samples, alpha = tiff.convert(source, page, model, _decoded(source, page, start, stop))
    check_finite(source, samples)
    if model == "cmyk":
        samples = icc.cmyk_to_srgb(samples, inks)
    return Rows(samples, alpha)


def _decoded(source: Source, page: Any, start: int, stop: int) -> NDArray[Any]:
    """Give the samples (n, W, S) of some rows, as they are stored."""
    if _is_plain(page):
        return _plain_rows(source, page, start, stop)
    rows = np.zeros((stop - start, page.imagewidth, page.samplesperpixel), page.dtype)
    tables = {}
    if page.jpegtables is not None:
        tables["jpegtables"] = page.jpegtables
    for index, offset, count in _segments(page, start, stop):
        source.file.seek(offset)
        data = source.file.read(count)
        segment, position, _ = page.decode(data, index, **tables)
        if segment is None:
            raise source.damaged("part of its pixel data is missing")
        _place(segment, position, rows, start)
    return rows


def _plain_rows(source: Source, page: Any, start: int, stop: int) -> NDArray[Any]:
    dtype = page.dtype.newbyteorder(page.parent.byteorder)
    in_row = page.imagewidth * page.samplesperpixel
    source.file.seek(page.dataoffsets[0] + start * in_row * dtype.itemsize)
    data = source.file.read((stop - start) * in_row * dtype.itemsize)
    rows = np.frombuffer(data, dtype).reshape(stop - start, page.imagewidth, page.samplesperpixel)
    return rows.astype(page.dtype, copy=False)


def _segments(page: Any, start: int, stop: int) -> Iterator[tuple[int, int, int]]:
    """Give number, offset and length of the strips or tiles that rows lie in."""
    tall = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
    across = -(-page.imagewidth // page.tilewidth) if page.is_tiled else 1
    down = -(-page.imagelength // tall)
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    for plane in range(planes):
        first = (plane * down + start // tall) * across
        last = (plane * down + -(-stop // tall)) * across
        for index in range(first, last):
            yield index, page.dataoffsets[index], page.databytecounts[index]


def _place(
    segment: NDArray[Any], position: tuple[int, ...], rows: NDArray[Any], start: int
) -> None:
    """Copy what a strip or tile (1, h, w, S) at a position of tifffile's has of some rows."""
    plane, _, top, left, _ = position
    bottom = min(top + segment.shape[1], start + len(rows))
    right = min(left + segment.shape[2], rows.shape[1])
    first = max(top, start)
    if first < bottom:
        part = segment[0, first - top : bottom - top, : right - left]
        rows[first - start : bottom - start, left:right, plane : plane + part.shape[2]] = part
