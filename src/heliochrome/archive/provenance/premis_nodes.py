"""Building PREMIS 3.0 elements, in the order in which its schema wants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree

from heliochrome.archive.provenance.vocabulary import Vocabulary
from heliochrome.image.xml_text import xml_text

PREMIS = "http://www.loc.gov/premis/v3"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DECLARATION = "<?xml version='1.0' encoding='utf-8'?>"

ElementTree.register_namespace("premis", PREMIS)
ElementTree.register_namespace("xsi", XSI)

Element = ElementTree.Element


@dataclass(frozen=True, slots=True)
class Identifier:
    """A PREMIS identifier: its type says how to read its value."""

    type: str
    value: str


def node(name: str, *children: Element, **attributes: str) -> Element:
    """Make an element with children."""
    made = Element(f"{{{PREMIS}}}{name}", attributes)
    made.extend(children)
    return made


def text(name: str, value: str | int, vocabulary: Vocabulary | None = None) -> Element:
    """Make an element with text; of a vocabulary, with its authority where the value is in it."""
    made = node(name, **(vocabulary.attributes(str(value)) if vocabulary else {}))
    made.text = xml_text(str(value))
    return made


def identifier(unit: str, named: Identifier, *more: Element) -> Element:
    """Make an identifier unit, such as "linkingEventIdentifier"."""
    return node(unit, text(f"{unit}Type", named.type), text(f"{unit}Value", named.value), *more)


def moment(value: datetime) -> str:
    """Write an instant as ISO 8601 (and EDTF level 0) has it, in UTC, to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def document(parts: Iterable[Element]) -> bytes:
    """Give the document of these objects, events, agents and rights, in UTF-8."""
    root = node("premis", *parts, version="3.0")
    place = f"{PREMIS} https://www.loc.gov/standards/premis/premis.xsd"
    root.set(f"{{{XSI}}}schemaLocation", place)
    ElementTree.indent(root)
    # Not `tostring` to UTF-8, which encodes every piece by itself and takes twice as long.
    body = ElementTree.tostring(root, encoding="unicode")
    return f"{_DECLARATION}\n{body}\n".encode()
