"""Where a picture comes from, in the properties that every XMP reader knows: xmpMM.

ISO 16684-1, 8.5 (XMP Media Management) and 8.2.2 (ResourceEvent, ResourceRef). A resource is named
by the SHA-256 of its bytes, as `urn:sha256:<hexadecimal>`: the name can be checked against the
file with any tool, and needs no registry. A picture that brings its own document ID is called by
that too.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC
from xml.etree import ElementTree

from heliochrome.image.history import Step, record_steps, software_agent, source_sha256
from heliochrome.image.metadata import Provenance
from heliochrome.image.xml_text import xml_text
from heliochrome.image.xmp_packet import (
    EVENT,
    ITEM,
    MEDIA,
    RDF,
    REFERENCE,
    SEQUENCE,
    take,
    take_elements,
)

_HISTORY = f"{{{MEDIA}}}History"
_DERIVED_FROM = f"{{{MEDIA}}}DerivedFrom"
_DOCUMENT = f"{{{MEDIA}}}DocumentID"
_INSTANCE = f"{{{MEDIA}}}InstanceID"
_FIRST_DOCUMENT = f"{{{MEDIA}}}OriginalDocumentID"
# Of the values that the standard lists for stEvt:action; all other steps are edits.
_ACTIONS = {"crop-borders": "cropped", "upscale": "resized"}


def sha256_urn(sha256: str) -> str:
    """Name a file by the SHA-256 of its bytes, in hexadecimal."""
    return f"urn:sha256:{sha256}"


def add_media_management(
    rdf: ElementTree.Element, description: ElementTree.Element, provenance: Provenance
) -> None:
    """Say in `description` what the picture was derived from, and add its steps to the history.

    What the packet at `rdf` says of the document itself was said of the one it came from, and is
    moved there. The events of its history stay, oldest first. The new document's ID follows from
    the record, so that the same work gives the same file.
    """
    document, first = take(rdf, _DOCUMENT), take(rdf, _FIRST_DOCUMENT)
    instance = take(rdf, _INSTANCE)
    take(rdf, _DERIVED_FROM)
    events = [event for taken in take_elements(rdf, _HISTORY) for event in _items(taken)]
    events += [_event(step, provenance) for step in record_steps(provenance.record)]
    sha256 = source_sha256(provenance.record)
    by_content = [sha256_urn(sha256)] if sha256 else []
    _reference(description, [*document, *by_content][:1], [*by_content, *instance][:1])
    _texts(description, _FIRST_DOCUMENT, [*first, *document, *by_content][:1])
    _texts(description, _DOCUMENT, [_document_id(provenance)])
    if events:
        history = ElementTree.SubElement(description, _HISTORY)
        ElementTree.SubElement(history, SEQUENCE).extend(events)


def _items(history: ElementTree.Element) -> Iterator[ElementTree.Element]:
    for container in history:
        yield from container.findall(ITEM)


def _reference(description: ElementTree.Element, document: list[str], instance: list[str]) -> None:
    if not document and not instance:
        return
    reference = ElementTree.SubElement(description, _DERIVED_FROM, _STRUCTURE)
    _texts(reference, f"{{{REFERENCE}}}documentID", document)
    _texts(reference, f"{{{REFERENCE}}}instanceID", instance)


def _event(step: Step, provenance: Provenance) -> ElementTree.Element:
    event = ElementTree.Element(ITEM, _STRUCTURE)
    _texts(event, f"{{{EVENT}}}action", [_ACTIONS.get(step.task, "edited")])
    _texts(event, f"{{{EVENT}}}softwareAgent", [software_agent(provenance.record)])
    _texts(event, f"{{{EVENT}}}parameters", [str(step)])
    if provenance.made_at is not None:
        when = provenance.made_at.astimezone(UTC).isoformat(timespec="seconds")
        _texts(event, f"{{{EVENT}}}when", [when])
    return event


def _document_id(provenance: Provenance) -> str:
    record = json.dumps(dict(provenance.record), sort_keys=True)
    return f"xmp.did:{uuid.uuid5(uuid.NAMESPACE_OID, record)}"


def _texts(owner: ElementTree.Element, name: str, texts: list[str]) -> None:
    for text in texts:
        ElementTree.SubElement(owner, name).text = xml_text(text)


_STRUCTURE = {f"{{{RDF}}}parseType": "Resource"}
