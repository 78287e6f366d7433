"""Content Credentials, signed by an authority of our own: read back, and changed afterwards."""

from __future__ import annotations

import hashlib
import io
import shutil
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive_entries import RECORD
from cryptography.x509.oid import ExtendedKeyUsageOID
from PIL import Image

from fake_authority import Files, timestamp_authority, write_identity
from heliochrome.archive.provenance.c2pa import read_credentials, sign_picture
from heliochrome.archive.provenance.identity import Identity, load_identity
from heliochrome.archive.provenance.manifest import Source
from heliochrome.errors import CredentialsError, ReadError
from heliochrome.image.metadata import Metadata, Provenance
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MIMES = {
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".webp": "image/webp",
    ".avif": "image/avif",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return write_identity(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def identity(files: Files) -> Identity:
    return load_identity(files.chain, files.key)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "scan.tif"
    write_picture(Picture(noise(channels=1)), path)
    return Source("scan.tif", "image/tiff", hashlib.sha256(path.read_bytes()).hexdigest(), path)


def noise(channels: int = 3) -> Any:
    return np.random.default_rng(5).integers(0, 255, (32, 48, channels), np.uint8)


def derived(folder: Path, suffix: str = ".jpg") -> Path:
    path = folder / f"derived{suffix}"
    provenance = Provenance("compositeWithTrainedAlgorithmicMedia", RECORD)
    write_picture(
        Picture(noise(), metadata=Metadata()), path, provenance=provenance, overwrite=True
    )
    return path


@pytest.mark.parametrize("suffix", MIMES)
def test_credentials_are_read_back_from_every_container(
    suffix: str, source: Source, identity: Identity, files: Files, tmp_path: Path
) -> None:
    picture = derived(tmp_path, suffix)
    before = picture.read_bytes()
    signed = tmp_path / f"signed{suffix}"
    sign_picture(picture, MIMES[suffix], signed, record=RECORD, source=source, identity=identity)
    assert picture.read_bytes() == before
    found = read_credentials(signed, anchors=files.anchors.read_text())
    assert found is not None
    assert (found.state, found.failures) == ("trusted", ())
    assert (found.signer, found.issuer) == ("Test archive's signer", "Test archive")
    assert found.sources == ("scan.tif",)
    assert found.record == RECORD
    # The pixels and the record in XMP are those of the derivative.
    assert (read_picture(signed).pixels == read_picture(picture).pixels).all()
    assert read_records(read_picture(signed).metadata.xmp) == [RECORD]


@pytest.fixture
def signed(source: Source, identity: Identity, tmp_path: Path) -> Path:
    path = tmp_path / "signed.png"
    sign_picture(
        derived(tmp_path, ".png"),
        "image/png",
        path,
        record=RECORD,
        source=source,
        identity=identity,
    )
    return path


def test_every_step_is_an_action(signed: Path) -> None:
    found = read_credentials(signed)
    assert found is not None
    assert [action.name for action in found.actions] == [
        "c2pa.opened",
        "c2pa.adjustedColor",
        "c2pa.resized",
    ]
    assert [action.source_type for action in found.actions[1:]] == [
        SOURCE_TYPES + "compositeWithTrainedAlgorithmicMedia",
        SOURCE_TYPES + "algorithmicallyEnhanced",
    ]
    told = found.actions[1].description
    assert "network colorizer 1.1.0 (sha256 " + "c1" * 32 in told
    assert "hints=[1 values]" in told
    assert "mean confidence 0.6123" in told


def test_a_signer_nobody_vouches_for_is_not_trusted(signed: Path, tmp_path: Path) -> None:
    alone = read_credentials(signed)
    other = write_identity(tmp_path / "other").anchors.read_text()
    foreign = read_credentials(signed, anchors=other)
    for found in (alone, foreign):
        assert found is not None
        assert found.state == "intact"
        assert any("untrusted" in failure for failure in found.failures)


def test_one_changed_byte_breaks_them(signed: Path, files: Files) -> None:
    whole = signed.read_bytes()
    # Of the pixels (the last chunks of the file), of the manifest, of the XMP.
    places = (len(whole) - 40, whole.index(b"c2pa.resized"), whole.index(b"heliochrome:Records"))
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1
        signed.write_bytes(changed)
        found = read_credentials(signed, anchors=files.anchors.read_text())
        assert found is not None
        assert found.state == "invalid", place
        assert found.failures


def test_a_picture_painted_over_is_found_out(signed: Path, files: Files, tmp_path: Path) -> None:
    """Another picture, with the credentials of the first moved into it."""
    other = io.BytesIO()
    Image.fromarray(noise()[::-1].copy()).save(other, "PNG")
    whole, forged = signed.read_bytes(), other.getvalue()
    start = whole.index(b"caBX") - 4
    chunk = whole[start : start + 12 + int.from_bytes(whole[start : start + 4], "big")]
    path = tmp_path / "forged.png"
    path.write_bytes(forged[:33] + chunk + forged[33:])
    found = read_credentials(path, anchors=files.anchors.read_text())
    assert found is not None
    assert found.state == "invalid"


def test_pictures_without_credentials_have_none(source: Source, tmp_path: Path) -> None:
    assert read_credentials(derived(tmp_path)) is None
    assert read_credentials(derived(tmp_path, ".jp2")) is None
    text = tmp_path / "notes.txt"
    text.write_text("no picture at all, " * 20)
    assert read_credentials(text) is None
    with pytest.raises(ReadError):
        read_credentials(tmp_path / "missing.png")


def test_credentials_of_the_source_are_carried_on(
    signed: Path, identity: Identity, files: Files, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(signed.read_bytes()).hexdigest()
    source = Source("signed.png", "image/png", sha256, signed)
    again = tmp_path / "again.jpg"
    record = {"task": "contrast", "heliochrome_version": "0.1.0", "input_sha256": sha256}
    sign_picture(
        derived(tmp_path), "image/jpeg", again, record=record, source=source, identity=identity
    )
    found = read_credentials(again, anchors=files.anchors.read_text())
    assert found is not None
    assert (found.state, found.sources, found.record) == ("trusted", ("signed.png",), record)
    assert b"c2pa.resized" in again.read_bytes()  # an action of the first manifest


def test_a_source_that_is_not_at_hand_is_described(
    source: Source, identity: Identity, files: Files, tmp_path: Path
) -> None:
    away = replace(source, path=None)
    other = replace(source, name="scan.jp2", mime="image/jp2")
    for described in (away, other):
        path = tmp_path / "signed.jpg"
        sign_picture(
            derived(tmp_path),
            "image/jpeg",
            path,
            record=RECORD,
            source=described,
            identity=identity,
        )
        found = read_credentials(path, anchors=files.anchors.read_text())
        assert found is not None
        assert (found.state, found.sources) == ("trusted", (described.name,))


def test_containers_that_cannot_carry_them_are_refused(
    source: Source, identity: Identity, tmp_path: Path
) -> None:
    target = tmp_path / "signed.jp2"
    with pytest.raises(CredentialsError, match="cannot carry Content Credentials"):
        sign_picture(
            derived(tmp_path, ".jp2"),
            "image/jp2",
            target,
            record=RECORD,
            source=source,
            identity=identity,
        )
    assert not target.exists()


def test_a_certificate_for_another_purpose_is_refused(source: Source, tmp_path: Path) -> None:
    files = write_identity(tmp_path / "web", purpose=ExtendedKeyUsageOID.SERVER_AUTH)
    target = tmp_path / "signed.jpg"
    with pytest.raises(CredentialsError, match="could not be signed"):
        sign_picture(
            derived(tmp_path),
            "image/jpeg",
            target,
            record=RECORD,
            source=source,
            identity=load_identity(files.chain, files.key),
        )
    assert not target.exists()


needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="the timestamp authority needs the openssl command"
)


@needs_openssl
def test_a_timestamp_authority_confirms_the_time(
    source: Source, files: Files, tmp_path: Path
) -> None:
    path = tmp_path / "signed.jpg"
    before = datetime.now(UTC) - timedelta(seconds=2)
    with timestamp_authority(tmp_path / "clock") as (url, clock):
        identity = load_identity(files.chain, files.key, timestamp_authority=url)
        sign_picture(
            derived(tmp_path), "image/jpeg", path, record=RECORD, source=source, identity=identity
        )
    signer = files.anchors.read_text()
    for anchors, trusted in ((signer, False), (signer + clock.read_text(), True)):
        found = read_credentials(path, anchors=anchors)
        assert found is not None
        assert found.state == "trusted"
        assert found.signed_at is not None
        assert before <= datetime.fromisoformat(found.signed_at) <= datetime.now(UTC)
        assert found.time_is_trusted is trusted


@needs_openssl
def test_a_confirmed_time_outlives_the_certificate(source: Source, tmp_path: Path) -> None:
    expiry = datetime.now(UTC) + timedelta(seconds=3)
    files = write_identity(tmp_path / "short", until=expiry)
    path = tmp_path / "signed.jpg"
    with timestamp_authority(tmp_path / "clock") as (url, clock):
        identity = load_identity(files.chain, files.key, timestamp_authority=url)
        sign_picture(
            derived(tmp_path), "image/jpeg", path, record=RECORD, source=source, identity=identity
        )
    time.sleep(max(0, (expiry - datetime.now(UTC)).total_seconds()) + 1.1)
    found = read_credentials(path, anchors=files.anchors.read_text() + clock.read_text())
    assert found is not None
    assert found.state == "trusted"


def test_a_timestamp_authority_that_does_not_answer_is_told(
    source: Source, files: Files, tmp_path: Path
) -> None:
    # Port 1 of this machine: nothing listens there.
    identity = load_identity(files.chain, files.key, timestamp_authority="http://127.0.0.1:1/")
    target = tmp_path / "signed.jpg"
    with pytest.raises(CredentialsError, match="timestamp authority"):
        sign_picture(
            derived(tmp_path), "image/jpeg", target, record=RECORD, source=source, identity=identity
        )
    assert list(tmp_path.glob("*signed*")) == []


def test_what_was_signed_with_a_certificate_that_has_expired_proves_nothing(
    source: Source, tmp_path: Path
) -> None:
    expiry = datetime.now(UTC) + timedelta(seconds=2)
    files = write_identity(tmp_path / "short", until=expiry)
    path = tmp_path / "signed.jpg"
    sign_picture(
        derived(tmp_path),
        "image/jpeg",
        path,
        record=RECORD,
        source=source,
        identity=load_identity(files.chain, files.key),
    )
    time.sleep(max(0, (expiry - datetime.now(UTC)).total_seconds()) + 1.1)
    found = read_credentials(path, anchors=files.anchors.read_text())
    assert found is not None
    assert found.state == "invalid"
    assert any("xpired" in failure or "alidity" in failure for failure in found.failures)


def test_anchors_that_are_none_are_told(signed: Path) -> None:
    with pytest.raises(CredentialsError, match="trust anchors"):
        read_credentials(signed, anchors="not PEM")
