"""What a file says about its size in pixels and per inch, once the picture is enlarged.

The print stays as large as it was: a picture with twice the pixels a side gets twice the pixels per
inch. For a scan, pixels per inch say how large the original is, and it has not grown.
"""

from __future__ import annotations

from dataclasses import replace

from heliochrome.image.exif import enlarge_exif
from heliochrome.image.metadata import Metadata
from heliochrome.image.xmp import drop_sizes


def enlarge_metadata(metadata: Metadata, scale: int, height: int, width: int) -> Metadata:
    """Give the metadata of a picture enlarged `scale` times.

    Resolution is multiplied, also in the EXIF block, and the EXIF dimensions are those of the
    result. What the XMP repeats of either is left out: readers then take it from the file.

    Args:
        metadata: of the picture.
        scale: a whole number.
        height: of the picture before, in pixels.
        width: of the picture before.

    """
    dpi = metadata.dpi
    return replace(
        metadata,
        exif=None if metadata.exif is None else enlarge_exif(metadata.exif, scale, height, width),
        xmp=drop_sizes(metadata.xmp) if metadata.xmp else metadata.xmp,
        dpi=None if dpi is None else (dpi[0] * scale, dpi[1] * scale),
    )
