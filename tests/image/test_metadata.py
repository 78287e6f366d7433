"""EXIF and XMP: kept through every container, and the record of what was done."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_files import SUFFIXES, gradient, picture, pillow_file
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from heliochrome.image.exif import build_exif, read_orientation, split_exif, upright_exif
from heliochrome.image.metadata import Metadata, Provenance
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import add_provenance, read_records, read_source_type

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
COLORED = Provenance(
    "compositeWithTrainedAlgorithmicMedia",
    {"task": "colorize", "input_sha256": "ab" * 32, "options": {"vividness": 1.0, "note": "né"}},
)
ENLARGED = Provenance("algorithmicallyEnhanced", {"task": "upscale"})

PACKET = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
    xmlns:own="http://archive.example/ns/"
    own:shelf="B 12" e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/print">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Harbor, 1904</rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def camera_exif(order: str = ">") -> bytes:
    exif = Image.Exif()
    exif.endian = order
    exif[0x010F] = "Voigt"
    exif[0x0112] = 6
    exif[0x8298] = "City archive"
    details = exif.get_ifd(0x8769)
    details[0x9003] = "1998:05:04 12:00:00"
    details[0x829A] = IFDRational(1, 250)
    details[0x927C] = b"maker note \x01\x02\x03"
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (53.0, 33.0, 1.5)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def fields(exif: bytes | None) -> dict[str, Any]:
    assert exif is not None
    parsed = Image.Exif()
    parsed.load(exif)
    details, place = parsed.get_ifd(0x8769), parsed.get_ifd(0x8825)
    return {
        "maker": parsed.get(0x010F),
        "rights": parsed.get(0x8298),
        "orientation": parsed.get(0x0112, 1),
        "date": details.get(0x9003),
        "exposure": float(details.get(0x829A, 0)),
        "note": details.get(0x927C),
        "latitude": place.get(2),
    }


EXPECTED = {
    "maker": "Voigt",
    "rights": "City archive",
    "orientation": 1,
    "date": "1998:05:04 12:00:00",
    "exposure": pytest.approx(1 / 250),
    "note": b"maker note \x01\x02\x03",
    "latitude": (53.0, 33.0, 1.5),
}


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_survives_every_container(suffix: str, order: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    exif = upright_exif(camera_exif(order))
    write_picture(picture(metadata=Metadata(exif=exif)), path)
    assert fields(read_picture(path).metadata.exif) == EXPECTED
    if suffix == ".jp2":
        return  # Pillow does not look for EXIF there.
    with Image.open(path) as image:
        assert image.getexif().get(0x010F) == "Voigt"
        assert image.getexif().get(0x0112, 1) == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_is_reset_in_place(order: str) -> None:
    exif = camera_exif(order)
    assert read_orientation(exif) == 6
    upright = upright_exif(exif)
    assert upright is not None
    assert read_orientation(upright) == 1
    assert len(upright) == len(exif)
    assert sum(a != b for a, b in zip(exif, upright, strict=True)) == 1


def test_thumbnail_is_unlinked() -> None:
    main = struct.pack("<HHHII", 1, 0x0112, 3, 1, 1) + struct.pack("<I", 26)
    thumbnail = struct.pack("<HHHII", 1, 0x0201, 4, 1, 0) + struct.pack("<I", 0)
    block = b"II*\0" + struct.pack("<I", 8) + main + thumbnail
    upright = upright_exif(block)
    assert upright is not None
    assert upright[22:26] == bytes(4)


def test_exif_from_a_pillow_tiff(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.load(camera_exif())
    path = pillow_file(tmp_path, "made.tif", Image.fromarray(gradient()), exif=exif)
    result = read_picture(path)
    assert result.pixels.shape == (60, 40, 3)
    got = fields(result.metadata.exif)
    assert {key: got[key] for key in ("maker", "rights", "date", "latitude")} == {
        key: EXPECTED[key] for key in ("maker", "rights", "date", "latitude")
    }


@pytest.mark.parametrize("exif", [None, b"", b"garbage", b"II*\0", b"MM\0*\xff\xff\xff\xff"])
def test_exif_that_cannot_be_read_is_harmless(exif: bytes | None) -> None:
    assert read_orientation(exif) == 1
    assert split_exif(upright_exif(exif) or b"") == ([], [], [])


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_exif_is_harmless(data: st.DataObject) -> None:
    exif = bytearray(camera_exif(data.draw(st.sampled_from("<>"))))
    for _ in range(data.draw(st.integers(1, 5))):
        exif[data.draw(st.integers(4, len(exif) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(exif[: data.draw(st.integers(0, len(exif)))])
    assert 1 <= read_orientation(cut) <= 8
    upright = upright_exif(cut)
    assert upright is None or len(upright) == len(cut)
    assert isinstance(build_exif(*split_exif(cut)), bytes)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_provenance_goes_into_every_container(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"out{suffix}"
    write_picture(picture(metadata=Metadata(xmp=PACKET)), path, provenance=COLORED)
    packet = read_picture(path).metadata.xmp
    assert read_records(packet) == [dict(COLORED.record)]
    assert read_source_type(packet) == SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
    assert packet is not None
    assert b"Harbor, 1904" in packet


def test_packet_without_provenance_is_kept_byte_for_byte(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        path = tmp_path / f"out{suffix}"
        write_picture(picture(metadata=Metadata(xmp=PACKET)), path)
        assert read_picture(path).metadata.xmp == PACKET


def test_merging_keeps_what_was_there_and_replaces_the_source_type() -> None:
    merged = add_provenance(PACKET, COLORED)
    root = ElementTree.fromstring(merged)
    assert root.tag == "{adobe:ns:meta/}xmpmeta"
    shelves = [e.get("{http://archive.example/ns/}shelf") for e in root.iter()]
    assert "B 12" in shelves
    assert merged.count(b"DigitalSourceType") == 2  # one element, opened and closed
    assert b"digitalsourcetype/print" not in merged
    assert b"Iptc4xmpExt:DigitalSourceType" in merged


def test_records_of_several_steps_add_up_and_generated_stays_generated() -> None:
    packet = add_provenance(add_provenance(None, COLORED), ENLARGED)
    assert [record["task"] for record in read_records(packet)] == ["colorize", "upscale"]
    assert read_source_type(packet) == SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia"
    alone = add_provenance(None, ENLARGED)
    assert read_source_type(alone) == SOURCE_TYPES + "algorithmicallyEnhanced"


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&a;</x:xmpmeta>'


@pytest.mark.parametrize("packet", [b"<not xml", b"\xff\xfe\0", BOMB], ids=["cut", "bytes", "DTD"])
def test_unreadable_packets_are_set_aside(packet: bytes) -> None:
    result = add_provenance(packet, COLORED)
    assert read_records(result) == [dict(COLORED.record)]
    assert b"ReplacedPacket" in result
    assert read_records(packet) == []
    assert read_source_type(packet) is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_packet_can_be_extended(packet: bytes) -> None:
    assert read_records(add_provenance(packet, COLORED)) == [dict(COLORED.record)]


def test_packet_of_the_bare_rdf_form() -> None:
    bare = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    assert read_records(add_provenance(bare, COLORED)) == [dict(COLORED.record)]


def test_the_shape_that_tifffile_notes_is_not_carried_to_another_picture(tmp_path: Path) -> None:
    source, result = tmp_path / "gray.tif", tmp_path / "color.tif"
    tifffile.imwrite(source, gradient()[..., 0], software="scanner 7")
    read = read_picture(source)
    write_picture(replace(read, pixels=gradient()), result)
    with tifffile.TiffFile(result) as tiff:
        assert "ImageDescription" not in tiff.pages[0].tags
        assert tiff.pages[0].tags["Software"].value == "scanner 7"
        assert tiff.series[0].shape == gradient().shape


@pytest.mark.parametrize("orientation", range(1, 9))
def test_nothing_turns_an_upright_picture_again(tmp_path: Path, orientation: int) -> None:
    """The XMP repeats the orientation; resolutions of unequal sides belong to their sides."""
    packet = PACKET.replace(
        b'own:shelf="B 12"',
        b'own:shelf="B 12" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="%d"'
        % orientation,
    )
    path = tmp_path / "a.tif"
    tags = [(274, 3, 1, orientation, True), (700, 1, len(packet), packet, True)]
    tifffile.imwrite(
        path, gradient(20, 30), photometric="rgb", resolution=(300, 200), extratags=tags
    )
    found = read_picture(path)
    assert found.metadata.dpi == ((300, 200) if orientation < 5 else (200, 300))
    assert found.pixels.shape[:2] == ((20, 30) if orientation < 5 else (30, 20))
    assert b"B 12" in found.metadata.xmp
    assert (b"tiff:Orientation" in found.metadata.xmp) == (orientation == 1)
