"""XMP packets (ISO 16684-1): what is there is kept, the provenance is added."""

from __future__ import annotations

import base64
import json
from typing import Any
from xml.etree import ElementTree

from heliochrome.image.metadata import Provenance
from heliochrome.image.xmp_media import add_media_management
from heliochrome.image.xmp_packet import (
    DESCRIPTION,
    EXIF,
    HELIOCHROME,
    IPTC_EXT,
    ITEM,
    RDF,
    SEQUENCE,
    TIFF,
    new_root,
    parse,
    rdf_of,
    serialize,
    take,
    values,
)

_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_GENERATED = "compositeWithTrainedAlgorithmicMedia"
_SOURCE_TYPE = f"{{{IPTC_EXT}}}DigitalSourceType"
_RECORDS = f"{{{HELIOCHROME}}}Records"
_REPLACED = f"{{{HELIOCHROME}}}ReplacedPacket"
# What repeats the file's own size and resolution.
_SIZES = (
    *(f"{{{TIFF}}}{name}" for name in ("ImageWidth", "ImageLength", "XResolution", "YResolution")),
    *(f"{{{EXIF}}}{name}" for name in ("PixelXDimension", "PixelYDimension")),
)
_ORIENTATION = f"{{{TIFF}}}Orientation"


def add_provenance(packet: bytes | None, provenance: Provenance) -> bytes:
    """Give the packet with the digital source type and one more provenance record.

    Records of earlier steps stay, in order. A picture that already holds generated content keeps
    that source type whatever the new step is. The source and the steps are also told in xmpMM,
    for readers that do not know the records. A packet that is not well-formed XML cannot be
    extended; it is then kept, base64, as a property of the new one.
    """
    root = parse(packet)
    replaced = packet if root is None else None
    if root is None:
        root = new_root()
    rdf = rdf_of(root)
    records, source_types = take(rdf, _RECORDS), take(rdf, _SOURCE_TYPE)
    kept: str = provenance.source_type
    if any(value.endswith("/" + _GENERATED) for value in source_types):
        kept = _GENERATED
    description = ElementTree.SubElement(rdf, DESCRIPTION, {f"{{{RDF}}}about": ""})
    ElementTree.SubElement(description, _SOURCE_TYPE).text = _SOURCE_TYPES + kept
    add_media_management(rdf, description, provenance)
    sequence = ElementTree.SubElement(ElementTree.SubElement(description, _RECORDS), SEQUENCE)
    new = json.dumps(dict(provenance.record), ensure_ascii=True, sort_keys=True)
    for record in [*records, new]:
        ElementTree.SubElement(sequence, ITEM).text = record
    if replaced:
        ElementTree.SubElement(description, _REPLACED).text = base64.b64encode(replaced).decode()
    return serialize(root)


def drop_sizes(packet: bytes) -> bytes:
    """Leave out what repeats a picture's size and resolution; other packets stay as they are."""
    return _without(packet, _SIZES)


def drop_orientation(packet: bytes) -> bytes:
    """Leave out what repeats an orientation, for a picture that has been turned upright."""
    return _without(packet, (_ORIENTATION,))


def _without(packet: bytes, names: tuple[str, ...]) -> bytes:
    root = parse(packet)
    if root is None:
        return packet
    found = [value for name in names for value in take(root, name)]
    return serialize(root) if found else packet


def read_records(packet: bytes | None) -> list[dict[str, Any]]:
    """Give the provenance records in a packet, oldest first; none of a packet without them.

    What is not a JSON object there stands as `{"unreadable": its text}`.
    """
    root = parse(packet)
    if root is None:
        return []
    items = [item for records in root.iter(_RECORDS) for item in records.iter(ITEM)]
    return [_record(item.text or "") for item in items]


def read_source_type(packet: bytes | None) -> str | None:
    """Give the IPTC digital source type in a packet, as its full identifier."""
    root = parse(packet)
    found = [] if root is None else values(root, _SOURCE_TYPE)
    return found[0] if found else None


def _record(text: str) -> dict[str, Any]:
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    return record if isinstance(record, dict) else {"unreadable": text}
