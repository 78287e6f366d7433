"""Dimensions and resolution of an enlarged picture, wherever a file states them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from heliochrome.image.enlarged_metadata import enlarge_metadata
from heliochrome.image.exif import enlarge_exif
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture

PACKET = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"
    xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    tiff:ImageWidth="60" tiff:Make="Voigt" dc:source="shelf 9">
   <exif:PixelXDimension>60</exif:PixelXDimension>
   <tiff:XResolution>300/1</tiff:XResolution>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""
SIZELESS = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Make="Voigt"/>
</rdf:RDF>"""


def _exif(order: str) -> bytes:
    exif = Image.Exif()
    exif.endian = order
    exif[0x010F] = "Voigt"
    exif[0x011A], exif[0x011B] = IFDRational(300, 1), IFDRational(2000, 7)
    details = exif.get_ifd(0x8769)
    details[0xA002], details[0xA003] = 40_000, 30_000
    details[0x829A] = IFDRational(1, 250)
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _read(block: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(block)
    return exif


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_states_the_new_size_and_resolution(order: str) -> None:
    block = _exif(order)
    enlarged = enlarge_exif(block, 4, 30_000, 40_000)
    assert len(enlarged) == len(block)
    exif = _read(enlarged)
    assert exif[0x010F] == "Voigt"
    assert (float(exif[0x011A]), float(exif[0x011B])) == pytest.approx((1200, 8000 / 7))
    details = exif.get_ifd(0x8769)
    # 160,000 does not fit in the 16 bits that the old width was in.
    assert (details[0xA002], details[0xA003]) == (160_000, 120_000)
    assert float(details[0x829A]) == pytest.approx(1 / 250)


def test_the_print_keeps_its_size() -> None:
    metadata = enlarge_metadata(Metadata(dpi=(300, 72.5)), 2, 40, 60)
    assert metadata == Metadata(dpi=(600, 145))
    assert enlarge_metadata(Metadata(), 2, 40, 60) == Metadata()


def test_xmp_does_not_state_the_old_size() -> None:
    xmp = enlarge_metadata(Metadata(xmp=PACKET), 2, 40, 60).xmp
    assert xmp is not None
    for gone in (b"ImageWidth", b"PixelXDimension", b"XResolution"):
        assert gone not in xmp
    for kept in (b'Make="Voigt"', b'source="shelf 9"'):
        assert kept in xmp


@pytest.mark.parametrize("packet", [b"<no xml", SIZELESS])
def test_packets_without_sizes_stay_as_they_are(packet: bytes) -> None:
    assert enlarge_metadata(Metadata(xmp=packet), 2, 40, 60).xmp == packet


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_damaged_exif_is_harmless(data: st.DataObject) -> None:
    block = bytearray(_exif("<"))
    for _ in range(data.draw(st.integers(1, 6))):
        block[data.draw(st.integers(4, len(block) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(block[: data.draw(st.integers(0, len(block)))])
    assert len(enlarge_exif(cut, 2, 40, 60)) == len(cut)


def test_a_jpegs_own_segments_agree(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40)).save(buffer, "JPEG", dpi=(300, 300), exif=b"Exif\0\0" + _exif(">"))
    (tmp_path / "photo.jpg").write_bytes(buffer.getvalue())
    photo = read_picture(tmp_path / "photo.jpg")
    large = Picture(
        np.zeros((80, 120, 3), np.uint8), metadata=enlarge_metadata(photo.metadata, 2, 40, 60)
    )
    write_picture(large, tmp_path / "large.jpg")
    with Image.open(tmp_path / "large.jpg") as image:
        assert image.info["dpi"] == (600, 600)
        exif = image.getexif()
        assert float(exif[0x011A]) == 600
        assert exif.get_ifd(0x8769)[0xA002] == 120
