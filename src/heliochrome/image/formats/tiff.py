"""TIFF through tifffile, which keeps the 16 bits and floats that Pillow cuts to 8 bits."""

from __future__ import annotations

import io
import logging
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from heliochrome.image import exif
from heliochrome.image.formats.source import ColorModel, Decoded, Source
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.rows import Rows

# tifffile reports oddities of files by logging; without a handler Python prints them to stderr,
# in the middle of the user's terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

MAX_SIDE = 2**32 - 1

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_JPEG_COMPRESSIONS = frozenset({7, 33007, 34892})
# The most bytes that one byte of each compression can stand for: none, LZW (a 12-bit code for
# the longest string of its table), Deflate, PackBits.
_EXPANSION = {1: 1, 5: 2600, 8: 1032, 32946: 1032, 32773: 64}
_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA = 1, 2
_ALPHAS = (_ASSOCIATED_ALPHA, _UNASSOCIATED_ALPHA)
_XMP, _ICC, _INK_SET, _ORIENTATION, _TITLE = 700, 34675, 332, 274, 270
_X_RESOLUTION, _Y_RESOLUTION, _RESOLUTION_UNIT = 282, 283, 296
# What of the first directory is description and not layout: title, maker, model, software, date,
# artist, host computer, rating, copyright.
_DESCRIPTIVE = frozenset({270, 271, 272, 305, 306, 315, 316, 18246, 33432})
# Above this the offsets of a classic TIFF might not suffice.
_BIG_TIFF_BYTES = 3_500_000_000
# Tiles that wait to be compressed on all cores, and how hard: for a large picture time counts.
_BUFFERED_BYTES = 1 << 25
_QUICK_LEVEL = 3
_REMEDY = "convert it to an 8 or 16-bit gray or RGB TIFF first"


def decode(source: Source) -> Decoded:
    """Read the first page, of strips or tiles, planar or not.

    1 to 16-bit integers are scaled to 8 or 16 bits, half and double floats become float32.
    Extra channels that are not declared to be alpha are left out.

    Raises:
        ReadError: malformed or truncated.
        UnsupportedPictureError: a color model or sample type that is not processed.
        PictureTooLargeError: more pixels than allowed.

    """
    source.file.seek(0)
    with tifffile.TiffFile(source.file) as tiff:
        page: Any = tiff.pages[0]
        model = check_page(source, page)
        samples = page.asarray()
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            samples = np.moveaxis(samples, 0, -1)
        samples = samples.reshape(page.imagelength, page.imagewidth, -1)
        return describe(source, tiff, *convert(source, page, model, samples), model)


def check_page(source: Source, page: Any) -> ColorModel:
    """Check that a page can be read, and give its color model.

    Raises:
        ReadError: its layout does not fit in the file.
        UnsupportedPictureError: a color model that is not processed.
        PictureTooLargeError: more pixels than allowed.

    """
    model = _color_model(source, page)
    _check_layout(source, page)
    return model


def convert(
    source: Source, page: Any, model: ColorModel, samples: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Bring some rows of a page (h, W, samples) to full scale and in order; and their opacity.

    Raises:
        UnsupportedPictureError: a sample type that is not processed.

    """
    if page.photometric == _PALETTE:
        samples = _apply_palette(samples[..., 0], page.colormap)
    else:
        samples = _full_scale(source, samples, page.bitspersample)
    samples, alpha = _split_alpha(samples, model, page.extrasamples)
    if page.photometric == _WHITE_IS_ZERO:
        samples = _full(samples.dtype) - samples
    return samples, alpha


def describe(
    source: Source, tiff: Any, samples: NDArray[Any], alpha: NDArray[Any] | None, model: ColorModel
) -> Decoded:
    """Give samples together with what the first page says about them."""
    page = tiff.pages[0]
    return Decoded(
        samples,
        model,
        alpha=alpha,
        icc_profile=_bytes_of(page, _ICC),
        exif=_collect_exif(source.file, tiff, page),
        xmp=_bytes_of(page, _XMP),
        dpi=_resolution(page),
        orientation=int(page.tags.valueof(_ORIENTATION, 1)),
    )


def _color_model(source: Source, page: Any) -> ColorModel:
    photometric, channels = int(page.photometric), page.samplesperpixel - len(page.extrasamples)
    converted = photometric == _YCBCR and page.compression in _JPEG_COMPRESSIONS
    # One gray channel with several that nothing is said about: spectral bands or a mislabeled RGB,
    # of which the first alone would be a wrong picture.
    bands = sum(int(extra) not in _ALPHAS for extra in page.extrasamples) > 1
    if photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) and channels == 1 and not bands:
        return "gray"
    if (photometric == _RGB or converted) and channels == 3:
        return "rgb"
    if photometric == _PALETTE and channels == 1 and page.colormap is not None:
        return "rgb"
    if photometric == _CMYK and channels == 4 and page.tags.valueof(_INK_SET, 1) == 1:
        return "cmyk"
    raise source.unsupported(
        f"a TIFF of color model {photometric} with {page.samplesperpixel} channels "
        "is not processed",
        _REMEDY,
    )


def _check_layout(source: Source, page: Any) -> None:
    """Check sizes and offsets against the file before anything is allocated for them."""
    if page.imagedepth > 1 or page.samplesperpixel > 8:
        raise source.unsupported("a TIFF of volumes or spectral bands is not processed", _REMEDY)
    expansion = _EXPANSION.get(int(page.compression))
    bits = page.bitspersample * page.samplesperpixel
    most = None if expansion is None else expansion * 8 / max(bits, 1)
    source.check_size(page.imagewidth, page.imagelength, most)
    if page.is_tiled:
        source.check_size(page.tilewidth, page.tilelength)
    spans = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    if not spans or any(count == 0 or start + count > source.size for start, count in spans):
        raise source.damaged("its pixel data lie beyond the end of the file: it is truncated")


def _full(dtype: np.dtype[Any]) -> Any:
    return np.float32(1) if dtype == np.float32 else dtype.type(np.iinfo(dtype).max)


def _full_scale(source: Source, samples: NDArray[Any], bits: int) -> NDArray[Any]:
    kind = samples.dtype.kind
    if kind == "b":
        return samples.astype(np.uint8) * np.uint8(255)
    if kind == "f":
        return samples.astype(np.float32)
    if kind != "u" or samples.dtype.itemsize > 2:
        raise source.unsupported(f"a TIFF of {samples.dtype} samples is not processed", _REMEDY)
    if bits == 8 * samples.dtype.itemsize:
        return samples
    scale = float(_full(samples.dtype)) / (2**bits - 1)
    scaled: NDArray[Any] = np.rint(samples * np.float32(scale)).astype(samples.dtype)
    return scaled


def _apply_palette(indices: NDArray[Any], colormap: NDArray[np.uint16]) -> NDArray[Any]:
    colors = np.asarray(colormap).T
    high = colors >> 8
    table: NDArray[Any]
    if colors.max() < 256:
        # Some old writers put 8-bit values into the 16-bit table.
        table = colors.astype(np.uint8)
    elif np.isin(colors - (high << 8), (0, 255)).all() or (colors == high * 257).all():
        table = high.astype(np.uint8)
    else:
        table = colors
    colored: NDArray[Any] = table[np.minimum(indices, len(table) - 1)]
    return colored


def _split_alpha(
    samples: NDArray[Any], model: ColorModel, extras: tuple[int, ...]
) -> tuple[NDArray[Any], NDArray[Any] | None]:
    channels = {"gray": 1, "rgb": 3, "cmyk": 4}[model]
    colors = samples[..., :channels]
    for index, kind in enumerate(int(extra) for extra in extras):
        if kind in _ALPHAS and samples.shape[2] > channels + index:
            alpha = np.ascontiguousarray(samples[..., channels + index])
            if kind == _ASSOCIATED_ALPHA:
                colors = _unmultiply(colors, alpha)
            return colors, alpha
    return colors, None


def _unmultiply(colors: NDArray[Any], alpha: NDArray[Any]) -> NDArray[Any]:
    """Undo premultiplication; where nothing shows the color is black."""
    full = _full(colors.dtype)
    opacity = np.maximum(alpha[..., None].astype(np.float32), np.float32(full) * np.float32(1e-6))
    straight: NDArray[Any] = np.minimum(colors * (np.float32(full) / opacity), full)
    if colors.dtype != np.float32:
        straight = np.rint(straight)
    return straight.astype(colors.dtype)


def _bytes_of(page: Any, tag: int) -> bytes | None:
    value = page.tags.valueof(tag)
    if isinstance(value, str):
        return value.encode()
    return bytes(value) if isinstance(value, bytes | bytearray) and value else None


def _resolution(page: Any) -> tuple[float, float] | None:
    scale = {2: 1.0, 3: 2.54}.get(int(page.tags.valueof(_RESOLUTION_UNIT, 2)))
    x, y = page.tags.valueof(_X_RESOLUTION), page.tags.valueof(_Y_RESOLUTION)
    if scale is None or not x or not y or not all((*x, *y)):
        return None
    return x[0] / x[1] * scale, y[0] / y[1] * scale


def _collect_exif(file: BinaryIO, tiff: Any, page: Any) -> bytes | None:
    """Gather the description that TIFF spreads over the file into a block."""

    def read(offset: int, length: int) -> bytes:
        file.seek(offset)
        return file.read(length)

    def directory(offset: int) -> list[exif.Entry]:
        entries = exif.read_directory(read, offset, tiff.byteorder, big=tiff.is_bigtiff)
        return [entry for entry in entries if entry.kind <= 12 or entry.tag in pointers]

    pointers = (exif.EXIF_POINTER, exif.GPS_POINTER)
    main = directory(page.offset)
    parts = {entry.tag: directory(entry.integer) for entry in main if entry.tag in pointers}
    # tifffile keeps the array's shape in the title: true of that file, not of what is made of it.
    wanted = _DESCRIPTIVE - {_TITLE} if page.is_shaped else _DESCRIPTIVE
    described = [entry for entry in main if entry.tag in wanted]
    if not described and not parts:
        return None
    return exif.build_exif(described, *(parts.get(tag, []) for tag in pointers))


def encode(picture: Picture) -> bytes:
    """Write 8 or 16-bit or float gray or RGB, with alpha; Deflate with predictor, lossless.

    EXIF becomes TIFF fields and directories again.
    """
    pixels = picture.pixels
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, picture.alpha[..., None]], axis=2)
    buffer = io.BytesIO()
    _write(buffer, pixels[..., 0] if pixels.shape[2] == 1 else pixels, Page.of(picture))
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Page:
    """What a TIFF file is to hold, without its pixels.

    Attributes:
        height, width: in pixels.
        channels: 1 or 3, alpha not counted.
        dtype: of the samples.
        has_alpha: whether opacity follows the colors.
        icc_profile: of the pixels.
        metadata: to be written.
        orientation: of the rows and columns, 1..8 as in EXIF.

    """

    height: int
    width: int
    channels: int
    dtype: np.dtype[Any]
    has_alpha: bool
    icc_profile: bytes | None
    metadata: Metadata
    orientation: int = 1

    @classmethod
    def of(cls, picture: Picture) -> Page:
        """Give what a file would hold for a picture."""
        return cls(
            height=picture.height,
            width=picture.width,
            channels=int(picture.pixels.shape[2]),
            dtype=picture.pixels.dtype,
            has_alpha=picture.alpha is not None,
            icc_profile=picture.icc_profile,
            metadata=picture.metadata,
        )

    @property
    def nbytes(self) -> int:
        """Of all samples."""
        return self.height * self.width * (self.channels + self.has_alpha) * self.dtype.itemsize


TILE = 512  # pixels a side of the tiles that `encode_rows` writes


def encode_rows(file: BinaryIO, blocks: Iterator[Rows], page: Page) -> None:
    """Write a file like that of `encode` from its rows, as they come, in tiles.

    Blocks must have `TILE` rows each; the last may have fewer.
    """
    samples = page.channels + page.has_alpha
    _write(
        file,
        _tiles(blocks),
        page,
        shape=(page.height, page.width) if samples == 1 else (page.height, page.width, samples),
        dtype=page.dtype,
        tile=(TILE, TILE),
        buffersize=_BUFFERED_BYTES,
        compressionargs={"level": _QUICK_LEVEL},
    )


def _tiles(blocks: Iterator[Rows]) -> Iterator[NDArray[Any]]:
    for block in blocks:
        for left in range(0, block.width, TILE):
            tile = block.pixels[:, left : left + TILE]
            if block.alpha is not None:
                tile = np.dstack([tile, block.alpha[:, left : left + TILE]])
            yield np.ascontiguousarray(tile[..., 0] if tile.shape[2] == 1 else tile)
        del block  # the next one is made while this name would keep it


def _write(file: BinaryIO, data: Any, page: Page, **layout: Any) -> None:
    main, *directories = exif.split_exif(page.metadata.exif or b"")
    big = page.nbytes > _BIG_TIFF_BYTES
    links = dict(zip((exif.EXIF_POINTER, exif.GPS_POINTER), directories, strict=True))
    links = {tag: entries for tag, entries in links.items() if entries}
    extra_tags = [_extra_tag(entry) for entry in main if entry.tag in _DESCRIPTIVE]
    if page.metadata.xmp:
        extra_tags.append((_XMP, 1, len(page.metadata.xmp), page.metadata.xmp, True))
    if page.orientation != 1:
        extra_tags.append((_ORIENTATION, 3, 1, page.orientation, True))
    interleaved = page.channels + page.has_alpha > 1
    tifffile.imwrite(
        file,
        data,
        byteorder="<",
        bigtiff=big,
        photometric="minisblack" if page.channels == 1 else "rgb",
        planarconfig="contig" if interleaved else None,
        extrasamples=["unassalpha"] if page.has_alpha else None,
        compression="zlib",
        predictor=True,
        metadata=None,
        software=False,
        iccprofile=page.icc_profile,
        resolution=page.metadata.dpi,
        resolutionunit="inch" if page.metadata.dpi else None,
        extratags=extra_tags,
        **layout,
    )
    _append_directories(file, links, big=big)


def _extra_tag(entry: exif.Entry) -> tuple[int, int, int, Any, bool]:
    form = {3: "H", 4: "I", 9: "i"}.get(entry.kind)
    value: Any = entry.value
    if form is not None:
        value = struct.unpack(f"<{entry.count}{form}", entry.value)
    return entry.tag, entry.kind, entry.count, value, True


def _append_directories(file: BinaryIO, links: dict[int, list[exif.Entry]], *, big: bool) -> None:
    """Add the EXIF and GPS directories and link them from a new first directory.

    tifffile writes no such links; its directory is copied field by field to the end, with them.
    """
    if not links:
        return
    # Where the first directory's offset stands, the forms of offsets and counts, the type of links.
    place, offset_form, count_form, kind = (8, "<Q", "<Q", 16) if big else (4, "<I", "<H", 4)
    size = 20 if big else 12
    file.seek(place)
    file.seek(_unpacked(file, offset_form))
    table = file.read(size * _unpacked(file, count_form))
    fields = [table[i : i + size] for i in range(0, len(table), size)]
    for tag, entries in links.items():
        end = _even_end(file)
        file.write(exif.build_directory(entries, end, big=big))
        link = struct.pack("<HH", tag, kind) + struct.pack(f"<2{offset_form[1]}", 1, end)
        fields.append(link)
    end = _even_end(file)
    fields.sort(key=lambda field: struct.unpack_from("<H", field))
    count = struct.pack(count_form, len(fields))
    file.write(count + b"".join(fields) + bytes(struct.calcsize(offset_form)))
    file.seek(place)
    file.write(struct.pack(offset_form, end))


def _unpacked(file: BinaryIO, form: str) -> int:
    (number,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(number)


def _even_end(file: BinaryIO) -> int:
    """Go to the end, filled up to the even offset that directories must have."""
    end = file.seek(0, io.SEEK_END)
    file.write(b"\0" * (end % 2))
    return end + end % 2
