"""What a picture file says besides its pixels, and the record of what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

SourceType = Literal["compositeWithTrainedAlgorithmicMedia", "algorithmicallyEnhanced"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Descriptive metadata, carried from the input to the output.

    Attributes:
        exif: a bare EXIF block (TIFF header first, no "Exif" prefix), its orientation 1 and
            without a thumbnail, since the stored pixels are upright and will change.
        xmp: an XMP packet (UTF-8 RDF/XML).
        dpi: pixels per inch, horizontal and vertical.

    """

    exif: bytes | None = None
    xmp: bytes | None = None
    dpi: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a derived picture was made; written into its XMP.

    Attributes:
        source_type: the IPTC digital source type, by its last word
            (http://cv.iptc.org/newscodes/digitalsourcetype/).
        record: JSON-serializable facts: input hash, model name, version and hash, heliochrome
            version, task and every parameter.
        made_at: when (aware of its time zone). None, as heliochrome's own commands have it, writes
            no time, so that the same work gives the same file.

    """

    source_type: SourceType
    record: Mapping[str, Any] = field(default_factory=dict)
    made_at: datetime | None = None
