"""PREMIS records: the rules of the dictionary hold, and nothing that is known is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from archive_entries import DERIVED, EVENTS, ORIGINAL, RECORD, event
from hypothesis import given, settings
from hypothesis import strategies as st
from premis_rules import LINKS, PREMIS, faults, identifiers

from heliochrome.archive.entries import Event
from heliochrome.archive.formats import identify
from heliochrome.archive.provenance.premis import original_document, premis_document
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture

RIGHTS = ("Public domain in the country of origin", "http://rightsstatements.org/vocab/NoC-NC/1.0/")
DOCUMENT = premis_document(ORIGINAL, DERIVED, EVENTS, rights=RIGHTS)
NAMES = {"p": PREMIS}


@pytest.fixture
def root() -> ElementTree.Element:
    return ElementTree.fromstring(DOCUMENT)


def objects(root: ElementTree.Element) -> tuple[ElementTree.Element, ElementTree.Element]:
    original, derivative = root.findall("p:object", NAMES)
    return original, derivative


def events(root: ElementTree.Element, kind: str) -> list[ElementTree.Element]:
    return [
        e for e in root.findall("p:event", NAMES) if e.findtext("p:eventType", "", NAMES) == kind
    ]


def test_the_rules_hold_with_and_without_rights_and_events() -> None:
    assert faults(DOCUMENT) == []
    assert faults(premis_document(ORIGINAL, DERIVED, ())) == []


@pytest.mark.parametrize(
    ("original", "derived"),
    [
        (replace(ORIGINAL, puid=None), replace(DERIVED, mean_confidence=None, confidence_uri=None)),
        (replace(ORIGINAL, is_reference=True, uri="file:///photos/a%20b.tif"), DERIVED),
        (ORIGINAL, replace(DERIVED, record={})),
        (replace(ORIGINAL, source_name="\x00 \ud800 ]]> \x1b"), DERIVED),
    ],
    ids=["nothing optional", "referenced", "no record", "forbidden characters"],
)
def test_the_rules_hold_for_other_files(original: object, derived: object) -> None:
    assert faults(premis_document(original, derived, EVENTS)) == []


@pytest.mark.parametrize("events", [EVENTS, ()], ids=["events", "no events"])
@pytest.mark.parametrize("rights", [RIGHTS, ()], ids=["rights", "no rights"])
def test_the_rules_hold_for_an_original_by_itself(
    events: tuple[Event, ...], rights: tuple[str, ...]
) -> None:
    document = original_document(ORIGINAL, events, rights=rights)
    assert faults(document) == []
    root = ElementTree.fromstring(document)
    (described,) = root.findall("p:object", NAMES)
    assert described.findtext(".//p:originalName", "", NAMES) == ORIGINAL.source_name
    told = [
        happened.findtext("p:eventType", "", NAMES) for happened in root.findall("p:event", NAMES)
    ]
    of_original = [one.kind for one in events if one.derivative_key is None]
    assert told == of_original


def remove(root: ElementTree.Element, path: str) -> None:
    parent = root.find(path.rpartition("/")[0], NAMES)
    child = root.find(path, NAMES)
    assert parent is not None
    assert child is not None
    parent.remove(child)


def swap(root: ElementTree.Element, path: str) -> None:
    parent = root.find(path, NAMES)
    assert parent is not None
    parent[0], parent[1] = parent[1], parent[0]


def set_text(root: ElementTree.Element, path: str, text: str) -> None:
    found = root.find(path, NAMES)
    assert found is not None
    found.text = text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: remove(r, "./p:event/p:eventDateTime"), "2 event"),
        (lambda r: remove(r, "./p:object/p:objectIdentifier/p:objectIdentifierValue"), "1.1 "),
        (lambda r: remove(r, "./p:object/p:objectCharacteristics/p:format"), "1.5 "),
        (lambda r: remove(r, ".//p:fixity/p:messageDigest"), "1.5.2 "),
        (lambda r: remove(r, ".//p:relationship/p:relatedObjectIdentifier"), "1.13 "),
        (lambda r: remove(r, "./p:agent/p:agentIdentifier"), "3 agent"),
        (lambda r: remove(r, ".//p:rightsStatement/p:rightsBasis"), "4.1 "),
        (lambda r: swap(r, "./p:event"), "2 event"),
        (lambda r: swap(r, ".//p:objectCharacteristics"), "1.5 "),
        (lambda r: set_text(r, ".//p:size", "big"), "size"),
        (lambda r: set_text(r, ".//p:eventType", " "), "eventType"),
        (lambda r: set_text(r, ".//p:linkingAgentIdentifierValue", "nobody"), "leads nowhere"),
        (lambda r: set_text(r, ".//p:relatedEventIdentifierValue", "none"), "leads nowhere"),
        (lambda r: r.set("version", "2.2"), "version"),
    ],
)
def test_the_rules_are_able_to_fail(
    root: ElementTree.Element, change: Callable[[ElementTree.Element], None], said: str
) -> None:
    change(root)
    assert any(said in fault for fault in faults(ElementTree.tostring(root)))


def test_section_1_5_fixity_size_and_format(root: ElementTree.Element) -> None:
    for file, described in zip(objects(root), (ORIGINAL, DERIVED), strict=True):
        digests = {
            fixity.findtext("p:messageDigestAlgorithm", "", NAMES): fixity.findtext(
                "p:messageDigest", "", NAMES
            )
            for fixity in file.iter(f"{{{PREMIS}}}fixity")
        }
        assert digests == {"SHA-256": described.sha256, "SHA-512": described.sha512}
        assert file.findtext(".//p:size", "", NAMES) == str(described.size)
        assert file.findtext(".//p:formatName", "", NAMES) == described.mime
    original, derivative = objects(root)
    assert original.findtext(".//p:formatRegistryName", "", NAMES) == "PRONOM"
    assert original.findtext(".//p:formatRegistryKey", "", NAMES) == "fmt/353"
    assert derivative.findtext(".//p:creatingApplicationName", "", NAMES) == "heliochrome"
    assert derivative.findtext(".//p:creatingApplicationVersion", "", NAMES) == "0.1.0"
    assert derivative.findtext(".//p:dateCreatedByApplication", "", NAMES) == "2026-03-02T10:30:15Z"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".jp2"])
def test_section_1_5_4_formats_of_derivatives_are_those_written(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"written{suffix}"
    pixels = np.zeros((20, 30, 3), np.uint8)
    write_picture(Picture(pixels), path, provenance=Provenance("algorithmicallyEnhanced", RECORD))
    found = identify(path)
    root = ElementTree.fromstring(premis_document(ORIGINAL, replace(DERIVED, mime=found.mime), ()))
    _, derivative = objects(root)
    assert derivative.findtext(".//p:formatRegistryKey", None, NAMES) == found.puid


def test_a_tiff_that_may_be_a_big_one_is_not_called_a_classic_one() -> None:
    large = replace(DERIVED, mime="image/tiff", size=5_000_000_000)
    _, derivative = objects(ElementTree.fromstring(premis_document(ORIGINAL, large, ())))
    assert derivative.find(".//p:formatRegistry", NAMES) is None


def test_sections_1_1_1_6_and_1_7_names_and_places(root: ElementTree.Element) -> None:
    original, derivative = objects(root)
    assert identifiers(original, "objectIdentifier") == [
        ("URI", f"urn:sha256:{ORIGINAL.sha256}"),
        ("local", ORIGINAL.identifier),
    ]
    assert ("local", DERIVED.key) in identifiers(derivative, "objectIdentifier")
    assert original.findtext("p:originalName", "", NAMES) == ORIGINAL.source_name
    assert derivative.findtext(".//p:contentLocationValue", "", NAMES) == DERIVED.uri


def test_section_1_13_derivation_is_told_from_both_sides(root: ElementTree.Element) -> None:
    (creation,) = events(root, "creation")
    for file, kind, other in zip(
        objects(root), ("is source of", "has source"), (DERIVED, ORIGINAL), strict=True
    ):
        relationship = file.find("p:relationship", NAMES)
        assert relationship is not None
        assert relationship.findtext("p:relationshipType", "", NAMES) == "derivation"
        assert relationship.findtext("p:relationshipSubType", "", NAMES) == kind
        assert identifiers(relationship, "relatedObjectIdentifier") == [
            ("URI", f"urn:sha256:{other.sha256}")
        ]
        assert identifiers(relationship, "relatedEventIdentifier") == identifiers(
            creation, "eventIdentifier"
        )


def test_section_2_only_events_of_these_two_files_in_order(root: ElementTree.Element) -> None:
    told = root.findall("p:event", NAMES)
    assert [e.findtext("p:eventType", "", NAMES) for e in told] == [
        "ingestion",
        "message digest calculation",
        "creation",
        "message digest calculation",
        "fixity check",
        "fixity check",
    ]
    assert [e.findtext(".//p:eventOutcome", "", NAMES) for e in told] == ["success"] * 5 + ["fail"]
    assert identifiers(told[4], "linkingObjectIdentifier") == [
        ("URI", f"urn:sha256:{ORIGINAL.sha256}")
    ]
    assert identifiers(told[5], "linkingObjectIdentifier") == [
        ("URI", f"urn:sha256:{DERIVED.sha256}")
    ]


def test_section_2_4_every_step_is_told_with_all_it_needs(root: ElementTree.Element) -> None:
    (creation,) = events(root, "creation")
    details = [d.text for d in creation.iter(f"{{{PREMIS}}}eventDetail")]
    assert details[0] == f"recipe restore (sha256 {DERIVED.recipe_sha256})"
    assert [str(detail).split(":")[0] for detail in details[1:]] == ["step 1", "step 2"]
    steps = [json.loads(step.text or "") for step in creation.iter() if step.tag.endswith("}Step")]
    assert steps == [
        {"task": step["task"], "parameters": step["parameters"]} for step in RECORD["steps"]
    ]


def test_section_2_5_the_outcome_says_that_colors_are_guessed(root: ElementTree.Element) -> None:
    (creation,) = events(root, "creation")
    note = creation.findtext(".//p:eventOutcomeDetailNote", "", NAMES)
    assert "colors are a guess, of mean confidence 0.6123" in note
    assert DERIVED.confidence_uri in note
    uncolored = premis_document(
        ORIGINAL, replace(DERIVED, mean_confidence=None, confidence_uri=None), ()
    )
    assert b"guess" not in uncolored


def test_section_2_7_roles_of_the_files(root: ElementTree.Element) -> None:
    (creation,) = events(root, "creation")
    roles = {
        link.findtext("p:linkingObjectIdentifierValue", "", NAMES): link.findtext(
            "p:linkingObjectRole", "", NAMES
        )
        for link in creation.iter(f"{{{PREMIS}}}linkingObjectIdentifier")
    }
    assert roles == {
        f"urn:sha256:{ORIGINAL.sha256}": "source",
        f"urn:sha256:{DERIVED.sha256}": "outcome",
    }


def test_section_3_program_and_networks_are_agents(root: ElementTree.Element) -> None:
    agents = {
        agent.findtext("p:agentName", "", NAMES): agent for agent in root.findall("p:agent", NAMES)
    }
    assert agents.keys() == {"heliochrome", "colorizer", "upscaler-x2"}
    assert agents["heliochrome"].findtext("p:agentVersion", "", NAMES) == "0.1.0"
    assert agents["colorizer"].findtext("p:agentVersion", "", NAMES) == "1.1.0"
    assert "c1" * 32 in agents["colorizer"].findtext("p:agentNote", "", NAMES)
    assert identifiers(agents["upscaler-x2"], "agentIdentifier") == [
        ("URI", "urn:sha256:" + "c2" * 32)
    ]
    for agent in agents.values():
        assert agent.findtext("p:agentType", "", NAMES) == "software"
        assert identifiers(agent, "linkingEventIdentifier")


def test_a_network_that_the_record_names_only_in_part_is_an_agent_all_the_same() -> None:
    record = {"task": "colorize", "model": {"name": "colorizer"}}
    document = premis_document(ORIGINAL, replace(DERIVED, record=record), EVENTS)
    assert faults(document) == []
    found = ElementTree.fromstring(document).findall("p:agent", NAMES)
    named = {agent.findtext("p:agentName", "", NAMES): agent for agent in found}
    assert identifiers(named["colorizer"], "agentIdentifier") == [
        ("local", "colorizer (sha256 not stated)")
    ]


def test_section_4_rights_are_those_given(root: ElementTree.Element) -> None:
    assert [note.text for note in root.iter(f"{{{PREMIS}}}otherRightsNote")] == [RIGHTS[0]]
    assert identifiers(root, "otherRightsDocumentationIdentifier") == [("URI", RIGHTS[1])]
    for file in objects(root):
        assert len(identifiers(file, "linkingRightsStatementIdentifier")) == 2
    assert b"rights" not in premis_document(ORIGINAL, DERIVED, EVENTS)


# http://id.loc.gov/vocabulary/preservation/: vocabulary, label, code.
PUBLISHED = {
    ("agentType", "software", "sof"),
    ("cryptographicHashFunctions", "SHA-256", "sha256"),
    ("cryptographicHashFunctions", "SHA-512", "sha512"),
    ("eventOutcome", "fail", "fai"),
    ("eventOutcome", "success", "suc"),
    ("eventRelatedAgentRole", "executing program", "exe"),
    ("eventRelatedObjectRole", "outcome", "out"),
    ("eventRelatedObjectRole", "source", "sou"),
    ("eventType", "creation", "cre"),
    ("eventType", "fixity check", "fix"),
    ("eventType", "ingestion", "ing"),
    ("eventType", "message digest calculation", "mes"),
    ("relationshipSubType", "has source", "hss"),
    ("relationshipSubType", "is source of", "iso"),
    ("relationshipType", "derivation", "der"),
}


def test_values_are_those_of_their_vocabularies(root: ElementTree.Element) -> None:
    base = "http://id.loc.gov/vocabulary/preservation/"
    used = set()
    for element in root.iter():
        if uri := element.get("valueURI"):
            vocabulary, code = uri.removeprefix(base).split("/")
            assert element.get("authorityURI") == base + vocabulary
            used.add((vocabulary, element.text, code))
    assert used == PUBLISHED


def test_a_kind_of_event_that_no_vocabulary_has_claims_no_authority() -> None:
    document = premis_document(ORIGINAL, DERIVED, [event("dusting", 5)])
    (dusting,) = events(ElementTree.fromstring(document), "dusting")
    assert dusting.find("p:eventType", NAMES).attrib == {}  # type: ignore[union-attr]


def test_the_same_facts_give_the_same_bytes() -> None:
    assert premis_document(ORIGINAL, DERIVED, EVENTS, rights=RIGHTS) == DOCUMENT
    later = (*EVENTS, event("fixity check", 9))
    again = premis_document(ORIGINAL, DERIVED, later, rights=RIGHTS)
    before, after = ElementTree.fromstring(DOCUMENT), ElementTree.fromstring(again)
    added = set(identifiers(after, "eventIdentifier")) - set(identifiers(before, "eventIdentifier"))
    assert len(added) == 1


def test_every_kind_of_link_is_used_and_so_checked(root: ElementTree.Element) -> None:
    assert all(identifiers(root, link) for link in LINKS)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_any_text_gives_a_sound_record(name: str, detail: str, agent: str) -> None:
    said = replace(event("ingestion", 0), detail=detail, agent=f"x{agent}")
    original = replace(ORIGINAL, source_name=f"x{name}")
    assert faults(premis_document(original, DERIVED, [said], rights=[f"x{detail}"])) == []
