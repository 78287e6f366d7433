from __future__ import annotations

import io
import json
import struct
from pathlib import Path

import pytest
import tifffile
from PIL import Image, PngImagePlugin
from PIL.TiffImagePlugin import IFDRational
from scans import picture

from heliochrome.archive.embedded import Embedded, read_embedded, read_iptc
from heliochrome.archive.formats import identify
from heliochrome.archive.prefill import first_description

XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/">
 <rdf:Description rdf:about="" photoshop:DateCreated="1910-05">
  <dc:title><rdf:Alt><rdf:li xml:lang="de">Hafen</rdf:li>
   <rdf:li xml:lang="x-default">Harbor</rdf:li></rdf:Alt></dc:title>
  <dc:creator><rdf:Seq><rdf:li>One</rdf:li><rdf:li>Two</rdf:li></rdf:Seq></dc:creator>
  <dc:subject><rdf:Bag><rdf:li>boats</rdf:li><rdf:li>boats</rdf:li><rdf:li>sea</rdf:li></rdf:Bag>
  </dc:subject><dc:format>image/tiff</dc:format><dc:publisher>Museum</dc:publisher>
 </rdf:Description></rdf:RDF></x:xmpmeta>"""


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "Agfa\0"
    exif[0x010E] = "Café".encode()
    exif[0x9C9B] = "Заголовок".encode("utf-16-le")
    part = exif.get_ifd(0x8769)
    part[0x829D] = IFDRational(28, 10)
    part[0x9003] = "1987:06:05 04:03:02"
    part[0x9000] = b"0230"
    part[0x9286] = b"ASCII\0\0\0seen from the pier"
    part[0x927C] = b"maker" * 500
    part[0x9204] = IFDRational(1, 0)
    exif.get_ifd(0x8825)[2] = (IFDRational(40, 1), IFDRational(50, 1), IFDRational(0, 1))
    return exif


def _iim(*datasets: tuple[int, int, bytes]) -> bytes:
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value
        for record, number, value in datasets
    )


IPTC = _iim(
    (1, 90, b"\x1b%G"),
    (2, 0, b"\0\4"),
    (2, 5, "Fährhafen".encode()),
    (2, 25, b"ships"),
    (2, 25, b"steam"),
    (2, 55, b"19100501"),
    (2, 80, b"Ann Other"),
    (2, 116, b"public domain"),
)


def _photoshop(iptc: bytes) -> bytes:
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc


def _write(path: Path) -> None:
    if path.suffix == ".tif":
        tags = [(33723, 7, len(IPTC), IPTC, True), (700, 1, len(XMP), XMP, True)]
        tags += [(271, 2, 0, "Agfa", True)]
        pixels = picture(0).convert("L")
        tifffile.imwrite(path, data=_array(pixels), extratags=tags, photometric="minisblack")
        return
    info = PngImagePlugin.PngInfo()
    info.add_itxt("XML:com.adobe.xmp", XMP.decode())
    options = {"pnginfo": info} if path.suffix == ".png" else {"xmp": XMP}
    picture(0).save(path, exif=_exif(), **options)
    if path.suffix == ".jpg":
        data, block = path.read_bytes(), _photoshop(IPTC)
        segment = b"\xff\xed" + struct.pack(">H", len(block) + 2) + block
        path.write_bytes(data[:2] + segment + data[2:])


def _array(image: Image.Image):
    import numpy as np

    return np.asarray(image)


def _read(path: Path) -> Embedded:
    return read_embedded(path, identify(path).container)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif", ".avif"])
def test_metadata_are_read_from_every_container(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    _write(path)
    found = _read(path)
    assert found.exif["Make"] == "Agfa"
    assert "Harbor" in found.xmp
    if suffix in (".jpg", ".tif"):
        assert found.iptc["Keywords"] == ["ships", "steam"]
    json.dumps(found.exif, allow_nan=False)


def test_fields_become_plain_values(tmp_path: Path) -> None:
    _write(tmp_path / "a.jpg")
    exif = _read(tmp_path / "a.jpg").exif
    assert exif["ImageDescription"] == "Café"
    assert exif["XPTitle"] == "Заголовок"
    assert exif["Exif"] == {
        "FNumber": 2.8,
        "DateTimeOriginal": "1987:06:05 04:03:02",
        "ExifVersion": "0230",
        "UserComment": "seen from the pier",
    }
    assert exif["GPS"] == {"GPSLatitude": [40.0, 50.0, 0.0]}


def test_iptc_is_read_in_its_encoding() -> None:
    assert read_iptc(IPTC)["ObjectName"] == ["Fährhafen"]
    assert read_iptc(_photoshop(IPTC)) == read_iptc(IPTC)
    assert read_iptc(_iim((2, 5, "Fähre".encode("latin-1")))) == {"ObjectName": ["Fähre"]}


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_damaged_metadata_are_left_out(tmp_path: Path, cut: int) -> None:
    read_iptc(IPTC[:cut])
    read_iptc(_photoshop(IPTC)[:cut])
    exif = _exif().tobytes()
    stream = io.BytesIO()
    picture(0).save(stream, "JPEG", exif=exif[: 6 + cut], xmp=XMP[: cut * 4])
    path = tmp_path / "a.jpg"
    path.write_bytes(stream.getvalue())
    found = _read(path)
    assert first_description(found).get("title") is None


def test_a_description_takes_xmp_first_then_iptc_then_exif(tmp_path: Path) -> None:
    _write(tmp_path / "a.jpg")
    found = _read(tmp_path / "a.jpg")
    assert first_description(found) == {
        "title": ("Harbor",),
        "creator": ("One", "Two"),
        "subject": ("boats", "sea"),
        "publisher": ("Museum",),
        "date": ("1910-05",),
        "rights": ("public domain",),
        "description": ("Café",),
    }
    without = Embedded(found.exif, found.iptc, None)
    assert first_description(without) == {
        "title": ("Fährhafen",),
        "creator": ("Ann Other",),
        "subject": ("ships", "steam"),
        "date": ("1910-05-01",),
        "rights": ("public domain",),
        "description": ("Café",),
    }
    assert first_description(Embedded(found.exif))["date"] == ("1987-06-05",)
    assert first_description(Embedded()) == {}


@pytest.mark.parametrize(
    "written",
    [
        '{"shape": [226, 280]}',
        "ImageJ=1.53t\nimages=1\n",
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="..."></OME>',
        "OLYMPUS DIGITAL CAMERA         ",
        "SONY DSC",
    ],
)
def test_what_a_program_wrote_for_itself_describes_no_picture(written: str) -> None:
    assert first_description(Embedded({"ImageDescription": written})) == {}


@pytest.mark.parametrize("written", ["Sony DSC-F1, 1996", "A boat {wreck}", "by default: none"])
def test_what_people_wrote_is_kept(written: str) -> None:
    assert first_description(Embedded({"ImageDescription": written})) == {"description": (written,)}


def test_hostile_xmp_says_nothing() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + XMP.decode()
    assert first_description(Embedded(xmp=bomb)) == {}
    assert first_description(Embedded(xmp="<not xml")) == {}
