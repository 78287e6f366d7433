"""Signed copies in an archive: beside the derivatives, recorded, and made once."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fake_authority import Files, write_identity
from heliochrome.archive.archive import Archive
from heliochrome.archive.entries import Entry
from heliochrome.archive.ingest import Added, add_files
from heliochrome.archive.layout import derivative_name, premis_name, record_name
from heliochrome.archive.provenance.c2pa import read_credentials
from heliochrome.archive.provenance.identity import Identity, load_identity
from heliochrome.archive.provenance.sign import NotSigned, SignedCopy, sign_entry
from heliochrome.archive.records import NewDerivative, event
from heliochrome.archive.verify import verify_archive
from heliochrome.archive.walk import find_files
from heliochrome.cli import main
from heliochrome.image.metadata import Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture

COLORIZER = {"name": "colorizer", "version": "1.1.0", "sha256": "c1" * 32}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive.init(tmp_path / "archive") as made:
        yield made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_identity(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def identity(files: Files) -> Identity:
    return load_identity(files.chain, files.key)


@pytest.fixture
def entry(archive: Archive, tmp_path: Path) -> Entry:
    return add(archive, tmp_path, "jpg", "png")


def add(archive: Archive, folder: Path, *suffixes: str, reference: bool = False) -> Entry:
    """Add a scan, and a derivative of it in each of these containers."""
    scan = folder / "harbor.tif"
    write_picture(Picture(noise(1)), scan)
    found, _ = find_files([scan])
    (added,) = add_files(archive, found, reference=reference)
    assert isinstance(added, Added)
    sha256 = hashlib.sha256(scan.read_bytes()).hexdigest()
    for number, suffix in enumerate(suffixes):
        derive(archive, added.identifier, sha256, f"{number:02}" * 32, f".{suffix}", folder)
    (entry,) = archive.entries([added.identifier])
    return entry


def derive(
    archive: Archive, identifier: str, sha256: str, key: str, suffix: str, folder: Path
) -> None:
    record = {
        "task": "colorize",
        "heliochrome_version": "0.1.0",
        "input_sha256": sha256,
        "model": COLORIZER,
        "parameters": {"seed": 2},
        "mean_confidence": 0.6,
    }
    path = folder / f"made{suffix}"
    provenance = Provenance("compositeWithTrainedAlgorithmicMedia", record)
    write_picture(Picture(noise()), path, provenance=provenance)
    name = derivative_name(key, suffix)
    digest = archive.derivatives.put_file(path, name)
    for beside in (premis_name(key), record_name(key)):
        archive.derivatives.put_bytes(b"{}", beside)
    archive.catalog.record_derivative(
        NewDerivative(
            identifier=identifier,
            recipe_id=archive.catalog.ensure_recipe("0e" * 32, "color-only", "steps: []"),
            key=key,
            uri=name,
            **digest._asdict(),
            mime={".jpg": "image/jpeg", ".png": "image/png", ".jp2": "image/jp2"}[suffix],
            width=36,
            height=24,
            record=record,
            model_sha256s=["c1" * 32],
            heliochrome_version="0.1.0",
            seconds=0.1,
            events=[event("creation", "made", derivative=key)],
        )
    )


def noise(channels: int = 3) -> Any:
    return np.random.default_rng(1).integers(0, 255, (24, 36, channels), np.uint8)


def again(archive: Archive, entry: Entry) -> Entry:
    """The entry as it is recorded now."""
    (found,) = archive.entries([entry.original.identifier])
    return found


def test_every_derivative_gets_a_signed_copy_and_stays_as_it_is(
    archive: Archive, entry: Entry, identity: Identity, files: Files
) -> None:
    before = {one.uri: archive.derivatives.hashes(one.uri) for one in entry.derivatives}
    results = list(sign_entry(archive, entry, identity))
    assert all(isinstance(result, SignedCopy) and result.is_new for result in results)
    assert [result.name for result in results if isinstance(result, SignedCopy)] == [
        f"00/{'00' * 32}.c2pa.jpg",
        f"01/{'01' * 32}.c2pa.png",
    ]
    assert {name: archive.derivatives.hashes(name) for name in before} == before
    for result, derived in zip(results, entry.derivatives, strict=True):
        assert isinstance(result, SignedCopy)
        with archive.derivatives.local_copy(result.name) as path:
            found = read_credentials(path, anchors=files.anchors.read_text())
        assert found is not None
        assert (found.state, found.sources) == ("trusted", ("harbor.tif",))
        assert found.record == derived.record


def test_signing_is_recorded_and_the_archive_stays_clean(
    archive: Archive, entry: Entry, identity: Identity
) -> None:
    list(sign_entry(archive, entry, identity))
    signings = [
        one for one in again(archive, entry).events if one.kind == "digital signature generation"
    ]
    assert [one.derivative_key for one in signings] == [one.key for one in entry.derivatives]
    name = f"00/{'00' * 32}.c2pa.jpg"
    sha256 = archive.derivatives.hashes(name).sha256
    assert signings[0].detail == (
        f"Content Credentials by Test archive's signer: {name}, SHA-256 {sha256}"
    )
    assert verify_archive(archive).faults == []


def test_a_signed_copy_that_is_gone_is_missed(
    archive: Archive, entry: Entry, identity: Identity
) -> None:
    list(sign_entry(archive, entry, identity))
    name = f"01/{'01' * 32}.c2pa.png"
    archive.derivatives.remove(name)
    assert [(one.problem, one.name) for one in verify_archive(archive).faults] == [
        ("missing", name)
    ]


def test_nothing_is_signed_twice(archive: Archive, entry: Entry, identity: Identity) -> None:
    list(sign_entry(archive, entry, identity))
    name = f"00/{'00' * 32}.c2pa.jpg"
    before = archive.derivatives.hashes(name)
    results = list(sign_entry(archive, again(archive, entry), identity))
    assert not any(isinstance(result, SignedCopy) and result.is_new for result in results)
    assert archive.derivatives.hashes(name) == before


def test_what_was_cut_off_before_it_was_recorded_is_signed_again(
    archive: Archive, entry: Entry, identity: Identity
) -> None:
    name = f"00/{'00' * 32}.c2pa.jpg"
    archive.derivatives.put_bytes(b"half a copy", name)
    assert [(one.problem, one.name) for one in verify_archive(archive, patience=0).faults] == [
        ("unknown", name)
    ]
    results = list(sign_entry(archive, entry, identity))
    assert all(isinstance(result, SignedCopy) for result in results)
    assert verify_archive(archive).faults == []


def test_an_altered_derivative_is_not_signed_and_the_others_are(
    archive: Archive, entry: Entry, identity: Identity
) -> None:
    first = archive.derivatives.folder / entry.derivatives[0].uri  # type: ignore[operator]
    content = bytearray(first.read_bytes())
    content[-20] ^= 1
    first.write_bytes(content)
    failed, signed = sign_entry(archive, entry, identity)
    assert isinstance(failed, NotSigned)
    assert "it was not signed" in failed.error.problem
    assert isinstance(signed, SignedCopy)
    assert not archive.derivatives.exists(f"00/{'00' * 32}.c2pa.jpg")


def test_a_container_that_cannot_be_signed_is_told(
    archive: Archive, identity: Identity, tmp_path: Path
) -> None:
    entry = add(archive, tmp_path, "jp2")
    (failed,) = sign_entry(archive, entry, identity)
    assert isinstance(failed, NotSigned)
    assert "cannot carry Content Credentials" in failed.error.problem


def test_a_referenced_original_that_is_away_is_described(
    archive: Archive, identity: Identity, files: Files, tmp_path: Path
) -> None:
    entry = add(archive, tmp_path, "png", reference=True)
    (tmp_path / "harbor.tif").unlink()
    (signed,) = sign_entry(archive, entry, identity)
    assert isinstance(signed, SignedCopy)
    with archive.derivatives.local_copy(signed.name) as path:
        found = read_credentials(path, anchors=files.anchors.read_text())
    assert found is not None
    assert (found.state, found.sources) == ("trusted", ("harbor.tif",))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run_command(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return code, *capsys.readouterr()

    return run_command


def test_the_command_signs_and_reports(
    run: Callable[..., Any], archive: Archive, entry: Entry, files: Files
) -> None:
    options = ("--certificate", files.chain, "--key", files.key)
    code, out, _ = run("archive", "sign", archive.folder, *options, "--json")
    assert code == 0
    document = json.loads(out)
    assert [copy["key"] for copy in document["signed"]] == [one.key for one in entry.derivatives]
    code, _, err = run("archive", "sign", archive.folder, *options)
    assert code == 0
    assert "0 signed; 2 were signed already." in err
    assert not any(
        b"PRIVATE KEY" in path.read_bytes() for path in archive.folder.rglob("*") if path.is_file()
    )


def test_the_command_refuses_what_it_cannot_use(
    run: Callable[..., Any], archive: Archive, entry: Entry, files: Files
) -> None:
    options = ("--certificate", files.chain, "--key", files.key)
    code, _, err = run("archive", "sign", archive.folder, *options, "--item", "ffff")
    assert (code, "ffff: is no item of this archive" in err) == (2, True)
    code, _, err = run(
        "archive", "sign", archive.folder, "--certificate", files.key, "--key", files.key
    )
    assert (code, "holds no certificates" in err) == (2, True)
    first = archive.derivatives.folder / entry.derivatives[0].uri  # type: ignore[operator]
    first.write_bytes(b"altered")
    code, _, err = run("archive", "sign", archive.folder, *options)
    assert code == 1
    assert "1 signed; 0 were signed already." in err
    assert "1 not signed:" in err


def test_without_the_library_the_command_says_what_to_install(
    run: Callable[..., Any], archive: Archive, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("archive.provenance.c2pa", "archive.provenance.sign", "cli.archive_sign_batch"):
        monkeypatch.delitem(sys.modules, f"heliochrome.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "c2pa", None)
    code, _, err = run(
        "archive", "sign", archive.folder, "--certificate", files.chain, "--key", files.key
    )
    assert (code, "pip install 'heliochrome[c2pa]'" in err) == (2, True)
