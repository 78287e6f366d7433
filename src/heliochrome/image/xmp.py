"""XMP packets (ISO 16684-1): what is there is kept, the provenance is added."""

from __future__ import annotations

import base64
import json
from typing import Any
from xml.etree import ElementTree

from heliochrome.image.metadata import Provenance

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META = "adobe:ns:meta/"
_IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_HELIOCHROME = "urn:x-heliochrome:provenance:1.0:"
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_GENERATED = "compositeWithTrainedAlgorithmicMedia"

# Namespaces mean the same under any prefix, yet people and simple tools look for the usual ones.
for _prefix, _name in {
    "x": _META,
    "rdf": _RDF,
    "Iptc4xmpExt": _IPTC_EXT,
    "heliochrome": _HELIOCHROME,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": _EXIF,
    "tiff": _TIFF,
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}.items():
    ElementTree.register_namespace(_prefix, _name)

_DESCRIPTION = f"{{{_RDF}}}Description"
_ITEM = f"{{{_RDF}}}li"
_SOURCE_TYPE = f"{{{_IPTC_EXT}}}DigitalSourceType"
_RECORDS = f"{{{_HELIOCHROME}}}Records"
_REPLACED = f"{{{_HELIOCHROME}}}ReplacedPacket"
# What repeats the file's own size and resolution.
_SIZES = (
    *(f"{{{_TIFF}}}{name}" for name in ("ImageWidth", "ImageLength", "XResolution", "YResolution")),
    *(f"{{{_EXIF}}}{name}" for name in ("PixelXDimension", "PixelYDimension")),
)


def add_provenance(packet: bytes | None, provenance: Provenance) -> bytes:
    """Give the packet with the digital source type and one more provenance record.

    Records of earlier steps stay, in order. A picture that already holds generated content keeps
    that source type whatever the new step is. A packet that is not well-formed XML cannot be
    extended; it is then kept, base64, as a property of the new one.
    """
    root = _parse(packet)
    replaced = packet if root is None else None
    if root is None:
        root = ElementTree.Element(f"{{{_META}}}xmpmeta")
    rdf = root if root.tag == f"{{{_RDF}}}RDF" else root.find(f"{{{_RDF}}}RDF")
    if rdf is None:
        rdf = ElementTree.SubElement(root, f"{{{_RDF}}}RDF")
    records, source_types = _take(rdf, _RECORDS), _take(rdf, _SOURCE_TYPE)
    kept: str = provenance.source_type
    if any(value.endswith("/" + _GENERATED) for value in source_types):
        kept = _GENERATED
    description = ElementTree.SubElement(rdf, _DESCRIPTION, {f"{{{_RDF}}}about": ""})
    ElementTree.SubElement(description, _SOURCE_TYPE).text = _SOURCE_TYPES + kept
    sequence = ElementTree.SubElement(
        ElementTree.SubElement(description, _RECORDS), f"{{{_RDF}}}Seq"
    )
    new = json.dumps(dict(provenance.record), ensure_ascii=True, sort_keys=True)
    for record in [*records, new]:
        ElementTree.SubElement(sequence, _ITEM).text = record
    if replaced:
        ElementTree.SubElement(description, _REPLACED).text = base64.b64encode(replaced).decode()
    return _serialize(root)


def drop_sizes(packet: bytes) -> bytes:
    """Leave out what repeats a picture's size and resolution; other packets stay as they are."""
    root = _parse(packet)
    if root is None:
        return packet
    found = [value for name in _SIZES for value in _take(root, name)]
    return _serialize(root) if found else packet


def read_records(packet: bytes | None) -> list[dict[str, Any]]:
    """Give the provenance records in a packet, oldest first; none of a packet without them."""
    root = _parse(packet)
    if root is None:
        return []
    items = [item for records in root.iter(_RECORDS) for item in records.iter(_ITEM)]
    return [json.loads(item.text or "{}") for item in items]


def read_source_type(packet: bytes | None) -> str | None:
    """Give the IPTC digital source type in a packet, as its full identifier."""
    root = _parse(packet)
    values = [] if root is None else _values(root, _SOURCE_TYPE)
    return values[0] if values else None


def _parse(packet: bytes | None) -> ElementTree.Element | None:
    # XMP has no document type; refusing it shuts out entity expansion.
    if not packet or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    try:
        return ElementTree.fromstring(packet.strip(b"\0 \t\r\n"))
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def _values(element: ElementTree.Element, name: str) -> list[str]:
    """Texts of a property, whether written as element, list or attribute."""
    found = [text for child in element.iter(name) for text in _texts(child)]
    return found + [owner.attrib[name] for owner in element.iter() if name in owner.attrib]


def _texts(element: ElementTree.Element) -> list[str]:
    items = [item.text or "" for item in element.iter(_ITEM)]
    resource = element.attrib.get(f"{{{_RDF}}}resource")
    return items or [resource or (element.text or "").strip()]


def _take(rdf: ElementTree.Element, name: str) -> list[str]:
    """Remove a property from all descriptions and give its values."""
    values = _values(rdf, name)
    for owner in list(rdf.iter()):
        owner.attrib.pop(name, None)
        for child in owner.findall(name):
            owner.remove(child)
    return values


def _serialize(root: ElementTree.Element) -> bytes:
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=False)
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
    return head + body + b'\n<?xpacket end="w"?>'
