"""A first Dublin Core description from what a file says about itself.

What was written by people (XMP, then IPTC) goes before what a device wrote (EXIF). Elements that
describe the file rather than the picture (format, identifier) are left to the catalog.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from heliochrome.archive.embedded import Embedded
from heliochrome.archive.entries import ELEMENTS
from heliochrome.archive.texts import clean_text

_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PHOTOSHOP = "{http://ns.adobe.com/photoshop/1.0/}"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_OF_THE_FILE = frozenset({"format", "identifier"})

_IPTC = {
    "title": ("ObjectName", "Headline"),
    "creator": ("By-line",),
    "subject": ("Keywords",),
    "description": ("Caption-Abstract",),
    "date": ("DateCreated",),
    "rights": ("CopyrightNotice",),
}
_EXIF = {
    "title": ("XPTitle",),
    "creator": ("Artist",),
    "description": ("ImageDescription",),
    "rights": ("Copyright",),
}
# What programs and cameras write there without being asked: their own notes on the file (tifffile,
# ImageJ, OME) or a name of themselves.
_NO_DESCRIPTION = re.compile(
    r"\{.*\}$|ImageJ=|<\?xml|.*DIGITAL CAMERA$|SONY DSC$|Exif_JPEG_PICTURE$|default$", re.DOTALL
)
_EXIF_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)")
_IPTC_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)$")


def first_description(embedded: Embedded) -> dict[str, tuple[str, ...]]:
    """Give values of Dublin Core elements, as far as the file states them."""
    found: dict[str, tuple[str, ...]] = {}
    for source in (_from_xmp(embedded.xmp), _from_iptc(embedded.iptc), _from_exif(embedded.exif)):
        for element, values in source.items():
            kept = tuple(dict.fromkeys(filter(None, map(clean_text, values))))
            if kept:
                found.setdefault(element, kept)
    return found


def _from_xmp(packet: str | None) -> dict[str, list[str]]:
    from lxml import etree

    if packet is None or "<!DOCTYPE" in packet or "<!ENTITY" in packet:
        return {}
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(packet.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return {}
    found: dict[str, list[str]] = {}
    for element in ELEMENTS:
        if element not in _OF_THE_FILE:
            found[element] = list(_property(root, f"{_DC}{element}"))
    if not found["date"]:
        found["date"] = list(_property(root, f"{_PHOTOSHOP}DateCreated"))
    return found


def _property(root: object, name: str) -> Iterator[str]:
    """Give the values of a property, written as a list, as language alternatives or plainly."""
    from lxml import etree

    assert isinstance(root, etree._Element)
    for node in root.iter(name):
        items = list(node.iter(f"{_RDF}li"))
        alternatives = node.find(f"{_RDF}Alt") is not None
        if alternatives:
            items.sort(key=lambda item: item.get(_LANGUAGE) != "x-default")
            items = items[:1]
        yield from (item.text or "" for item in items)
        if not items and node.text:
            yield node.text
    for node in root.iter(f"{_RDF}Description"):
        value = node.get(name)
        if value is not None:
            yield str(value)


def _from_iptc(iptc: Mapping[str, list[str]]) -> dict[str, list[str]]:
    found = {}
    for element, names in _IPTC.items():
        values = next((iptc[name] for name in names if name in iptc), [])
        if element == "date":
            values = [_IPTC_DATE.sub(r"\1-\2-\3", value) for value in values]
        found[element] = values
    return found


def _from_exif(exif: Mapping[str, object]) -> dict[str, list[str]]:
    found = {}
    for element, names in _EXIF.items():
        values = [str(exif[name]).strip() for name in names if isinstance(exif.get(name), str)]
        found[element] = [value for value in values if not _NO_DESCRIPTION.match(value)]
    part = exif.get("Exif")
    taken = part.get("DateTimeOriginal") if isinstance(part, Mapping) else None
    date = _EXIF_DATE.match(taken) if isinstance(taken, str) else None
    if date and date[1] != "0000":
        found["date"] = ["-".join(date.groups())]
    return found
