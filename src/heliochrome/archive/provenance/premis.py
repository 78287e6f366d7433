"""PREMIS 3.0 records of an archive's files: objects, events, agents and rights in one document.

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
    Element,
    Identifier,
    document,
    identifier,
    moment,
    node,
    text,
)
from heliochrome.archive.provenance.premis_objects import (
    derivative_object,
    file_identifier,
    original_object,
)

_RECORD = "urn:x-heliochrome:provenance:1.0:"
_OUTCOMES = {"failure": "fail"}


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
    return _document(original, derived, events, rights)


def original_document(
    original: OriginalFile, events: Sequence[Event], *, rights: Sequence[str] = ()
) -> bytes:
    """Give the PREMIS record of an original by itself; the same facts give the same bytes.

    Args:
        original: the file.
        events: that happened to it; those of derivatives are left out.
        rights: as for `premis_document`.

    """
    return _document(original, None, events, rights)


def _document(
    original: OriginalFile,
    derived: DerivedFile | None,
    events: Sequence[Event],
    rights: Sequence[str],
) -> bytes:
    told = happenings(original, derived, events)
    statements = [_statement_identifier(original, value) for value in rights]
    objects = [original_object(original, derived, told, statements)]
    if derived is not None:
        objects.append(derivative_object(original, derived, told, statements))
    files = [original.sha256, *([] if derived is None else [derived.sha256])]
    return document(
        [
            *objects,
            *(_event(happening) for happening in told),
            *(_agent(agent, told) for agent in agents(told)),
            *_rights(original, files, rights),
        ]
    )


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
    return identifier("linkingObjectIdentifier", file_identifier(sha256), *roles)  # 2.7


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
    original: OriginalFile, files: Sequence[str], rights: Sequence[str]
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
                *(_linking_object(sha256, None) for sha256 in files),
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
