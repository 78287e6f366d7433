from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fake_authority import write_identity
from heliochrome.archive.provenance.c2pa import sign_picture
from heliochrome.archive.provenance.identity import load_identity
from heliochrome.archive.provenance.manifest import Source
from heliochrome.archive.provenance.wording import COLOR_NOTE
from heliochrome.image.metadata import Provenance
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture


@pytest.fixture
def colored(colorize: Callable, photo: Path) -> Path:
    path = photo.with_name("colored.png")
    assert colorize(photo, "-o", path, "--sidecar").code == 0
    return path


def test_a_person_reads_what_was_done_and_what_is_a_guess(
    run: Callable, colored: Path, photo: Path, fake_model: Path
) -> None:
    ended = run("provenance", colored, "--original", photo)
    assert (ended.code, ended.err) == (0, "")
    lines = [line.strip() for line in ended.out.splitlines()]
    assert lines[0] == f"{colored}  PNG, 64 x 48 pixels"
    scan, network = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (photo, fake_model))
    assert f"made from: a file of sha256 {scan}" in lines
    assert "1 colorize" in lines
    assert f"network: colorizer 0.0.1 (sha256 {network})" in lines
    assert "seed: 0" in lines
    assert any(line.startswith("mean confidence: ") for line in lines)
    assert COLOR_NOTE in lines
    assert "beside it: colored.png.json: the same record" in lines
    assert "original: it is what this was made from" in lines
    assert "Content Credentials: none" in lines


def test_a_program_reads_the_same(run: Callable, colored: Path, photo: Path) -> None:
    ended = run("provenance", colored, photo, "--json")
    assert (ended.code, ended.err) == (0, "")
    document = json.loads(ended.out)
    made, source = document["pictures"]
    assert made["records"] == [json.loads(Path(f"{colored}.json").read_text())]
    assert made["digital_source_type"].endswith("compositeWithTrainedAlgorithmicMedia")
    assert made["record_beside"] == {"file": f"{colored}.json", "agrees": True}
    assert made["contradictions"] == []
    assert (source["records"], source["content_credentials"]) == ([], None)
    assert document["failed"] == []


def test_a_picture_without_a_record_is_told(run: Callable, photo: Path) -> None:
    ended = run("provenance", photo)
    assert ended.code == 0
    assert "record: none: heliochrome did not make this picture" in ended.out


def test_what_is_no_picture_is_told_and_the_rest_go_on(
    run: Callable, colored: Path, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    alone = run("provenance", text)
    assert (alone.code, alone.out) == (2, "")
    assert "notes.txt: is not an image of a known kind" in alone.err
    both = run("provenance", text, colored)
    assert both.code == 1
    assert "1 colorize" in both.out
    as_json = json.loads(run("provenance", text, colored, "--json").out)
    assert [failure["type"] for failure in as_json["failed"]] == ["ReadError"]


def test_what_does_not_hold_has_its_own_exit_code(
    run: Callable, colored: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.tif"
    other.write_bytes(b"another scan")
    ended = run("provenance", colored, "--original", other)
    assert ended.code == 3
    assert "DOES NOT HOLD: the picture was made from another file" in ended.out


def test_content_credentials_are_told_and_checked(
    run: Callable, colored: Path, photo: Path, tmp_path: Path
) -> None:
    files = write_identity(tmp_path / "authority")
    record = json.loads(Path(f"{colored}.json").read_text())
    signed = colored.with_name("colored.c2pa.png")
    sign_picture(
        colored,
        "image/png",
        signed,
        record=record,
        source=Source("photo.png", "image/png", record["input_sha256"], photo),
        identity=load_identity(files.chain, files.key),
    )
    known = run("provenance", signed, "--trust", files.anchors)
    assert known.code == 0
    assert "Content Credentials: hold, and an authority you named vouches for" in known.out
    assert "signed by Test archive's signer (Test archive)" in known.out
    assert "Nothing is signed" not in known.out
    assert "no authority you named vouches" in run("provenance", signed).out
    document = json.loads(run("provenance", signed, "--json").out)
    assert document["pictures"][0]["content_credentials"]["state"] == "intact"
    forged = signed.read_bytes().replace(b'"seed": 0', b'"seed": 1')
    signed.write_bytes(forged)
    ended = run("provenance", signed)
    assert ended.code == 3
    assert "DOES NOT HOLD: the Content Credentials do not hold" in ended.out


def test_anchors_that_cannot_be_read_are_told(run: Callable, colored: Path, photo: Path) -> None:
    for path in (photo, photo.with_name("none.pem")):
        ended = run("provenance", colored, "--trust", path)
        assert ended.code == 2
        assert "cannot be read as certificates" in ended.err


def test_a_record_cannot_steer_the_terminal(run: Callable, photo: Path, tmp_path: Path) -> None:
    path = tmp_path / "odd.png"
    record = {"task": "vintage\x1b[2J", "parameters": {"look\x9b": "\x1b]0;title\x07"}}
    write_picture(
        read_picture(photo), path, provenance=Provenance("algorithmicallyEnhanced", record)
    )
    ended = run("provenance", path)
    assert ended.code == 0
    assert not set(ended.out) & set("\x1b\x9b\x07")
    assert "vintage\ufffd[2J" in ended.out
