from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from dicom_files import shipped, write_image
from heliochrome.errors import PictureTooLargeError, ReadError, UnsupportedPictureError
from heliochrome.image.dicom import is_dicom
from heliochrome.image.dicom.derive import Derivation, derive, save
from heliochrome.image.dicom.geometry import enlarge_geometry
from heliochrome.image.dicom.read import DicomImage, read_dicom
from heliochrome.image.read import read_picture

WORDS = Derivation(
    scale=2,
    description="Enlarged 2 times. Not for diagnosis.",
    series="faithful x2, not for diagnosis",
    software="heliochrome",
    version="0.1.0",
    key="network",
)


def _values(dtype: Any = np.int16, low: int = -900, high: int = 900) -> np.ndarray:
    return np.linspace(low, high, 6 * 9).reshape(6, 9).astype(dtype)


def _saved(image: DicomImage, path: Path, words: Derivation = WORDS) -> Dataset:
    frames = image.frames.repeat(words.scale, axis=1).repeat(words.scale, axis=2)
    with path.open("wb") as file:
        save(derive(image, frames, words), file)
    return pydicom.dcmread(path)


def test_a_dicom_file_is_told_by_its_prefix(tmp_path: Path) -> None:
    assert is_dicom(shipped("CT_small.dcm"))
    other = tmp_path / "scan.dcm"
    other.write_bytes(b"DICM" + bytes(200))
    assert not is_dicom(other)
    other.write_bytes(b"")
    assert not is_dicom(other)
    with pytest.raises(ReadError, match="does not exist"):
        is_dicom(tmp_path / "none.dcm")


def test_other_commands_say_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedPictureError, match="is a DICOM image"):
        read_picture(write_image(tmp_path / "a.dcm", _values()))


@pytest.mark.parametrize(
    "name",
    [
        "MR_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_RLE.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_padded.dcm",
    ],
)
def test_transfer_syntaxes_give_the_same_values(name: str) -> None:
    """The same image in six encodings; the extremes are those that pydicom's notes state."""
    path = shipped(name)
    image = read_dicom(path)
    assert image.frames.shape == (1, 64, 64)
    assert image.frames.dtype == np.dtype("int16")
    assert (image.frames.min(), image.frames.max(), image.bits) == (127, 2145, 16)
    assert image.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "PixelData" not in image.header
    plain = read_dicom(shipped("MR_small.dcm")).frames
    np.testing.assert_array_equal(image.frames, plain)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.int16])
def test_values_are_read_as_they_are(tmp_path: Path, dtype: Any) -> None:
    limits = np.iinfo(dtype)
    values = _values(dtype, limits.min, limits.max)
    image = read_dicom(write_image(tmp_path / "a.dcm", values))
    assert image.frames.dtype == dtype
    np.testing.assert_array_equal(image.frames[0], values)


@pytest.mark.parametrize("dtype", [np.uint16, np.int16])
def test_unused_bits_are_no_values(tmp_path: Path, dtype: Any) -> None:
    """Old files keep overlays there."""
    low = -2048 if dtype == np.int16 else 0
    values = _values(dtype, low, low + 4095)
    dirty = (values.view(np.uint16) & 0x0FFF) | 0x5000
    image = read_dicom(write_image(tmp_path / "a.dcm", dirty.view(dtype), bits=12))
    assert image.bits == 12
    np.testing.assert_array_equal(image.frames[0], values)


def test_frames_are_read_one_after_the_other(tmp_path: Path) -> None:
    values = np.stack([_values(), _values() + 5, _values() - 9])
    image = read_dicom(write_image(tmp_path / "a.dcm", values))
    np.testing.assert_array_equal(image.frames, values)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"PixelPaddingValue": -2000}, (-2000, -2000)),
        ({"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -3000}, (-3000, -2000)),
        ({"PixelPaddingValue": 63536}, (-2000, -2000)),  # written as unsigned by mistake
    ],
)
def test_padding_is_known(
    tmp_path: Path, changes: dict[str, int], expected: tuple[int, int] | None
) -> None:
    path = write_image(tmp_path / "a.dcm", _values())
    dataset = pydicom.dcmread(path)
    for keyword, value in changes.items():
        dataset.add_new(keyword, "SS" if value < 0 else "US", value)
    dataset.save_as(path)
    image = read_dicom(path)
    assert image.padding == expected
    frame = np.array([[-3000, -2500, -2000, -1999]], np.int16)
    low, high = expected or (1, 0)
    assert image.is_padding(frame).tolist() == [[low <= value <= high for value in frame[0]]]


@pytest.mark.parametrize(
    ("changes", "inverted"),
    [
        ({}, False),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True),
        ({"RescaleSlope": -1, "RescaleIntercept": 0}, True),
        ({"PhotometricInterpretation": "MONOCHROME1", "RescaleSlope": "-2.5"}, False),
    ],
)
def test_what_a_viewer_shows_light_is_known(
    tmp_path: Path, changes: dict[str, Any], inverted: bool
) -> None:
    image = read_dicom(write_image(tmp_path / "a.dcm", _values(), **changes))
    assert image.shown_inverted is inverted


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("examples_rgb_color.dcm", r"in color \(RGB\)"),
        ("examples_palette.dcm", r"in color \(PALETTE COLOR\)"),
        ("liver_1frame.dcm", "of the class 'Segmentation Storage'"),
        ("rtdose.dcm", "of the class 'RT Dose Storage'"),
        ("rtplan.dcm", "of the class 'RT Plan Storage'"),
        ("waveform_ecg.dcm", "of the class '12-lead ECG Waveform Storage'"),
    ],
)
def test_other_objects_are_refused(name: str, named: str) -> None:
    with pytest.raises(UnsupportedPictureError, match=named):
        read_dicom(shipped(name))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"BitsStored": 4, "HighBit": 3}, "4 bits stored in 16"),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "32 bits stored in 32"),
        ({"HighBit": 14}, "up to bit 14"),
        ({"PerFrameFunctionalGroupsSequence": Sequence([Dataset()])}, "a header each"),
    ],
)
def test_other_forms_are_refused(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    path = write_image(tmp_path / "a.dcm", _values(), **changes)
    with pytest.raises(UnsupportedPictureError, match=named):
        read_dicom(path)


def test_a_missing_decoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pydicom.pixels.decoders import base

    # As where none of its packages is installed, whatever is installed here.
    monkeypatch.setattr(base.Decoder, "is_available", property(lambda _: False))
    with pytest.raises(UnsupportedPictureError) as caught:
        read_dicom(shipped("MR_small_jpeg_ls_lossless.dcm"))
    assert "JPEG-LS Lossless Image Compression" in caught.value.problem
    assert "pip install python-gdcm" in caught.value.remedy or "pyjpegls" in caught.value.remedy


def test_a_compression_that_pydicom_does_not_know_is_named(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.dcm", _values())
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = uid.MPEG2MPML
    dataset.PixelData = encapsulate([b"\0\0"])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path)
    with pytest.raises(UnsupportedPictureError, match="MPEG2"):
        read_dicom(path)


def test_broken_files_are_typed_errors(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="less than expected"):
        read_dicom(shipped("MR_truncated.dcm"))
    data = shipped("CT_small.dcm").read_bytes()
    bad = tmp_path / "bad.dcm"
    for length in (0, 100, 140, 300, 1000, 5000, len(data) - 4000):
        bad.write_bytes(data[:length])
        with pytest.raises(ReadError):
            read_dicom(bad)
    with gzip.open(shipped("zipMR.gz")) as file:
        bad.write_bytes(file.read()[::-1])
    with pytest.raises(ReadError):
        read_dicom(bad)


def test_elements_without_sense_are_an_error_before_any_work(tmp_path: Path) -> None:
    """pydicom would raise when they are used: while the result is written, at the latest."""
    data = write_image(tmp_path / "a.dcm", _values(), PixelSpacing=["0.5", "0.5"]).read_bytes()
    bad = tmp_path / "bad.dcm"
    bad.write_bytes(data.replace(b"0.5\\0.5", b"0.x\\0.5"))
    with pytest.raises(ReadError, match="could not convert"):
        read_dicom(bad)
    bad.write_bytes(data.replace(b"LO\x04\x00H-17", b"QX\x04\x00H-17"))
    with pytest.raises(ReadError, match="QX"):
        read_dicom(bad)
    tag = b"\x10\x00\x20\x00LO"
    assert tag in data
    bad.write_bytes(data.replace(tag, b"\x02\x00\x20\x00LO"))
    with pytest.raises(ReadError, match="in its data set"):
        read_dicom(bad)


def test_signs_that_differ_from_the_header_are_set_right() -> None:
    """The JPEG 2000 data of this file of pydicom's are unsigned, its header is not."""
    image = read_dicom(shipped("J2K_pixelrep_mismatch.dcm"))
    assert (image.frames.min(), image.frames.max(), image.bits) == (-2000, 1896, 13)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = write_image(tmp_path / "a.dcm", _values())
    with pytest.raises(PictureTooLargeError, match="9 x 6"):
        read_dicom(path, max_pixels=53)
    huge = write_image(tmp_path / "b.dcm", _values(), Rows=60_000, Columns=60_000)
    with pytest.raises(PictureTooLargeError):
        read_dicom(huge)


def test_a_derived_image_says_what_it_is(tmp_path: Path) -> None:
    image = read_dicom(shipped("CT_small.dcm"))
    found, source = _saved(image, tmp_path / "out.dcm"), image.header
    assert found.file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
    assert found.file_meta.MediaStorageSOPInstanceUID == found.SOPInstanceUID
    assert found.ImageType == ["DERIVED", "SECONDARY", "AXIAL"]
    for keyword in ("SOPInstanceUID", "SeriesInstanceUID"):
        assert found[keyword].value.startswith("2.25.")
        assert found[keyword].value.is_valid
    (reference,) = found.SourceImageSequence
    assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
    assert reference.ReferencedSOPClassUID == source.SOPClassUID == found.SOPClassUID
    assert reference.PurposeOfReferenceCodeSequence[0].CodeValue == "121322"
    assert found.DerivationCodeSequence[0].CodeValue == "113085"
    assert found.DerivationDescription == WORDS.description
    assert found.SeriesDescription == WORDS.series
    (equipment,) = found.ContributingEquipmentSequence
    assert (equipment.Manufacturer, equipment.SoftwareVersions) == ("heliochrome", "0.1.0")
    kept = "PatientID PatientName StudyInstanceUID FrameOfReferenceUID RescaleSlope Modality"
    for keyword in kept.split():
        assert found[keyword].value == source[keyword].value
    expected = image.frames[0].repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(found.pixel_array, expected)


def test_the_source_is_not_changed(tmp_path: Path) -> None:
    image = read_dicom(shipped("CT_small.dcm"))
    before = str(image.header)
    _saved(image, tmp_path / "out.dcm")
    assert str(image.header) == before


def test_identifiers_follow_from_source_and_operation(tmp_path: Path) -> None:
    paths = [
        write_image(tmp_path / f"{number}.dcm", _values(), SOPInstanceUID=f"1.2.{number}")
        for number in (1, 2)
    ]
    first, second = map(read_dicom, paths)
    frames = first.frames.repeat(2, axis=1).repeat(2, axis=2)
    other = Derivation(**{name: getattr(WORDS, name) for name in WORDS.__slots__} | {"key": "x"})
    again, once, neighbor, otherwise = (
        derive(image, frames, words)
        for image, words in ((first, WORDS), (first, WORDS), (second, WORDS), (first, other))
    )
    assert once.SOPInstanceUID == again.SOPInstanceUID
    assert len({made.SOPInstanceUID for made in (once, neighbor, otherwise)}) == 3
    assert once.SeriesInstanceUID == neighbor.SeriesInstanceUID != otherwise.SeriesInstanceUID


def test_what_belongs_to_the_old_pixels_is_left_out(tmp_path: Path) -> None:
    image = read_dicom(shipped("examples_overlay.dcm"))
    assert any(tag.group == 0x6000 for tag in image.header.keys())  # noqa: SIM118
    image.header.SmallestImagePixelValue = 0
    image.header.InstanceCreationDate = "20200101"
    image.header.IconImageSequence = Sequence([Dataset()])
    found = _saved(image, tmp_path / "out.dcm")
    assert not any(tag.group == 0x6000 for tag in found.keys())  # noqa: SIM118
    for keyword in ("SmallestImagePixelValue", "InstanceCreationDate", "IconImageSequence"):
        assert keyword not in found


def test_what_lossy_compression_took_is_not_forgotten(tmp_path: Path) -> None:
    image = read_dicom(write_image(tmp_path / "a.dcm", _values(), LossyImageCompression="01"))
    assert _saved(image, tmp_path / "out.dcm").LossyImageCompression == "01"
    image = read_dicom(write_image(tmp_path / "b.dcm", _values()))
    assert "LossyImageCompression" not in _saved(image, tmp_path / "out.dcm")
    image.header.file_meta.TransferSyntaxUID = uid.JPEGBaseline8Bit
    assert _saved(image, tmp_path / "out.dcm").LossyImageCompression == "01"


def test_earlier_descriptions_are_kept(tmp_path: Path) -> None:
    path = write_image(
        tmp_path / "a.dcm",
        _values(),
        DerivationDescription="Smoothed",
        SeriesDescription="Chest " * 10,
        ImageType=["ORIGINAL"],
    )
    found = _saved(read_dicom(path), tmp_path / "out.dcm")
    assert found.DerivationDescription == f"Smoothed; {WORDS.description}"
    assert found.SeriesDescription.startswith("Chest Chest")
    assert found.SeriesDescription.endswith(f", {WORDS.series}")
    assert len(found.SeriesDescription) <= 64
    assert found.ImageType == ["DERIVED", "SECONDARY"]
    path = write_image(tmp_path / "a.dcm", _values(), DerivationDescription="x" * 1020)
    assert _saved(read_dicom(path), tmp_path / "b.dcm").DerivationDescription == WORDS.description


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.int16], ids=["of an odd number of bytes", "16 bits"]
)
def test_frames_are_written_whole(tmp_path: Path, dtype: Any) -> None:
    values = np.arange(3 * 5 * 5).reshape(3, 5, 5).astype(dtype)
    image = read_dicom(write_image(tmp_path / "a.dcm", values))
    words = Derivation(**{name: getattr(WORDS, name) for name in WORDS.__slots__} | {"scale": 3})
    found = _saved(image, tmp_path / "out.dcm", words)
    assert (found.NumberOfFrames, found.Rows, found.Columns) == (3, 15, 15)
    expected = values.repeat(3, axis=1).repeat(3, axis=2)
    np.testing.assert_array_equal(found.pixel_array, expected)
    np.testing.assert_array_equal(read_dicom(tmp_path / "out.dcm").frames, expected)


def test_tables_of_words_change_their_order_with_the_file(tmp_path: Path) -> None:
    image = read_dicom(shipped("MR_small_bigendian.dcm"))
    lut = Dataset()
    lut.LUTDescriptor = [3, 0, 16]
    lut.add_new("LUTData", "OW", np.array([1, 2, 600], ">u2").tobytes())
    image.header.VOILUTSequence = Sequence([lut])
    found = _saved(image, tmp_path / "out.dcm")
    data = np.frombuffer(found.VOILUTSequence[0].LUTData, "<u2")
    assert data.tolist() == [1, 2, 600]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_image_covers_the_same_part_of_the_patient(scale: int) -> None:
    """The four corners of the image, computed from the header before and after, coincide."""

    def corners(header: Dataset) -> np.ndarray:
        position = np.array(header.ImagePositionPatient, float)
        along, down = np.array(header.ImageOrientationPatient, float).reshape(2, 3)
        between_rows, between_columns = map(float, header.PixelSpacing)
        return np.array(
            [
                position + along * between_columns * column + down * between_rows * row
                for row in (-0.5, header.Rows - 0.5)
                for column in (-0.5, header.Columns - 0.5)
            ]
        )

    header = Dataset()
    header.Rows, header.Columns = 40, 30
    header.PixelSpacing = [0.8, 0.5]
    header.ImagePositionPatient = [-10.5, 22.25, 100]
    header.ImageOrientationPatient = [0.8, 0.6, 0, 0, 0, -1]
    before = corners(header)
    enlarge_geometry(header, scale)
    assert (header.Rows, header.Columns) == (40 * scale, 30 * scale)
    np.testing.assert_allclose(header.PixelSpacing, [0.8 / scale, 0.5 / scale], rtol=1e-9)
    np.testing.assert_allclose(corners(header), before, atol=1e-5)


def test_spacings_shutters_and_regions_follow() -> None:
    header = Dataset()
    header.Rows, header.Columns = 100, 100
    header.ImagerPixelSpacing = [0.143, 0.143]
    header.NominalScannedPixelSpacing = [0.1, 0.2]
    header.ShutterLeftVerticalEdge, header.ShutterRightVerticalEdge = 11, 90
    header.VerticesOfThePolygonalShutter = [1, 1, 1, 100, 100, 50]
    header.CenterOfCircularShutter, header.RadiusOfCircularShutter = [50, 50], 20
    region = Dataset()
    region.RegionLocationMinX0, region.RegionLocationMaxX1 = 10, 19
    region.ReferencePixelX0, region.PhysicalDeltaX = 4, 0.02
    header.SequenceOfUltrasoundRegions = Sequence([region])
    enlarge_geometry(header, 2)
    np.testing.assert_allclose(header.ImagerPixelSpacing, [0.0715, 0.0715])
    np.testing.assert_allclose(header.NominalScannedPixelSpacing, [0.05, 0.1])
    # Pixel 11 of the source becomes 21 and 22; a place is that of the former, to half a pixel.
    assert (header.ShutterLeftVerticalEdge, header.ShutterRightVerticalEdge) == (21, 179)
    assert header.VerticesOfThePolygonalShutter == [1, 1, 1, 199, 199, 99]
    assert (header.CenterOfCircularShutter, header.RadiusOfCircularShutter) == ([99, 99], 40)
    assert (region.RegionLocationMinX0, region.RegionLocationMaxX1) == (20, 39)
    assert (region.ReferencePixelX0, region.PhysicalDeltaX) == (8, 0.01)


def test_long_fractions_stay_decimal_strings(tmp_path: Path) -> None:
    image = read_dicom(write_image(tmp_path / "a.dcm", _values(), PixelSpacing=["0.3", "0.7"]))
    words = Derivation(**{name: getattr(WORDS, name) for name in WORDS.__slots__} | {"scale": 3})
    found = _saved(image, tmp_path / "out.dcm", words)
    assert all(len(str(part)) <= 16 for part in found.PixelSpacing)
    np.testing.assert_allclose(found.PixelSpacing, [0.1, 0.7 / 3], rtol=1e-9)
