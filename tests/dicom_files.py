"""DICOM files for tests: those that come with pydicom, and made ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pydicom import uid
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset


def shipped(name: str) -> Path:
    """Path of a file that is part of the pydicom package itself: nothing is fetched."""
    path = get_testdata_file(name, download=False)
    assert path is not None, name
    return Path(str(path))


def write_image(path: Path, values: np.ndarray, bits: int | None = None, **changes: Any) -> Path:
    """Write a secondary capture of stored values (H, W) or (F, H, W); `changes` are by keyword."""
    height, width = values.shape[-2:]
    allocated = 8 * values.dtype.itemsize
    dataset = Dataset()
    dataset.SOPClassUID = uid.SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = "1.2.3.4.5"
    dataset.SeriesInstanceUID = "1.2.3.4"
    dataset.StudyInstanceUID = "1.2.3"
    dataset.PatientID = "H-17"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = height, width, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated, dataset.BitsStored = allocated, bits or allocated
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    if values.ndim == 3:
        dataset.NumberOfFrames = len(values)
    data = values.tobytes()
    dataset.add_new("PixelData", "OW" if allocated > 8 else "OB", data + b"\0" * (len(data) % 2))
    for keyword, value in changes.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
    dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=True)
    return path
