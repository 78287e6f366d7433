"""Only pages count: not what else a TIFF file has beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tifffile
from picture_files import SUFFIXES, file_bytes, gradient

from heliochrome.errors import ReadError
from heliochrome.image.tiff_pages import count_pages

REDUCED, PAGE, MASK = 1, 2, 4  # bits of NewSubfileType


def _tiff(path: Path, *pages: dict[str, Any], **container: Any) -> Path:
    with tifffile.TiffWriter(path, **container) as writer:
        for page in pages:
            is_mask = page.get("subfiletype", 0) & MASK
            samples = gradient(channels=1)[..., 0] > 99 if is_mask else gradient()
            photometric = "mask" if is_mask else "rgb"
            writer.write(samples, photometric=photometric, metadata=None, **page)
    return path


@pytest.mark.parametrize(
    ("pages", "wanted"),
    [
        ([{}], 1),
        ([{}, {}, {}], 3),
        ([{"subfiletype": PAGE}, {"subfiletype": PAGE}], 2),
        ([{}, {"subfiletype": REDUCED}, {"subfiletype": REDUCED | MASK}], 1),
        ([{}, {"subfiletype": MASK}, {}], 2),
        ([{}, {"extratags": [(255, 3, 1, 2, True)]}], 1),
        ([{}, {"extratags": [(255, 3, 1, 3, True)]}], 2),
        ([{"subfiletype": REDUCED}, {}], 2),
        ([{"subifds": 2}, {"subfiletype": REDUCED}, {}], 1),
    ],
)
@pytest.mark.parametrize("container", [{}, {"bigtiff": True, "byteorder": ">"}])
def test_full_pages_are_counted(
    tmp_path: Path, pages: list[dict[str, Any]], wanted: int, container: dict[str, Any]
) -> None:
    assert count_pages(_tiff(tmp_path / "made.tif", *pages, **container)) == wanted


def test_other_files_are_one_page(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (b"", b"no picture", *(file_bytes(suffix, tmp_path) for suffix in SUFFIXES)):
        path.write_bytes(data)
        assert count_pages(path) == 1


def test_a_damaged_chain_of_pages_ends(tmp_path: Path) -> None:
    path = _tiff(tmp_path / "made.tif", {}, {}, {})
    data = path.read_bytes()
    with tifffile.TiffFile(path) as tiff:
        offsets = [page.offset for page in tiff.pages]
    for cut in (offsets[2] + 1, offsets[1] + 1, offsets[0] + 1, 9, 3):
        path.write_bytes(data[:cut])
        assert 1 <= count_pages(path) <= 3
    looping = data.replace(offsets[2].to_bytes(4, "little"), offsets[0].to_bytes(4, "little"))
    path.write_bytes(looping)
    assert count_pages(path) <= 3


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="does not exist"):
        count_pages(tmp_path / "none.tif")
