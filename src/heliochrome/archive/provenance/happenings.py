"""The events and agents of a PREMIS record, before they become XML."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from heliochrome.archive.entries import DerivedFile, Event, OriginalFile
from heliochrome.archive.provenance.premis_nodes import Identifier
from heliochrome.image.history import NOT_STATED, Step, UsedNetwork, record_steps, software_agent
from heliochrome.image.xmp_media import sha256_urn

CREATION = "creation"


@dataclass(frozen=True, slots=True)
class Agent:
    """A program, or a network that a program ran.

    Attributes:
        identifier: unique among the agents.
        name: for people.
        version: None where it is not known.
        note: what else tells it from others; "" for nothing.

    """

    identifier: Identifier
    name: str
    version: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event, and what took part in it.

    Attributes:
        identifier: unique among the events, and the same whenever this record is made.
        kind: PREMIS event type.
        happened_at: when it happened, or had happened.
        details: what was done, one text for each step, with the step's record where there is one.
        outcome: "success" or "failure".
        note: on the outcome; "" for nothing.
        agents: that carried it out.
        objects: SHA-256 of each file that took part, and its role; None for none in particular.

    """

    identifier: Identifier
    kind: str
    happened_at: datetime
    details: tuple[tuple[str, str | None], ...]
    outcome: str
    note: str
    agents: tuple[Agent, ...]
    objects: tuple[tuple[str, str | None], ...]


def happenings(
    original: OriginalFile, derived: DerivedFile | None, events: Sequence[Event]
) -> tuple[Happening, ...]:
    """Give the events of an original and of one derivative of it (None for none), oldest first.

    That the derivative was made follows from its own record and is told from there, whether or not
    it is among `events`; those of other derivatives are left out.
    """
    told = [] if derived is None else [_made(original, derived)]
    for event in events:
        if event.derivative_key is None:
            told.append(_told(event, original.sha256))
        elif derived and event.derivative_key == derived.key and event.kind != CREATION:
            told.append(_told(event, derived.sha256))
    return tuple(sorted(told, key=lambda happening: happening.happened_at))


def agents(told: Sequence[Happening]) -> tuple[Agent, ...]:
    """Give everything that carried out events, once each, in the order of its first event."""
    return tuple(dict.fromkeys(agent for happening in told for agent in happening.agents))


def _told(event: Event, sha256: str) -> Happening:
    return Happening(
        identifier=_event_identifier(event.kind, sha256, event.happened_at.isoformat()),
        kind=event.kind,
        happened_at=event.happened_at,
        details=((event.detail, None),) if event.detail.strip() else (),
        outcome=event.outcome,
        note="",
        agents=(_program(event.agent),),
        objects=((sha256, None),),
    )


def _made(original: OriginalFile, derived: DerivedFile) -> Happening:
    steps = record_steps(derived.record)
    networks = dict.fromkeys(network for step in steps for network in step.networks)
    return Happening(
        identifier=_event_identifier(CREATION, derived.key),
        kind=CREATION,
        happened_at=derived.made_at,
        details=(
            (f"recipe {derived.recipe_name} (sha256 {derived.recipe_sha256})", None),
            *((f"step {number}: {step}", _json(step)) for number, step in enumerate(steps, 1)),
        ),
        outcome="success",
        note="; ".join(_outcome_notes(derived)),
        agents=(_program(software_agent(derived.record)), *map(_network, networks)),
        objects=((original.sha256, "source"), (derived.sha256, "outcome")),
    )


def _outcome_notes(derived: DerivedFile) -> Iterator[str]:
    yield f"{derived.width} x {derived.height} pixels in {derived.seconds:.3f} s"
    if derived.mean_confidence is not None:
        yield f"colors are a guess, of mean confidence {derived.mean_confidence:.4g}"
    if derived.confidence_uri is not None:
        yield f"confidence map: {derived.confidence_uri}"


def _json(step: Step) -> str:
    facts = {"task": step.task, "parameters": step.parameters}
    return json.dumps(facts, ensure_ascii=True, sort_keys=True)


def _program(agent: str) -> Agent:
    name, _, version = agent.rpartition(" ")
    if name and version[:1].isdigit():
        return Agent(Identifier("local", agent), name, version)
    return Agent(Identifier("local", agent), agent)


def _network(network: UsedNetwork) -> Agent:
    name = network.name or NOT_STATED
    if network.sha256 is None:
        return Agent(Identifier("local", str(network)), name, network.version, "neural network")
    note = f"neural network, SHA-256 of its file: {network.sha256}"
    return Agent(Identifier("URI", sha256_urn(network.sha256)), name, network.version, note)


def _event_identifier(*facts: str) -> Identifier:
    """Name an event by what makes it this one, so that a record made again is the same."""
    return Identifier("UUID", str(uuid.uuid5(uuid.NAMESPACE_OID, "\n".join(facts))))
