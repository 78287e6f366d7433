from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from cli_photos import write_photo

from fake_colorizer import write_fake_colorizer
from fake_upscaler import write_fake_upscaler
from heliochrome.cli import large_tiff, upscale_batch
from heliochrome.image import icc
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.exif import split_exif
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.read import read_picture
from heliochrome.image.write import write_picture
from heliochrome.image.xmp import read_records, read_source_type


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The user's folder of networks: all upscalers but faithful x4, and one from elsewhere."""
    folder = tmp_path_factory.mktemp("upscalers")
    write_fake_upscaler(folder, scale=2)
    write_fake_upscaler(folder, scale=2, mode="crisp", denoise=True)
    write_fake_upscaler(folder, scale=4, mode="crisp", denoise=True)
    write_fake_upscaler(folder, "foreign", scale=3, mode="crisp")
    write_fake_colorizer(folder)
    return folder


@pytest.fixture
def upscale(run: Callable, networks: Path, monkeypatch: pytest.MonkeyPatch) -> Callable:
    monkeypatch.setattr("heliochrome.model.store.model_folders", lambda: (networks,))

    def run_upscale(*arguments: str | Path) -> object:
        return run("upscale", *arguments)

    return run_upscale


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_photo_is_enlarged_and_says_so(upscale: Callable, photo: Path, networks: Path) -> None:
    output = photo.with_name("out.png")
    ended = upscale(photo, "-o", output, "--sidecar", "--json")
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert done["outputs"] == [str(output)]
    assert (done["width"], done["height"]) == (128, 96)
    result = read_picture(output)
    assert result.pixels.shape == (96, 128, 1)
    record = json.loads(Path(f"{output}.json").read_text())
    assert record["input_sha256"] == _sha256(photo)
    assert record["model"]["sha256"] == _sha256(networks / "upscaler-faithful-x2.onnx")
    assert record["parameters"] == {"scale": 2, "mode": "faithful", "denoise": 0.0, "tile": 512}
    assert read_records(result.metadata.xmp) == [record]
    assert str(read_source_type(result.metadata.xmp)).endswith("/algorithmicallyEnhanced")


def test_mode_scale_and_denoise_choose_and_steer_the_network(
    upscale: Callable, photo: Path
) -> None:
    plain, clean = photo.with_name("plain.png"), photo.with_name("clean.png")
    options = ("--mode", "crisp", "--scale", "4")
    assert upscale(photo, "-o", plain, *options).code == 0
    assert upscale(photo, "-o", clean, *options, "--denoise", "0.5").code == 0
    before, after = read_picture(plain), read_picture(clean)
    assert after.pixels.shape == (192, 256, 1)
    difference = after.pixels.astype(int) - before.pixels
    assert np.median(difference) == pytest.approx(0.05 * 255, abs=1)
    source_type = str(read_source_type(after.metadata.xmp))
    assert source_type.endswith("/compositeWithTrainedAlgorithmicMedia")


def test_a_network_from_elsewhere_brings_its_own_scale(
    upscale: Callable, photo: Path, networks: Path
) -> None:
    for name in ("foreign", networks / "foreign.onnx"):
        output = photo.with_name("out.png")
        assert upscale(photo, "-o", output, "--model", name, "--overwrite").code == 0
        assert read_picture(output).pixels.shape == (144, 192, 1)


def test_16_bits_and_resolution_are_kept(upscale: Callable, tmp_path: Path) -> None:
    ramp = np.linspace(10_000, 12_000, 64 * 48).reshape(48, 64, 1).astype(np.uint16)
    write_picture(Picture(ramp, metadata=Metadata(dpi=(300, 300))), tmp_path / "scan.tif")
    assert upscale(tmp_path / "scan.tif", "-o", tmp_path / "out").code == 0
    result = read_picture(tmp_path / "out" / "scan.tif")
    assert result.pixels.dtype == np.uint16
    assert len(np.unique(result.pixels)) > 1000
    assert result.metadata.dpi == (600, 600)


@pytest.mark.parametrize("suffix", [".tif", ".png"])
def test_large_tiff_files_are_made_row_by_row(
    upscale: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """And are the same as if they had been made as a whole, metadata and record included."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 65536, (300, 220, 3)).astype(np.uint16)
    alpha = np.full((300, 220), 65535, np.uint16)
    alpha[:100] = 0
    source = tmp_path / f"scan{suffix}"
    write_picture(Picture(pixels, alpha, metadata=Metadata(dpi=(300, 300))), source)
    whole, rows = tmp_path / "whole.tif", tmp_path / "rows.tif"
    options = ("--tile", "96", "--sidecar")
    assert upscale(source, "-o", whole, *options).code == 0
    monkeypatch.setattr(large_tiff, "ROW_BY_ROW", 1)
    monkeypatch.setattr(upscale_batch, "join_rows", None)  # not to be used
    assert upscale(source, "-o", rows, *options).code == 0
    expected, found = read_picture(whole), read_picture(rows)
    np.testing.assert_array_equal(found.pixels, expected.pixels)
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    assert found.metadata == expected.metadata
    assert Path(f"{rows}.json").read_text() == Path(f"{whole}.json").read_text()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_tiff_files_come_out_upright_either_way(
    upscale: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, orientation: int
) -> None:
    """As a whole they are turned; row by row they keep their tag, and so does their XMP."""
    packet = (
        b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        b'rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:dc="http://purl.org/dc/'
        b'elements/1.1/" dc:source="shelf 9" tiff:Orientation="%d"/></rdf:RDF>' % orientation
    )
    profile, source = icc.rgb_profile(1.8), tmp_path / "scan.tif"
    tags = [(274, 3, 1, orientation, True), (271, 2, 6, "Voigt", True)]
    tags.append((700, 1, len(packet), packet, True))
    pixels = np.random.default_rng(0).integers(0, 65536, (70, 50, 3)).astype(np.uint16)
    tifffile.imwrite(
        source, pixels, photometric="rgb", iccprofile=profile, resolution=(300, 200), extratags=tags
    )
    whole, rows = tmp_path / "whole.tif", tmp_path / "rows.tif"
    assert upscale(source, "-o", whole).code == 0
    monkeypatch.setattr(large_tiff, "ROW_BY_ROW", 1)
    assert upscale(source, "-o", rows).code == 0
    for path, tag in ((whole, 1), (rows, orientation)):
        with tifffile.TiffFile(path) as opened:
            assert opened.pages[0].tags.valueof(274, 1) == tag
            stated = f'Orientation="{tag}"'.encode() in opened.pages[0].tags[700].value
            assert stated == (tag > 1 or orientation == 1)
    expected, found = read_picture(whole), read_picture(rows)
    assert np.abs(found.pixels.astype(int) - expected.pixels).max() <= 1
    assert found.icc_profile == expected.icc_profile == profile
    assert found.metadata.dpi == expected.metadata.dpi
    assert found.metadata.dpi == ((600, 400) if orientation < 5 else (400, 600))
    assert split_exif(found.metadata.exif)[0] == split_exif(expected.metadata.exif)[0]
    assert b"Voigt" in found.metadata.exif
    assert b"shelf 9" in found.metadata.xmp
    assert read_records(found.metadata.xmp) == read_records(expected.metadata.xmp) != []


@pytest.mark.parametrize("by_rows", [False, True])
def test_color_and_size_come_in_one_go(
    upscale: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    networks: Path,
    by_rows: bool,
) -> None:
    if by_rows:
        monkeypatch.setattr(large_tiff, "ROW_BY_ROW", 1)
    source, output = tmp_path / "scan.tif", tmp_path / "out.tif"
    pixels = np.full((150, 130, 1), 30_000, np.uint16)
    write_picture(Picture(pixels, np.full((150, 130), 65535, np.uint16)), source)
    ended = upscale(source, "-o", output, "--color", "--sidecar", "--json")
    assert (ended.code, ended.err) == (0, "")
    (done,) = json.loads(ended.out)["done"]
    assert 0 < done["mean_confidence"] < 1
    result = read_picture(output)
    assert (result.pixels.shape, result.pixels.dtype) == ((300, 260, 3), np.uint16)
    assert (result.alpha == 65535).all()
    light, a, b = srgb_to_lab(result.pixels / 65535).reshape(-1, 3).mean(0)
    assert light == pytest.approx(49.0, abs=0.3)
    assert (a, b) == pytest.approx(((light - 50) * 0.2, (light - 50) * 0.8), abs=0.3)
    record = json.loads(Path(f"{output}.json").read_text())
    assert record["coloring"]["task"] == "colorize"
    assert record["coloring"]["model"]["sha256"] == _sha256(networks / "colorizer.onnx")
    source_type = str(read_source_type(result.metadata.xmp))
    assert source_type.endswith("/compositeWithTrainedAlgorithmicMedia")


def test_a_folder_is_done_with_its_tree_and_past_broken_files(
    upscale: Callable, tmp_path: Path
) -> None:
    for name in ("a.png", "sub/a.png"):
        write_photo(tmp_path / "in" / name)
    (tmp_path / "in" / "bad.png").write_bytes(b"nothing")
    (tmp_path / "in" / "bad.tif").write_bytes(b"II*\0")
    ended = upscale(tmp_path / "in", "-r", "-o", tmp_path / "out", "--format", "webp")
    assert ended.code == 1
    assert f"{tmp_path / 'in' / 'bad.png'}: " in ended.err
    assert f"{tmp_path / 'in' / 'bad.tif'}: " in ended.err
    assert _files(tmp_path / "out") == ["a.webp", "sub", "sub/a.webp"]


def _refuse(upscale: Callable, folder: Path, *arguments: str | Path) -> str:
    """Run what must fail as a whole, leaving nothing behind; give the message."""
    before = _files(folder)
    ended = upscale(*arguments)
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert _files(folder) == before
    (line,) = ended.err.strip().splitlines()
    assert line.startswith("Error: ")
    assert "internal error" not in line
    return str(line)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--scale", "3"), "scale: 3 is not offered; give 2 or 4"),
        (("--scale", "0"), "scale: is 0"),
        (("--denoise", "1.5"), "denoise: is 1.5; give a value from 0 to 1"),
        (("--denoise", "0.5"), "denoise: cannot be done by upscaler-faithful-x2"),
        (("--tile", "5"), "tile: is 5"),
        (("--model", "foreign", "--scale", "2"), "scale: 2 is not that of foreign; give 3"),
        (("--model", "foreign", "--mode", "faithful"), "mode: faithful is not that of foreign"),
        (("--model", "nobody"), "models list"),
        (("--threads", "0"), "threads: is 0"),
    ],
)
def test_wrong_options_are_named(
    upscale: Callable, photo: Path, options: tuple[str, ...], named: str
) -> None:
    folder = photo.parent
    assert named in _refuse(upscale, folder, photo, "-o", folder / "out.png", *options)


def test_a_network_that_is_not_installed_is_named_with_what_is(
    upscale: Callable, photo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = (photo, "-o", photo.with_name("out.png"), "--scale", "4")
    message = _refuse(upscale, photo.parent, *arguments)
    assert "mode faithful, scale 4: no network for it is installed" in message
    assert "(foreign, upscaler-crisp-x2, upscaler-crisp-x4, upscaler-faithful-x2)" in message
    assert "heliochrome models add FILE" in message
    monkeypatch.setattr("heliochrome.model.store.model_folders", lambda: (tmp_path / "none",))
    assert "none is, or add one" in _refuse(upscale, photo.parent, *arguments)


def test_networks_for_other_tasks_are_refused(
    upscale: Callable, photo: Path, fake_model: Path
) -> None:
    arguments = (photo, "-o", photo.with_name("out.png"), "--model", fake_model)
    assert "is a network for 'colorize'" in _refuse(upscale, photo.parent, *arguments)


@pytest.mark.parametrize(
    ("name", "side", "named"),
    [
        ("out.jpg", 20_000, "80000 x 4 pixels are more than the 65535 a side that JPEG holds"),
        ("out.webp", 5_000, "more than the 16383 a side that WEBP holds; write a .png file"),
        ("out.avif", 5_000, "more than the 16384 a side that AVIF holds; write a .png file"),
    ],
)
def test_what_the_container_cannot_hold_is_refused_before_any_work(
    upscale: Callable,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    side: int,
    named: str,
) -> None:
    source = tmp_path / "thin.png"
    write_picture(Picture(np.zeros((1, side, 1), np.uint8)), source)
    monkeypatch.setattr(upscale_batch, "enlarge_rows", None)
    arguments = (source, "-o", tmp_path / name, "--mode", "crisp", "--scale", "4")
    assert named in _refuse(upscale, tmp_path, *arguments)


def test_transparency_that_would_be_lost_is_refused_before_any_work(
    upscale: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "cut.png"
    write_picture(Picture(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.uint8)), source)
    monkeypatch.setattr(upscale_batch, "enlarge_rows", None)
    message = _refuse(upscale, tmp_path, source, "-o", tmp_path / "out.jpg")
    assert "JPEG cannot hold the picture's transparency" in message


def test_no_input_is_overwritten(upscale: Callable, photo: Path) -> None:
    content = photo.read_bytes()
    ended = upscale(photo, "-o", photo, "--overwrite")
    assert ended.code == 2
    assert photo.read_bytes() == content
    target = photo.with_name("out.png")
    target.write_text("precious")
    assert upscale(photo, "-o", target).code == 2
    assert target.read_text() == "precious"
