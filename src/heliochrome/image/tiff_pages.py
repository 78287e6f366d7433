"""How many pages a TIFF file has, of which only the first is processed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import tifffile

from heliochrome.image.read import open_file

_OLD_SUBFILE_TYPE, _OLD_REDUCED = 255, 2


def count_pages(path: Path) -> int:
    """Count the pages of a TIFF file; 1 for a file that is none.

    The first one always counts, being what is processed. Of the others those at full resolution do:
    not the levels of a pyramid, thumbnails and transparency masks (TIFF 6.0, NewSubfileType and
    SubfileType). Pages behind a damaged one are not found.

    Raises:
        ReadError: missing, not permitted, or not a file.

    """
    with open_file(path) as file:
        return 1 + sum(_is_full(page) for page in islice(_directories(file), 1, None))


def _directories(file: BinaryIO) -> Iterator[Any]:
    try:
        with tifffile.TiffFile(file) as tiff:
            seen: set[int] = set()
            for page in tiff.pages:
                if page.offset in seen:  # damaged chains may lead back
                    return
                seen.add(page.offset)
                yield page
    except Exception:  # no TIFF, or whatever a damaged byte leads to
        return


def _is_full(page: Any) -> bool:
    reduced = page.is_reduced or page.tags.valueof(_OLD_SUBFILE_TYPE) == _OLD_REDUCED
    return not (reduced or page.is_mask)
