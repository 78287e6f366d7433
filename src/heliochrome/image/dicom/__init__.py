"""Gray DICOM images: stored values and header in, a derived image out.

Sections are those of the DICOM standard, https://dicom.nema.org/medical/dicom/current/. What is
imported here needs no pydicom; the modules below do.
"""

from __future__ import annotations

from pathlib import Path

from heliochrome.image.read import open_file

SUFFIX = ".dcm"
SUFFIXES = (SUFFIX, ".dicom")
MAX_SIDE = 65_535  # Rows and Columns are 16-bit numbers

_PREAMBLE = 128  # bytes before the prefix (PS3.10, 7.1)


def is_dicom(path: Path) -> bool:
    """Tell by its preamble and prefix whether a file is a DICOM file, whatever it is called.

    Raises:
        ReadError: missing, not permitted, or not a file.

    """
    with open_file(path) as file:
        return file.read(_PREAMBLE + 4)[_PREAMBLE:] == b"DICM"
