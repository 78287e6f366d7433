"""PREMIS 3.0 records of derivatives: objects, events, agents and rights in one document.

PREMIS Data Dictionary for Preservation Metadata, version 3.0 (revised November 2015), and its XML
schema of January 2016. Numbers in comments are the dictionary's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from heliochrome.archive.entries import DerivedFile, Event, OriginalFile
from heliochrome.archive.provenance import vocabulary as terms
from heliochrome.archive.provenance.happenings import Agent, Happening, agents, happenings
from heliochrome.archive.provenance.premis_nodes import (
    XSI,
    Element,
    Identifier,
    document,
    identifier,
    moment,
    node,
    text,
)
from heliochrome.image.history import software_agent
from heliochrome.image.xmp_media import sha256_urn

_RECORD = "urn:x-heliochrome:provenance:1.0:"
_OUTCOMES = {"failure": "fail"}
# PRONOM's identifiers of what our own encoders write, with the metadata of a derivative in it. It
# has none that could be confirmed for AVIF; very large TIFF files may be BigTIFF.
_WRITTEN = {
    "image/jpeg": "fmt/43",
    "image/jp2": "x-fmt/392",
    "image/png": "fmt/13",
    "image/tiff": "fmt/353",
    "image/webp": "fmt/568",
}
_SURELY_CLASSIC_TIFF = 3_000_000_000  # bytes


def premis_document(
    original: OriginalFile,
    derived: DerivedFile,
    events: Sequence[Event],
    *,
    rights: Sequence[str] = (),
) -> bytes:
    """Give the PREMIS record of a derivative, with that of the original it was made from.

    The same facts give the same bytes: identifiers of events follow from what they name.

    Args:
        original: the file that it was made from.
        derived: the derivative; its making is told from its own record.
        events: of the original and of the derivative, with their outcomes; those of other
            derivatives are left out.
        rights: statements on the original, as text or as URIs (Dublin Core "rights").

    """
    told = happenings(original, derived, events)
    statements = [_statement_identifier(original, value) for value in rights]
    return document(
        [
            _original(original, derived, told, statements),
            _derivative(original, derived, told, statements),
            *(_event(happening) for happening in told),
            *(_agent(agent, told) for agent in agents(told)),
            *_rights(original, derived, rights),
        ]
    )


def _original(
    original: OriginalFile,
    derived: DerivedFile,
    told: Sequence[Happening],
    statements: Sequence[Identifier],
) -> Element:
    characteristics = _characteristics(
        original.sha256, original.sha512, original.size, original.mime, original.puid
    )
    return _file(
        _file_identifier(original.sha256),
        identifier("objectIdentifier", Identifier("local", original.identifier)),
        characteristics,
        text("originalName", original.source_name),  # 1.6
        _storage(original.uri),
        _relationship("is source of", derived.sha256, told),
        *_links(original.sha256, told, statements),
    )


def _derivative(
    original: OriginalFile,
    derived: DerivedFile,
    told: Sequence[Happening],
    statements: Sequence[Identifier],
) -> Element:
    name, _, version = software_agent(derived.record).partition(" ")
    application = node(  # 1.5.5
        "creatingApplication",
        text("creatingApplicationName", name),
        *([text("creatingApplicationVersion", version)] if version else []),
        text("dateCreatedByApplication", moment(derived.made_at)),
    )
    characteristics = _characteristics(
        derived.sha256, derived.sha512, derived.size, derived.mime, _written_puid(derived)
    )
    characteristics.append(application)
    return _file(
        _file_identifier(derived.sha256),
        identifier("objectIdentifier", Identifier("local", derived.key)),
        characteristics,
        _storage(derived.uri),
        _relationship("has source", original.sha256, told),
        *_links(derived.sha256, told, statements),
    )


def _file(named: Identifier, *parts: Element) -> Element:
    made = node("object", identifier("objectIdentifier", named), *parts)
    made.set(f"{{{XSI}}}type", "premis:file")  # 1.2: the schema has the category as a type
    return made


def _file_identifier(sha256: str) -> Identifier:
    return Identifier("URI", sha256_urn(sha256))


def _characteristics(sha256: str, sha512: str, size: int, mime: str, puid: str | None) -> Element:
    registry = (
        [
            node(
                "formatRegistry",
                text("formatRegistryName", "PRONOM"),
                text("formatRegistryKey", puid),
            )
        ]
        if puid
        else []
    )
    return node(  # 1.5
        "objectCharacteristics",
        text("compositionLevel", 0),
        *(_fixity(name, digest) for name, digest in (("SHA-256", sha256), ("SHA-512", sha512))),
        text("size", size),
        node("format", node("formatDesignation", text("formatName", mime)), *registry),
    )


def _written_puid(derived: DerivedFile) -> str | None:
    if derived.mime == "image/tiff" and derived.size > _SURELY_CLASSIC_TIFF:
        return None
    return _WRITTEN.get(derived.mime)


def _fixity(algorithm: str, digest: str) -> Element:
    return node(  # 1.5.2
        "fixity",
        text("messageDigestAlgorithm", algorithm, terms.HASH_FUNCTION),
        text("messageDigest", digest),
    )


def _storage(uri: str) -> Element:
    # Names below a storage are relative references (RFC 3986, 4.2), so all of them are URIs.
    location = node(
        "contentLocation", text("contentLocationType", "URI"), text("contentLocationValue", uri)
    )
    return node("storage", location)  # 1.7


def _relationship(kind: str, other: str, told: Sequence[Happening]) -> Element:
    made = [happening for happening in told if len(happening.objects) > 1]
    return node(  # 1.13
        "relationship",
        text("relationshipType", "derivation", terms.RELATIONSHIP),
        text("relationshipSubType", kind, terms.RELATIONSHIP_SUBTYPE),
        identifier("relatedObjectIdentifier", _file_identifier(other)),
        *(identifier("relatedEventIdentifier", happening.identifier) for happening in made),
    )


def _links(
    sha256: str, told: Sequence[Happening], statements: Sequence[Identifier]
) -> Iterator[Element]:
    for happening in told:
        if any(sha256 == taking_part for taking_part, _ in happening.objects):
            yield identifier("linkingEventIdentifier", happening.identifier)  # 1.14
    for statement in statements:
        yield identifier("linkingRightsStatementIdentifier", statement)  # 1.15


def _event(happening: Happening) -> Element:
    label = _OUTCOMES.get(happening.outcome, happening.outcome)
    outcome = node("eventOutcomeInformation", text("eventOutcome", label, terms.OUTCOME))
    if happening.note:
        note = text("eventOutcomeDetailNote", happening.note)
        outcome.append(node("eventOutcomeDetail", note))
    return node(  # 2
        "event",
        identifier("eventIdentifier", happening.identifier),
        text("eventType", happening.kind, terms.EVENT_TYPE),
        text("eventDateTime", moment(happening.happened_at)),
        *(_detail(said, record) for said, record in happening.details),
        outcome,
        *(
            identifier(
                "linkingAgentIdentifier",
                agent.identifier,
                text("linkingAgentRole", "executing program", terms.AGENT_ROLE),
            )
            for agent in happening.agents
        ),
        *(_linking_object(sha256, role) for sha256, role in happening.objects),
    )


def _detail(said: str, record: str | None) -> Element:
    made = node("eventDetailInformation", text("eventDetail", said))  # 2.4
    if record is not None:
        extension = Element(f"{{{_RECORD}}}Step")
        extension.text = record
        made.append(node("eventDetailExtension", extension))
    return made


def _linking_object(sha256: str, role: str | None) -> Element:
    roles = [] if role is None else [text("linkingObjectRole", role, terms.OBJECT_ROLE)]
    return identifier("linkingObjectIdentifier", _file_identifier(sha256), *roles)  # 2.7


def _agent(agent: Agent, told: Sequence[Happening]) -> Element:
    return node(  # 3
        "agent",
        identifier("agentIdentifier", agent.identifier),
        text("agentName", agent.name),
        text("agentType", "software", terms.AGENT_TYPE),
        *([text("agentVersion", agent.version)] if agent.version else []),
        *([text("agentNote", agent.note)] if agent.note else []),
        *(
            identifier("linkingEventIdentifier", happening.identifier)
            for happening in told
            if agent in happening.agents
        ),
    )


def _rights(
    original: OriginalFile, derived: DerivedFile, rights: Sequence[str]
) -> Iterator[Element]:
    if not rights:
        return
    yield node(  # 4
        "rights",
        *(
            node(
                "rightsStatement",
                identifier("rightsStatementIdentifier", _statement_identifier(original, value)),
                text("rightsBasis", "other"),
                _other_rights(value),
                *(_linking_object(file.sha256, None) for file in (original, derived)),
            )
            for value in rights
        ),
    )


def _other_rights(value: str) -> Element:
    is_uri = value.startswith(("http://", "https://"))
    named = Identifier("URI", value)
    return node(  # 4.1.6
        "otherRightsInformation",
        *([identifier("otherRightsDocumentationIdentifier", named)] if is_uri else []),
        text("otherRightsBasis", "as stated in the catalog"),
        *([] if is_uri else [text("otherRightsNote", value)]),
    )


def _statement_identifier(original: OriginalFile, value: str) -> Identifier:
    name = f"{original.sha256}\n{value}"
    return Identifier("UUID", str(uuid.uuid5(uuid.NAMESPACE_OID, name)))
