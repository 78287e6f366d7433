"""Source and history in xmpMM, as readers other than heliochrome see them (ISO 16684-1, 8.5)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from picture_files import picture
from PIL import Image

from heliochrome.image.metadata import Metadata, Provenance
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import add_provenance, read_records

COLORED = Provenance(
    "compositeWithTrainedAlgorithmicMedia",
    {
        "task": "colorize",
        "heliochrome_version": "0.1.0",
        "input_sha256": "ab" * 32,
        "model": {"name": "colorizer", "version": "1.1.0", "sha256": "cd" * 32},
        "parameters": {"seed": 7},
        "mean_confidence": 0.6,
    },
)
ENLARGED = Provenance(
    "algorithmicallyEnhanced",
    {"task": "upscale", "heliochrome_version": "0.2.0", "input_sha256": "ef" * 32},
)
RECIPE = Provenance(
    "algorithmicallyEnhanced",
    {
        "task": "recipe",
        "heliochrome_version": "0.1.0",
        "input_sha256": "12" * 32,
        "steps": [{"task": "crop-borders"}, {"task": "contrast", "parameters": {"gamma": 1.5}}],
    },
)
# What an image editor leaves: identifiers and history, both in RDF's attribute spelling.
EDITED = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:mm="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:ev="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
 xmlns:ref="http://ns.adobe.com/xap/1.0/sType/ResourceRef#"
 mm:DocumentID="xmp.did:scan" mm:InstanceID="xmp.iid:third-save">
<mm:DerivedFrom ref:documentID="xmp.did:negative"/>
<mm:History><rdf:Seq><rdf:li ev:action="saved" ev:softwareAgent="Some editor"/></rdf:Seq>
</mm:History></rdf:Description></rdf:RDF></x:xmpmeta>"""


def properties(packet: bytes, folder: Path) -> dict[str, Any]:
    """All properties of a packet, as Pillow reads them from a file."""
    path = folder / "read.png"
    write_picture(picture(metadata=Metadata(xmp=packet)), path, overwrite=True)
    with Image.open(path) as image:
        described = image.getxmp()["xmpmeta"]["RDF"]["Description"]
    several = described if isinstance(described, list) else [described]
    return {key: value for one in several for key, value in one.items()}


def history(packet: bytes, folder: Path) -> list[dict[str, str]]:
    events = properties(packet, folder)["History"]["Seq"]["li"]
    return events if isinstance(events, list) else [events]


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif"])
def test_other_readers_see_source_and_step_in_every_container(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    write_picture(picture(), path, provenance=COLORED)
    with Image.open(path) as image:
        seen = image.getxmp()["xmpmeta"]["RDF"]["Description"]
    assert seen["DerivedFrom"]["instanceID"] == "urn:sha256:" + "ab" * 32
    event = seen["History"]["Seq"]["li"]
    assert (event["action"], event["softwareAgent"]) == ("edited", "heliochrome 0.1.0")
    assert event["parameters"].startswith("colorize: seed=7; network colorizer 1.1.0")
    assert "when" not in event


def test_a_picture_run_twice_keeps_its_history_in_order(tmp_path: Path) -> None:
    path = tmp_path / "out.jpg"
    write_picture(picture(metadata=Metadata(xmp=EDITED)), path, provenance=COLORED)
    again = read_picture(path)
    write_picture(again, path, overwrite=True, provenance=ENLARGED)
    packet = read_picture(path).metadata.xmp
    assert packet is not None
    events = history(packet, tmp_path)
    assert [event["softwareAgent"] for event in events] == [
        "Some editor",
        "heliochrome 0.1.0",
        "heliochrome 0.2.0",
    ]
    assert [event["action"] for event in events] == ["saved", "edited", "resized"]


def test_every_step_of_a_recipe_is_an_event(tmp_path: Path) -> None:
    events = history(add_provenance(None, RECIPE), tmp_path)
    assert [event["action"] for event in events] == ["cropped", "edited"]
    assert events[1]["parameters"] == "contrast: gamma=1.5"


def test_the_identity_of_the_source_becomes_the_reference(tmp_path: Path) -> None:
    seen = properties(add_provenance(EDITED, COLORED), tmp_path)
    assert seen["DerivedFrom"]["documentID"] == "xmp.did:scan"
    assert seen["DerivedFrom"]["instanceID"] == "urn:sha256:" + "ab" * 32
    assert seen["OriginalDocumentID"] == "xmp.did:scan"
    assert seen["DocumentID"] not in ("xmp.did:scan", "xmp.did:negative")
    # The save that this named is the source's, not this picture's.
    assert "InstanceID" not in seen


def test_identities_follow_from_step_to_step(tmp_path: Path) -> None:
    first = add_provenance(None, COLORED)
    second = add_provenance(first, ENLARGED)
    before, after = properties(first, tmp_path), properties(second, tmp_path)
    assert before["DerivedFrom"]["documentID"] == "urn:sha256:" + "ab" * 32
    assert after["DerivedFrom"]["documentID"] == before["DocumentID"]
    assert after["DerivedFrom"]["instanceID"] == "urn:sha256:" + "ef" * 32
    assert after["OriginalDocumentID"] == "urn:sha256:" + "ab" * 32
    assert after["DocumentID"] != before["DocumentID"]
    assert second.count(b"<xmpMM:DerivedFrom") == second.count(b"<xmpMM:History") == 1


def test_the_same_work_gives_the_same_packet_and_no_time() -> None:
    packet = add_provenance(EDITED, COLORED)
    assert packet == add_provenance(EDITED, COLORED)
    described = packet[packet.index(b"<rdf:Description") :]
    assert re.search(rb"\d{4}-\d\d-\d\dT", described) is None


def test_a_time_is_written_when_it_is_given(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, 12, 30, tzinfo=timezone(timedelta(hours=2)))
    timed = Provenance(COLORED.source_type, COLORED.record, made_at=moment)
    (event,) = history(add_provenance(None, timed), tmp_path)
    assert datetime.fromisoformat(event["when"]) == moment
    assert event["when"] == moment.astimezone(UTC).isoformat()


def test_no_source_is_named_where_none_is_known(tmp_path: Path) -> None:
    seen = properties(
        add_provenance(None, Provenance("algorithmicallyEnhanced", {"task": "contrast"})), tmp_path
    )
    assert "DerivedFrom" not in seen
    assert "OriginalDocumentID" not in seen


def test_a_record_that_is_not_json_is_shown_as_it_is() -> None:
    packet = add_provenance(None, COLORED)
    start = packet.index(b"{", packet.index(b"<heliochrome:Records"))
    broken = packet[:start] + b"[" + packet[start + 1 :]
    (record,) = read_records(broken)
    assert record["unreadable"].startswith('["heliochrome_version"')


def test_a_text_that_xml_cannot_hold_spoils_nothing(tmp_path: Path) -> None:
    name = "look \x01 of \ud800"
    odd = Provenance("algorithmicallyEnhanced", {"task": "vintage", "parameters": {"look": name}})
    packet = add_provenance(None, odd)
    (event,) = history(packet, tmp_path)
    assert event["parameters"] == "vintage: look=look \ufffd of \ufffd"
    assert read_records(packet)[0]["parameters"]["look"] == name
