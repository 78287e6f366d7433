"""XMP packets (ISO 16684-1) as trees: parsing, properties in their many spellings, serializing."""

from __future__ import annotations

from xml.etree import ElementTree

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
META = "adobe:ns:meta/"
IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
HELIOCHROME = "urn:x-heliochrome:provenance:1.0:"
TIFF = "http://ns.adobe.com/tiff/1.0/"
EXIF = "http://ns.adobe.com/exif/1.0/"
MEDIA = "http://ns.adobe.com/xap/1.0/mm/"
EVENT = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
REFERENCE = "http://ns.adobe.com/xap/1.0/sType/ResourceRef#"

# Namespaces mean the same under any prefix, yet people and simple tools look for the usual ones.
for _prefix, _name in {
    "x": META,
    "rdf": RDF,
    "Iptc4xmpExt": IPTC_EXT,
    "heliochrome": HELIOCHROME,
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": MEDIA,
    "stEvt": EVENT,
    "stRef": REFERENCE,
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "exif": EXIF,
    "tiff": TIFF,
    "Iptc4xmpCore": "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
}.items():
    ElementTree.register_namespace(_prefix, _name)

DESCRIPTION = f"{{{RDF}}}Description"
ITEM = f"{{{RDF}}}li"
SEQUENCE = f"{{{RDF}}}Seq"
_WHOLE = f"{{{RDF}}}RDF"


def parse(packet: bytes | None) -> ElementTree.Element | None:
    """Give the root of a packet; None for no packet and for one that is not well-formed."""
    # XMP has no document type; refusing it shuts out entity expansion.
    if not packet or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return None
    try:
        return ElementTree.fromstring(packet.strip(b"\0 \t\r\n"))
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def new_root() -> ElementTree.Element:
    """Give the root of a packet without properties."""
    return ElementTree.Element(f"{{{META}}}xmpmeta")


def rdf_of(root: ElementTree.Element) -> ElementTree.Element:
    """Give the rdf:RDF element of a packet, made where it is missing."""
    if root.tag == _WHOLE:
        return root
    found = root.find(_WHOLE)
    return ElementTree.SubElement(root, _WHOLE) if found is None else found


def values(element: ElementTree.Element, name: str) -> list[str]:
    """Texts of a property, whether written as element, list or attribute."""
    found = [text for child in element.iter(name) for text in _texts(child)]
    return found + [owner.attrib[name] for owner in element.iter() if name in owner.attrib]


def take(rdf: ElementTree.Element, name: str) -> list[str]:
    """Remove a property from all descriptions and give its texts."""
    texts = values(rdf, name)
    for owner in list(rdf.iter()):
        owner.attrib.pop(name, None)
    take_elements(rdf, name)
    return texts


def take_elements(rdf: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """Remove a property that is written as an element, and give those elements."""
    taken = []
    for owner in list(rdf.iter()):
        for child in owner.findall(name):
            owner.remove(child)
            taken.append(child)
    return taken


def serialize(root: ElementTree.Element) -> bytes:
    """Write a packet, in UTF-8 and without padding."""
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=False)
    head = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'.encode()
    return head + body + b'\n<?xpacket end="w"?>'


def _texts(element: ElementTree.Element) -> list[str]:
    items = [item.text or "" for item in element.iter(ITEM)]
    resource = element.attrib.get(f"{{{RDF}}}resource")
    return items or [resource or (element.text or "").strip()]
