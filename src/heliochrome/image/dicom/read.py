"""Reading gray DICOM images: the stored values of every frame, and the header around them."""

from __future__ import annotations

import copy
import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array

from heliochrome.errors import HeliochromeError, ReadError
from heliochrome.image.dicom.geometry import enlarge_geometry
from heliochrome.image.formats.source import DAMAGED_REMEDY, Source
from heliochrome.image.read import open_file

# Images in the narrow sense, gray, with their geometry in the header itself: no label maps (which
# must not be interpolated), doses or reconstructed counts, no frames with a header each.
_CLASSES = frozenset(
    {
        uid.ComputedRadiographyImageStorage,
        uid.DigitalXRayImageStorageForPresentation,
        uid.DigitalXRayImageStorageForProcessing,
        uid.DigitalMammographyXRayImageStorageForPresentation,
        uid.DigitalMammographyXRayImageStorageForProcessing,
        uid.DigitalIntraOralXRayImageStorageForPresentation,
        uid.DigitalIntraOralXRayImageStorageForProcessing,
        uid.CTImageStorage,
        uid.MRImageStorage,
        uid.UltrasoundImageStorage,
        uid.UltrasoundMultiFrameImageStorage,
        uid.SecondaryCaptureImageStorage,
        uid.MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
        uid.MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
        uid.XRayAngiographicImageStorage,
        uid.XRayRadiofluoroscopicImageStorage,
    }
)
_NOT_OF_DATA_SETS = (0x0000, 0x0002)  # of commands, and of the file meta information (PS3.5, 7.1)
_GRAY = ("MONOCHROME1", "MONOCHROME2")
_REMEDY = "give a gray CR, DX, MG, IO, CT, MR, US, XA, RF or secondary capture image"


@dataclass(frozen=True, slots=True)
class DicomImage:
    """A gray DICOM image.

    Attributes:
        header: the data set without its pixels.
        frames: stored values (F, H, W) as they are in the file, of 8 or 16-bit integers, signed or
            not. Unused bits are gone; rescale slope and intercept are not applied.
        padding: lowest and highest of the stored values that stand for no image at all, if any.
        shown_inverted: whether low stored values are shown light (C.7.6.3.1.2, C.11.1).
        sha256: of the file.

    """

    header: Dataset
    frames: NDArray[Any] = field(repr=False)
    padding: tuple[int, int] | None
    shown_inverted: bool
    sha256: str

    @property
    def height(self) -> int:
        """Rows of a frame."""
        return int(self.frames.shape[1])

    @property
    def width(self) -> int:
        """Columns of a frame."""
        return int(self.frames.shape[2])

    @property
    def bits(self) -> int:
        """Bits Stored: how many of a sample's are used."""
        return int(self.header.BitsStored)

    def is_padding(self, frame: NDArray[Any]) -> NDArray[np.bool_]:
        """Tell which values of a frame stand for no image (C.7.5.1.1.2)."""
        if self.padding is None:
            return np.zeros(frame.shape, np.bool_)
        return (frame >= self.padding[0]) & (frame <= self.padding[1])


def read_dicom(path: Path, *, max_pixels: int = 1_000_000_000) -> DicomImage:
    """Read a DICOM file of one gray image, of one frame or several.

    Compressed pixels are decoded by whichever of pydicom's decoders is installed.

    Args:
        path: the file.
        max_pixels: the most pixels of all frames together; checked before memory is allocated.

    Raises:
        ReadError: missing, not permitted, no DICOM file, truncated or damaged, or compressed in a
            way that no installed decoder can read; the remedy then names what to install.
        UnsupportedPictureError: color, other than 8 to 16 bits, or another SOP class.
        PictureTooLargeError: more pixels than `max_pixels`.

    """
    with open_file(path) as file:
        data = file.read()
    source = Source(path, io.BytesIO(data), len(data), max_pixels)
    with _typed_errors(source):
        dataset = pydicom.dcmread(source.file)
        _interpret(source, dataset)
        _check_kind(source, dataset)
        _check_pixels(source, dataset)
        frames = _decode(source, dataset)
        padding = _padding(dataset, frames.dtype)
        inverted = _is_shown_inverted(dataset)
        del dataset.PixelData
        # Numbers that are none come out only when they are used: now, and not after the work.
        enlarge_geometry(copy.deepcopy(dataset), 1)
    return DicomImage(dataset, frames, padding, inverted, hashlib.sha256(data).hexdigest())


@contextmanager
def _typed_errors(source: Source) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            # pydicom warns of values that break the standard but not the reading.
            warnings.simplefilter("ignore")
            yield
    except (HeliochromeError, MemoryError):
        raise
    except Exception as error:  # a damaged header raises whatever its values lead to
        raise source.damaged(f"is not a readable DICOM file ({_first_line(error)})") from error


def _interpret(source: Source, dataset: Dataset) -> None:
    """Let pydicom make sense of every element now, and not when one is used or written."""
    for element in dataset.iterall():
        if element.tag.group in _NOT_OF_DATA_SETS:
            raise source.damaged(f"has the element {element.tag} in its data set")


def _check_kind(source: Source, dataset: Dataset) -> None:
    kind = uid.UID(dataset.get("SOPClassUID", None) or "")
    if not kind or not dataset.get("SOPInstanceUID", None):
        raise source.damaged("has no SOP class or instance UID: it is truncated or no image")
    if kind not in _CLASSES:
        raise source.unsupported(f"is a DICOM object of the class '{kind.name}'", _REMEDY)
    color = dataset.get("PhotometricInterpretation", None)
    if color not in _GRAY or int(dataset.get("SamplesPerPixel", 1)) != 1:
        raise source.unsupported(
            f"is a DICOM image in color ({color})", "export it as TIFF or PNG and enlarge that"
        )
    if "PerFrameFunctionalGroupsSequence" in dataset:
        raise source.unsupported(
            "is a DICOM image whose frames have a header each (functional groups)",
            "convert it to single frames first",
        )


def _check_pixels(source: Source, dataset: Dataset) -> None:
    if "PixelData" not in dataset:
        raise source.damaged("has no pixel data: it is truncated")
    allocated, stored = int(dataset.BitsAllocated), int(dataset.BitsStored)
    if allocated not in (8, 16) or not 8 <= stored <= allocated:
        raise source.unsupported(
            f"has {stored} bits stored in {allocated}", "give an image of 8 to 16 bits"
        )
    if int(dataset.get("HighBit", stored - 1)) != stored - 1:  # PS3.5, 8.1.1
        raise source.unsupported(
            f"has its {stored} bits up to bit {dataset.HighBit}", "convert it with a DICOM toolkit"
        )
    count = int(dataset.get("NumberOfFrames", None) or 1)
    source.check_size(int(dataset.Columns), int(dataset.Rows) * count)


def _decode(source: Source, dataset: Dataset) -> NDArray[Any]:
    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise source.unsupported(
            f"is compressed as '{syntax.name}', which pydicom does not decode",
            "convert it to an uncompressed transfer syntax first",
        ) from error
    if not decoder.is_available:
        raise source.unsupported(
            f"is compressed as '{syntax.name}', for which no decoder is installed",
            _installing(decoder.missing_dependencies),
        )
    try:
        frames = pixel_array(dataset, raw=True)
    except MemoryError:
        raise
    except Exception as error:  # each plugin has its own
        # The decoders that there are may not know this variant of the compression.
        others = decoder.missing_dependencies
        remedy = f"{DAMAGED_REMEDY}; or {_installing(others)}" if others else DAMAGED_REMEDY
        problem = f"its pixel data cannot be decoded ({_last_line(error)})"
        raise ReadError(source.path, problem, remedy) from error
    signed = int(dataset.get("PixelRepresentation", 0)) == 1
    wanted = np.dtype(f"{'i' if signed else 'u'}{int(dataset.BitsAllocated) // 8}")
    return frames.astype(wanted, copy=False).reshape(-1, *frames.shape[-2:])


def _installing(missing: list[str]) -> str:
    """Say how to install one of a decoder's plugins.

    Args:
        missing: as pydicom lists them: "<plugin> - requires <package>>=<version> and …".

    """
    choices = []
    for line in missing:
        _, _, packages = line.partition(" requires ")
        names = [name.split(">=")[0] for name in packages.split(" and ")]
        # The package that brings the module gdcm is called differently.
        wanted = ["python-gdcm" if name == "gdcm" else name for name in names if name != "numpy"]
        choices.append(f"pip install {' '.join(wanted)}")
    return f"install a decoder for it: {', or '.join(choices)}"


def _padding(dataset: Dataset, dtype: np.dtype[Any]) -> tuple[int, int] | None:
    value = dataset.get("PixelPaddingValue", None)
    if value is None:
        return None
    limit = dataset.get("PixelPaddingRangeLimit", None)
    # Some writers state signed values as unsigned ones, or the other way round.
    both = [_wrapped(number, dtype) for number in (value, value if limit is None else limit)]
    return min(both), max(both)


def _is_shown_inverted(dataset: Dataset) -> bool:
    negative = dataset.PhotometricInterpretation == "MONOCHROME1"
    return bool(negative != (float(dataset.get("RescaleSlope", None) or 1) < 0))


def _wrapped(value: Any, dtype: np.dtype[Any]) -> int:
    return int(np.array(int(value)).astype(dtype))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _last_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[-1].strip()
