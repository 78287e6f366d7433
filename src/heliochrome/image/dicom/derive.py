"""A derived DICOM image: the source's header, with what is no longer true of it changed."""

from __future__ import annotations

import copy
import uuid
import warnings
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.sequence import Sequence
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSNearLossless,
)

from heliochrome.image.dicom.geometry import enlarge_geometry
from heliochrome.image.dicom.read import DicomImage

_MOST_OF_LONG_STRING, _MOST_OF_SHORT_TEXT = 64, 1024  # characters (PS3.5, 6.2)
# Codes of the standard's own scheme (PS3.16): of CID 7203, CID 7202 and CID 7005.
_RESAMPLING = ("113085", "Spatial resampling")
_SOURCE = ("121322", "Source image for image processing operation")
_MODIFYING = ("109103", "Modifying Equipment")
# Of the pixels as they were: a thumbnail, the smallest and largest value, where frames begin in
# compressed data, when the file was made, and signatures of all that.
_OUTDATED = (
    "IconImageSequence",
    "SmallestImagePixelValue",
    "LargestImagePixelValue",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "InstanceCreationDate",
    "InstanceCreationTime",
    "DigitalSignaturesSequence",
    "MACParametersSequence",
)
_OVERLAYS, _CURVES = range(0x6000, 0x6100), range(0x5000, 0x5100)
_SURELY_LOSSY = (JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSNearLossless)
# Name space of the identifiers made here; itself made once, at random.
_NAMES = uuid.UUID("0f3b6a3e-7d0a-4a43-9a54-5b1f2f6f5c0d")


@dataclass(frozen=True, slots=True)
class Derivation:
    """What was done to an image, as its header is to say it.

    Attributes:
        scale: the enlargement.
        description: of the whole operation, with the network's name, version and hash.
        series: a few words for the name of the new series.
        software: name of the program that did it.
        version: of the program.
        key: whatever decides the result besides the source, as one text. Images that are made
            from one series with the same key become one series.

    """

    scale: int
    description: str
    series: str
    software: str
    version: str
    key: str


def derive(source: DicomImage, frames: NDArray[Any], derivation: Derivation) -> Dataset:
    """Make the data set of an image that was enlarged.

    The image gets new SOP instance and series UIDs and the type DERIVED, SECONDARY (C.7.6.1.1.2),
    names its source and the operation (C.12.4), and the program as contributing equipment (C.12.1).
    Patient, study, frame of reference, window, rescaling and lookup tables stay: stored values mean
    what they meant. Overlays and curves, which belong to pixels that are gone, are left out. The
    same source and key give the same UIDs, so that a repeated run makes the same object.

    Args:
        source: the image.
        frames: enlarged stored values (F, H * scale, W * scale) of the source's type.
        derivation: what was done.

    Returns:
        A data set with its file meta information, uncompressed.

    """
    header = copy.deepcopy(source.header)
    _drop_outdated(header)
    _keep_lossy(header, source.header.file_meta.TransferSyntaxUID)
    enlarge_geometry(header, derivation.scale)
    _name_source(header, source)
    _describe(header, derivation)
    header.SOPInstanceUID = _identifier(f"{source.sha256} {derivation.key}")
    series = source.header.get("SeriesInstanceUID", None)
    header.SeriesInstanceUID = _identifier(f"{series or source.sha256} {derivation.key}")
    data = frames.astype(frames.dtype.newbyteorder("<"), copy=False).tobytes()
    wide = frames.dtype.itemsize > 1
    header.add_new("PixelData", "OW" if wide else "OB", data + b"\0" * (len(data) % 2))
    header.file_meta = FileMetaDataset()
    header.file_meta.MediaStorageSOPClassUID = header.SOPClassUID
    header.file_meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    header.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return header


def save(dataset: Dataset, file: BinaryIO) -> None:
    """Write a data set as a DICOM file, uncompressed and with explicit value representations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values of the source that break the standard
        dcmwrite(file, dataset, implicit_vr=False, little_endian=True, enforce_file_format=True)


def _drop_outdated(header: Dataset) -> None:
    for keyword in _OUTDATED:
        if keyword in header:
            delattr(header, keyword)
    for tag in [tag for tag in header.keys() if tag.group in _OVERLAYS or tag.group in _CURVES]:  # noqa: SIM118
        del header[tag]
    if not header.file_meta.TransferSyntaxUID.is_little_endian:
        _swap_words(header)


def _swap_words(header: Dataset) -> None:
    """Bring tables of words (pydicom keeps them as bytes) to the order that is written."""
    for element in header.iterall():
        if element.VR == "OW" and element.value:
            element.value = np.frombuffer(element.value, ">u2").astype("<u2").tobytes()


def _keep_lossy(header: Dataset, syntax: UID) -> None:
    """Say that something is lost for good where compression did it (C.7.6.1.1.5)."""
    if syntax in _SURELY_LOSSY or "LossyImageCompressionRatio" in header:
        header.LossyImageCompression = "01"


def _name_source(header: Dataset, source: DicomImage) -> None:
    reference = Dataset()
    reference.ReferencedSOPClassUID = source.header.SOPClassUID
    reference.ReferencedSOPInstanceUID = source.header.SOPInstanceUID
    reference.PurposeOfReferenceCodeSequence = _coded(*_SOURCE)
    header.SourceImageSequence = Sequence([reference])


def _describe(header: Dataset, derivation: Derivation) -> None:
    former = header.get("ImageType", None) or ()
    further = [] if isinstance(former, str) else former[2:]  # a single value is no list
    header.ImageType = ["DERIVED", "SECONDARY", *further]
    earlier = header.get("DerivationDescription", None) or ""
    described = f"{earlier}; {derivation.description}" if earlier else derivation.description
    if len(described) > _MOST_OF_SHORT_TEXT:
        described = derivation.description
    header.DerivationDescription = described[:_MOST_OF_SHORT_TEXT]
    header.DerivationCodeSequence = _coded(*_RESAMPLING)
    room = _MOST_OF_LONG_STRING - len(derivation.series) - 2
    name = str(header.get("SeriesDescription", None) or "")[:room]
    header.SeriesDescription = f"{name}, {derivation.series}" if name else derivation.series
    equipment = Dataset()
    equipment.PurposeOfReferenceCodeSequence = _coded(*_MODIFYING)
    equipment.Manufacturer = derivation.software
    equipment.ManufacturerModelName = derivation.software
    equipment.SoftwareVersions = derivation.version
    equipment.ContributionDescription = derivation.series
    contributed = list(header.get("ContributingEquipmentSequence", None) or ())
    header.ContributingEquipmentSequence = Sequence([*contributed, equipment])


def _coded(value: str, meaning: str) -> Sequence:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, "DCM", meaning
    return Sequence([code])


def _identifier(name: str) -> UID:
    """Make a UID that is derived from a UUID (PS3.5, B.2), always the same for a name."""
    return UID(f"2.25.{uuid.uuid5(_NAMES, name).int}")
