"""Which files are done row by row, so that memory stays bounded: large TIFF files to TIFF files."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from heliochrome.cli.outputs import SUFFIXES, OutputFormat
from heliochrome.errors import UnsupportedPictureError
from heliochrome.image.formats.tiff import Page
from heliochrome.image.tiff_rows import TiffRows, is_tiff, open_tiff_rows

ROW_BY_ROW = 1 << 28  # from so many bytes of samples on


def goes_by_rows(page: Page, output: Path, scale: int = 1) -> bool:
    """Tell whether what is made of a page, enlarged `scale` times, is written row by row."""
    large = page.nbytes * scale**2 >= ROW_BY_ROW
    return large and output.suffix.lower() in SUFFIXES[OutputFormat.tiff]


def open_rows(path: Path, stack: ExitStack) -> TiffRows | None:
    """Open a TIFF file for reading rows until `stack` ends; None for other files.

    Raises:
        ReadError: the file cannot be read.

    """
    if not is_tiff(path):
        return None
    try:
        return stack.enter_context(open_tiff_rows(path))
    except UnsupportedPictureError:
        # What cannot be read in parts may still be read as a whole; if not, that says why.
        return None
