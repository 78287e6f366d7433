"""What a DICOM header says in pixels, or about their size and place, once an image is enlarged.

A pixel becomes `scale` by `scale` smaller ones that cover the same part of the patient: spacings
are divided, and the center of the first pixel moves toward the image's corner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pydicom.dataset import Dataset
from pydicom.valuerep import DSfloat

# Distances between the centers of pixels, row then column, in mm (10.7.1.3): in the patient, at the
# detector, and on the film or paper that was scanned.
_SPACINGS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")
# Places in pixels counted from 1: the display shutter (C.7.6.11), the collimator (C.8.7.3).
_PLACES = (
    "ShutterLeftVerticalEdge",
    "ShutterRightVerticalEdge",
    "ShutterUpperHorizontalEdge",
    "ShutterLowerHorizontalEdge",
    "CenterOfCircularShutter",
    "VerticesOfThePolygonalShutter",
    "CollimatorLeftVerticalEdge",
    "CollimatorRightVerticalEdge",
    "CollimatorUpperHorizontalEdge",
    "CollimatorLowerHorizontalEdge",
    "CenterOfCircularCollimator",
    "VerticesOfThePolygonalCollimator",
)
_LENGTHS = ("RadiusOfCircularShutter", "RadiusOfCircularCollimator")
# Regions of an ultrasound image (C.8.5.5): pixels counted from 0, and units per pixel.
_REGION_STARTS = ("RegionLocationMinX0", "RegionLocationMinY0")
_REGION_ENDS = ("RegionLocationMaxX1", "RegionLocationMaxY1")
_REGION_LENGTHS = ("ReferencePixelX0", "ReferencePixelY0")
_REGION_DELTAS = ("PhysicalDeltaX", "PhysicalDeltaY")


def enlarge_geometry(header: Dataset, scale: int) -> None:
    """Make a header that of the image enlarged `scale` times, in place.

    Rows, columns, spacings, the position of the first pixel (C.7.6.2.1.1), display shutter,
    collimator and the regions of ultrasound images are adapted. Angles, slices and what is said
    about the acquisition stay.

    Args:
        header: of the image.
        scale: a whole number.

    """
    header.Rows = int(header.Rows) * scale
    header.Columns = int(header.Columns) * scale
    _move_first_pixel(header, scale)
    for keyword in _SPACINGS:
        _change(header, keyword, lambda spacing: _decimal(float(spacing) / scale))
    for keyword in _PLACES:
        _change(header, keyword, lambda place: int((int(place) - 0.5) * scale + 0.5))
    for keyword in _LENGTHS:
        _change(header, keyword, lambda length: int(length) * scale)
    for region in header.get("SequenceOfUltrasoundRegions", None) or ():
        _enlarge_region(region, scale)


def _enlarge_region(region: Dataset, scale: int) -> None:
    for keyword in _REGION_STARTS + _REGION_LENGTHS:
        _change(region, keyword, lambda place: int(place) * scale)
    for keyword in _REGION_ENDS:
        _change(region, keyword, lambda last: (int(last) + 1) * scale - 1)
    for keyword in _REGION_DELTAS:
        _change(region, keyword, lambda delta: float(delta) / scale)


def _move_first_pixel(header: Dataset, scale: int) -> None:
    """Keep the corner of the image where it is: the position is that of a pixel's center."""
    position, orientation, spacing = (
        header.get(keyword, None)
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
    )
    if not (position and orientation and spacing):
        return
    along_row, down_column = np.array(orientation, np.float64).reshape(2, 3)
    between_rows, between_columns = map(float, spacing)
    step = along_row * between_columns + down_column * between_rows
    moved = np.array(position, np.float64) - step * (scale - 1) / (2 * scale)
    header.ImagePositionPatient = [_decimal(float(value)) for value in moved]


def _change(dataset: Dataset, keyword: str, change: Callable[[Any], Any]) -> None:
    value = dataset.get(keyword, None)
    if value is None or value == "":
        return
    several = hasattr(value, "__iter__") and not isinstance(value, str)
    setattr(dataset, keyword, [change(part) for part in value] if several else change(value))


def _decimal(value: float) -> DSfloat:
    """As many digits as the 16 characters of a decimal string hold (PS3.5, 6.2)."""
    return DSfloat(value, auto_format=True)
