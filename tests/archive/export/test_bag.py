from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import bagit
import pytest

from heliochrome.archive.archive import Archive
from heliochrome.archive.description_table import read_table
from heliochrome.archive.digests import digest_path
from heliochrome.archive.export.bag import BagOptions, BagPer, export_bags
from heliochrome.archive.export.selection import Selection
from heliochrome.archive.provenance.beside import Beside, premis_beside
from heliochrome.archive.provenance.premis_nodes import PREMIS
from heliochrome.archive.provenance.signed_copies import SIGNING, signed_name
from heliochrome.archive.records import event
from heliochrome.errors import FixityError, OptionError, OutputConflictError, StorageError
from sample_archive import Scan, gradient, sample_archive

NAMES = {"p": PREMIS}
SCANS = (
    Scan(
        gradient(40, 30, 1),
        "harbor 1904 & ships.tif",
        "Harbor",
        {"title": ["The harbor", "Le port"], "date": ["1904"]},
        ("color-only", "restore"),
    ),
    Scan(gradient(40, 30, 2), "Fährhafen.png", "Harbor", is_reference=True),
    Scan(gradient(40, 30, 3), "mill.jpg", looks=()),
)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with sample_archive(tmp_path, SCANS) as archive:
        yield archive


def payload(bag: Path) -> set[str]:
    return {path.relative_to(bag).as_posix() for path in bag.rglob("data/**/*") if path.is_file()}


def by_name(archive: Archive) -> dict[str, str]:
    return {entry.original.source_name: entry.original.identifier for entry in archive.entries()}


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def test_a_bag_of_everything_is_valid_and_holds_everything(
    archive: Archive, tmp_path: Path
) -> None:
    output = tmp_path / "bag"
    info = {"Source-Organization": "City\nArchive", "Contact-Name": ""}
    options = BagOptions(info, validate=True, today=date(2026, 3, 4))
    report = export_bags(archive, output, options, Selection())
    bag = bagit.Bag(str(output))
    bag.validate()
    assert bag.info["Source-Organization"] == "City Archive"
    assert bag.info["Bagging-Date"] == "2026-03-04"
    assert "Contact-Name" not in bag.info
    assert bag.info["Payload-Oxum"] == f"{report.octets}.{report.files}"
    assert (report.bags, report.items, report.left_out) == ((output,), 3, ())
    assert set(bag.algorithms) == {"sha256", "sha512"}
    names = payload(output)
    assert report.files == len(names) == 3 * 2 + 3 * 4 + 2
    assert report.octets == sum((output / name).stat().st_size for name in names)
    folder = f"data/objects/{by_name(archive)['harbor 1904 & ships.tif']}"
    assert f"{folder}/original/harbor 1904 _ ships.tif" in names
    suffixes = {
        name.partition("-only-")[2][16:] for name in names if f"{folder}/derivatives/color" in name
    }
    assert suffixes == {".png", ".premis.xml", ".json", ".confidence.png"}


def test_originals_arrive_bit_for_bit(archive: Archive, tmp_path: Path) -> None:
    export_bags(archive, tmp_path / "bag", BagOptions(), Selection())
    for entry in archive.entries():
        folder = tmp_path / "bag" / "data" / "objects" / entry.original.identifier
        originals = (folder / "original").iterdir()
        (original,) = (path for path in originals if not path.name.endswith(".premis.xml"))
        assert digest_path(original).sha256 == entry.original.sha256


def test_every_original_has_a_premis_object_with_what_is_known_of_it(
    archive: Archive, tmp_path: Path
) -> None:
    export_bags(archive, tmp_path / "bag", BagOptions(), Selection())
    for entry in archive.entries():
        original = entry.original
        folder = tmp_path / "bag" / "data" / "objects" / original.identifier / "original"
        (record,) = folder.glob("*.premis.xml")
        (described,) = ElementTree.parse(record).getroot().iterfind("p:object", NAMES)
        digests = {node.text for node in described.iterfind(".//p:messageDigest", NAMES)}
        assert digests == {original.sha256, original.sha512}
        assert described.findtext(".//p:size", "", NAMES) == str(original.size)
        assert described.findtext(".//p:formatName", "", NAMES) == original.mime
        kinds = [node.text for node in ElementTree.parse(record).iterfind(".//p:eventType", NAMES)]
        assert "ingestion" in kinds
        assert "creation" not in kinds  # that is told beside each derivative
        beside = premis_beside(
            record.with_name(record.name[: -len(".premis.xml")]), original.sha256
        )
        assert beside == Beside(record, agrees=True)


def test_descriptions_come_as_table_and_json(archive: Archive, tmp_path: Path) -> None:
    export_bags(archive, tmp_path / "bag", BagOptions(), Selection())
    metadata = tmp_path / "bag" / "data" / "metadata"
    documents = {
        document["source_name"]: document
        for document in json.loads((metadata / "dublin-core.json").read_text())
    }
    harbor = documents["harbor 1904 & ships.tif"]
    assert harbor["dc"] == {"title": ["The harbor", "Le port"], "date": ["1904"]}
    assert (tmp_path / "bag" / "data" / harbor["filename"]).is_file()
    reading = read_table(archive, metadata / "dublin-core.csv")
    assert (reading.unchanged, reading.changes, reading.faults) == (3, (), ())


def test_a_tampered_payload_is_found(archive: Archive, tmp_path: Path) -> None:
    export_bags(archive, tmp_path / "bag", BagOptions(), Selection())
    damage(next((tmp_path / "bag" / "data").rglob("*.tif")))
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(tmp_path / "bag")).validate()


def test_a_bag_per_collection(archive: Archive, tmp_path: Path) -> None:
    output = tmp_path / "bags"
    report = export_bags(archive, output, BagOptions(per=BagPer.collection), Selection())
    assert {path.name for path in output.iterdir()} == {"harbor", "no-collection"}
    assert set(report.bags) == {output / "harbor", output / "no-collection"}
    for path in report.bags:
        bagit.Bag(str(path)).validate()
    assert len(list((output / "harbor" / "data" / "objects").iterdir())) == 2


def test_a_part_of_the_archive(archive: Archive, tmp_path: Path) -> None:
    harbor = export_bags(archive, tmp_path / "a", BagOptions(), Selection(collection="Harbor"))
    found = export_bags(archive, tmp_path / "b", BagOptions(), Selection(search="port"))
    assert (harbor.items, found.items) == (2, 1)
    with pytest.raises(OptionError, match="no item"):
        export_bags(archive, tmp_path / "c", BagOptions(), Selection(search="zebra"))
    assert not (tmp_path / "c").exists()


def test_links_share_the_bytes_and_are_hashed_all_the_same(
    archive: Archive, tmp_path: Path
) -> None:
    export_bags(archive, tmp_path / "bag", BagOptions(link=True), Selection())
    bagit.Bag(str(tmp_path / "bag")).validate()
    tiff = next((tmp_path / "bag" / "data").rglob("*.tif"))
    (original,) = archive.originals.folder.rglob("*.tif")
    assert tiff.samefile(original)


def test_a_copy_is_no_link(archive: Archive, tmp_path: Path) -> None:
    export_bags(archive, tmp_path / "bag", BagOptions(), Selection())
    assert next((tmp_path / "bag" / "data").rglob("*.tif")).stat().st_nlink == 1


@pytest.mark.parametrize("link", [False, True])
def test_what_is_damaged_or_missing_is_left_out_and_reported(
    archive: Archive, tmp_path: Path, link: bool
) -> None:
    entries = {entry.original.source_name: entry for entry in archive.entries()}
    assert archive.derivatives.folder is not None
    first, second = entries["harbor 1904 & ships.tif"].derivatives
    damage(archive.derivatives.folder / first.uri)
    (archive.derivatives.folder / second.premis_uri).unlink()
    damage(archive.originals.folder / entries["mill.jpg"].original.uri)
    report = export_bags(archive, tmp_path / "bag", BagOptions(link=link), Selection())
    kinds = Counter(type(one.error) for one in report.left_out)
    assert kinds == {FixityError: 2, StorageError: 1}
    assert report.items == 2
    bagit.Bag(str(tmp_path / "bag")).validate()
    names = payload(tmp_path / "bag")
    assert not any("mill.jpg" in name or first.key[:16] in name for name in names)
    assert not any(second.key[:16] in name for name in names)
    table = tmp_path / "bag" / "data" / "metadata" / "left-out.csv"
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["identifier"] for row in rows} == {
        entries["mill.jpg"].original.identifier,
        entries["harbor 1904 & ships.tif"].original.identifier,
    }
    assert any("has not the bytes" in row["problem"] for row in rows)


def test_a_signed_copy_goes_with_its_derivative(archive: Archive, tmp_path: Path) -> None:
    entry = next(one for one in archive.entries() if len(one.derivatives) == 1)
    (derived,) = entry.derivatives
    archive.derivatives.put_bytes(b"signed", signed_name(derived.uri))
    signing = event(SIGNING, "by the tests", derivative=derived.key)
    archive.catalog.record_events({entry.original.identifier: [signing]})
    export_bags(archive, tmp_path / "bag", BagOptions(), Selection())
    bagit.Bag(str(tmp_path / "bag")).validate()
    (signed,) = (tmp_path / "bag" / "data").rglob("*.c2pa.png")
    assert signed.read_bytes() == b"signed"
    assert derived.key[:16] in signed.name


def test_an_existing_folder_is_never_replaced(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    with pytest.raises(OutputConflictError):
        export_bags(archive, tmp_path / "bag", BagOptions(), Selection())


def test_an_interrupted_export_leaves_nothing(archive: Archive, tmp_path: Path) -> None:
    before = set(tmp_path.iterdir())

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_bags(archive, tmp_path / "bag", BagOptions(), Selection(), progress=interrupt)
    assert set(tmp_path.iterdir()) == before
