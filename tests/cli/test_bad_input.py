"""Whatever is given: one typed message with a remedy, exit code 2, and nothing left behind."""

from __future__ import annotations

import errno
import io
import json
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from cli_photos import write_photo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from fake_colorizer import write_fake_colorizer
from heliochrome.cli import colorize_batch, main, results


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + checksum


def _png_bomb(side: int) -> bytes:
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(*chunk) for chunk in chunks)


def _encoded(container: str, mode: str = "L", **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.effect_noise((64, 48), 40).convert(mode)
    picture.save(buffer, container, **options)
    return buffer.getvalue()


def _animated(container: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, container, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def _tiff(pixels: np.ndarray, **options: object) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, pixels, photometric="minisblack", **options)
    return buffer.getvalue()


def _with_nan() -> bytes:
    pixels = np.full((16, 16), 0.5, np.float32)
    pixels[3, 4] = np.nan
    return _tiff(pixels)


BAD_FILES = {
    "text.jpg": lambda: b"This is not an image.\n" * 10,
    "empty.png": lambda: b"",
    "one-byte.tif": lambda: b"I",
    "truncated.jpg": lambda: _encoded("JPEG", "RGB")[:-700],
    "truncated.png": lambda: _encoded("PNG")[:-900],
    "truncated.tif": lambda: _tiff(np.zeros((64, 64), np.uint16))[:3000],
    "truncated.webp": lambda: _encoded("WEBP", "RGB")[:200],
    "bomb.png": lambda: _png_bomb(30_000),
    "huge-bomb.png": lambda: _png_bomb(2**31 - 1),
    "animated.png": lambda: _animated("PNG"),
    "animated.webp": lambda: _animated("WEBP"),
    "animated.gif": lambda: _animated("GIF"),
    "nan.tif": _with_nan,
    "profile.jpg": lambda: _encoded("JPEG", "RGB", icc_profile=b"no profile at all" * 20),
    "film.mp4": lambda: b"\0\0\0\x18ftypmp42" + bytes(100),
}


def _assert_refused(ended, subject: Path, folder: Path, before: list[Path]) -> None:
    assert ended.code == 2, ended.err
    assert ended.out == ""
    (line,) = ended.err.strip().splitlines()
    assert line.startswith(f"Error: {subject}: ")
    assert "; " in line  # the remedy follows the problem
    assert "internal error" not in line
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_refused(colorize: Callable, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name]())
    before = sorted(tmp_path.rglob("*"))
    ended = colorize(path, "-o", tmp_path / "out" / "result.png")
    _assert_refused(ended, path, tmp_path, before)


def test_a_missing_photo_a_folder_and_a_device_are_refused(
    colorize: Callable, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.png")
    before = sorted(tmp_path.rglob("*"))
    for name in ("none.jpg", "folder", "pipe.png"):
        ended = colorize(tmp_path / name, "-o", tmp_path / "out.png")
        _assert_refused(ended, tmp_path / name, tmp_path, before)


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1)])
def test_the_thinnest_photos_work(colorize: Callable, tmp_path: Path, size) -> None:
    photo = write_photo(tmp_path / "thin.png", size)
    assert colorize(photo, "-o", tmp_path / "out.png").code == 0
    with Image.open(tmp_path / "out.png") as result:
        assert result.size == (size[1], size[0])


def test_float_photos_become_16_bits(colorize: Callable, tmp_path: Path) -> None:
    path = tmp_path / "float.tif"
    path.write_bytes(_tiff(np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64)))
    assert colorize(path, "-o", tmp_path / "out.tif").code == 0
    assert tifffile.imread(tmp_path / "out.tif").dtype == np.uint16


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_permissions_are_respected(colorize: Callable, photo: Path, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    ended = colorize(photo, "-o", locked / "out.png")
    assert ended.code == 2
    assert str(locked / "out.png") in ended.err
    photo.chmod(0)
    ended = colorize(photo, "-o", tmp_path / "out.png")
    assert ended.code == 2
    assert str(photo) in ended.err


def test_an_output_below_a_file_is_named(colorize: Callable, photo: Path) -> None:
    before = sorted(photo.parent.rglob("*"))
    _assert_refused(colorize(photo, "-o", photo / "out.png"), photo, photo.parent, before)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_is_named(
    colorize: Callable, photo: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("os.fsync", refuse)
    before = sorted(photo.parent.rglob("*"))
    output = photo.with_name("out.png")
    _assert_refused(colorize(photo, "-o", output), output, photo.parent, before)


@pytest.mark.parametrize("name", ["out.png", "out.png.json", "out-variant2.png", "map.png"])
def test_a_disk_that_fills_up_leaves_nothing_behind(
    colorize: Callable, photo: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = Path.replace

    def replace(part: Path, target: Path) -> Path:
        if target.name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(part, target)

    monkeypatch.setattr(Path, "replace", replace)
    before = sorted(photo.parent.rglob("*"))
    output, confidence = photo.with_name("out.png"), photo.with_name("map.png")
    options = ("--variants", "2", "--sidecar", "--confidence", confidence)
    ended = colorize(photo, "-o", output, *options)
    _assert_refused(ended, photo.with_name(name), photo.parent, before)
    assert "free some space" in ended.err


def test_the_input_is_never_overwritten(colorize: Callable, photo: Path, tmp_path: Path) -> None:
    content = photo.read_bytes()
    (tmp_path / "soft.png").symlink_to(photo)
    os.link(photo, tmp_path / "hard.png")
    for output in (photo, tmp_path / "soft.png", tmp_path / "hard.png", photo.parent):
        ended = colorize(photo, "-o", output, "--overwrite")
        assert ended.code == 2
        assert "choose another output" in ended.err
        assert photo.read_bytes() == content


def test_nothing_is_overwritten_without_leave(
    colorize: Callable, photo: Path, tmp_path: Path
) -> None:
    for name in ("out.png", "out2-variant2.png", "map.png", "out3.png.json"):
        (tmp_path / name).write_text("precious")
    for arguments in (
        ("-o", tmp_path / "out.png"),
        ("-o", tmp_path / "out2.png", "--variants", "2"),
        ("-o", tmp_path / "out2.png", "--confidence", tmp_path / "map.png"),
        ("-o", tmp_path / "out3.png", "--sidecar"),
    ):
        ended = colorize(photo, *arguments)
        assert ended.code == 2
        assert "--overwrite" in ended.err
    assert not (tmp_path / "out2.png").exists()
    assert not (tmp_path / "out3.png").exists()
    assert (tmp_path / "map.png").read_text() == "precious"
    assert colorize(photo, "-o", tmp_path / "out.png", "--overwrite").code == 0


def test_one_path_is_not_written_twice(colorize: Callable, photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.png"
    ended = colorize(photo, "-o", output, "--confidence", output, "--overwrite")
    assert ended.code == 2
    assert "is written twice" in ended.err
    assert not output.exists()


def test_the_rest_of_a_batch_is_done_and_failures_are_listed(
    colorize: Callable, tmp_path: Path
) -> None:
    good = [write_photo(tmp_path / name) for name in ("a.png", "b.png")]
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"nothing")
    ended = colorize(good[0], bad, tmp_path / "none.png", good[1], "-o", tmp_path / "out")
    assert ended.code == 1
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    *_, summary, count, first, second = ended.err.strip().splitlines()
    assert summary == "2 of 4 photos done."
    assert count == "2 failed:"
    assert f"{tmp_path / 'none.png'}: does not exist" in first
    assert str(bad) in second


def test_a_batch_of_failures_only_exits_with_1(colorize: Callable, tmp_path: Path) -> None:
    ended = colorize(tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path / "out", "--json")
    assert ended.code == 1
    document = json.loads(ended.out)
    assert document["done"] == []
    assert [failure["type"] for failure in document["failed"]] == ["ReadError", "ReadError"]
    assert not (tmp_path / "out").exists()


def test_an_unforeseen_error_fails_one_photo_only(
    colorize: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [write_photo(tmp_path / name) for name in ("a.png", "b.png")]
    real = colorize_batch.colorize

    def fail_once(picture, network, options):
        monkeypatch.setattr(colorize_batch, "colorize", real)
        raise MemoryError

    monkeypatch.setattr(colorize_batch, "colorize", fail_once)
    ended = colorize(*photos, "-o", tmp_path / "out")
    assert ended.code == 1
    assert f"{photos[0]}: memory: this machine has too little free memory" in ended.err
    assert (tmp_path / "out" / "b.png").exists()


def test_an_interrupt_keeps_what_is_complete_and_says_so(
    colorize: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [write_photo(tmp_path / f"{index}.png") for index in range(3)]
    real = results.write_picture

    def interrupt(picture, path, **options):
        real(picture, path, **options)
        if path.name == "1-variant2.png":
            raise KeyboardInterrupt

    monkeypatch.setattr(results, "write_picture", interrupt)
    ended = colorize(*photos, "-o", tmp_path / "out", "--variants", "3")
    assert ended.code == 130
    assert "Interrupted: 1 of 3 photos are done and complete." in ended.err
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"0.png", "0-variant2.png", "0-variant3.png"} <= left
    assert "1.png" not in left
    assert "2.png" not in left


def test_a_missing_or_tampered_network_is_refused(
    run: Callable, photo: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.png"
    ended = run("colorize", photo, "-o", output, "--model", "nobody")
    assert (ended.code, "models list" in ended.err) == (2, True)
    ended = run("colorize", photo, "-o", output, "--model", tmp_path / "none.onnx")
    assert (ended.code, "none.onnx" in ended.err) == (2, True)
    network = write_fake_colorizer(tmp_path)
    network.write_bytes(network.read_bytes() + b"\0")
    ended = run("colorize", photo, "-o", output, "--model", network)
    assert ended.code == 2
    assert f"Error: {network}: has SHA-256" in ended.err
    ended = run("colorize", photo, "-o", output, "--model", network, "--json")
    assert ended.code == 2
    assert json.loads(ended.out)["error"]["type"] == "ModelTamperedError"
    assert not output.exists()


_GOOD = {"JPEG": _encoded("JPEG", "RGB"), "PNG": _encoded("PNG"), "TIFF": _encoded("TIFF", "RGB")}
_changes = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=12
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(container=st.sampled_from(sorted(_GOOD)), changes=_changes, kept=st.floats(0.3, 1))
def test_a_mutated_photo_is_done_or_refused(
    fake_model: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    container: str,
    changes: list[tuple[float, int]],
    kept: float,
) -> None:
    data = bytearray(_GOOD[container])
    for place, value in changes:
        data[int(place * len(data))] = value
    photo, output = tmp_path / "photo", tmp_path / "out.png"
    photo.write_bytes(data[: int(kept * len(data)) + 1])
    output.unlink(missing_ok=True)
    code = main(["colorize", "--model", str(fake_model), str(photo), "-o", str(output)])
    captured = capfd.readouterr()
    assert code in (0, 2), captured.err
    assert output.exists() == (code == 0)
    assert "Traceback" not in captured.err
    assert "internal error" not in captured.err


def test_what_is_no_run_is_not_exported(run: Callable, tmp_path: Path) -> None:
    notes = ("--data-note", "none", "--license-notes", "none")
    ended = run("export", tmp_path / "none", "-o", tmp_path / "out.onnx", *notes)
    _assert_refused(ended, tmp_path / "none", tmp_path, [])
