from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import tifffile
from catalog_records import new_item
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter
from scans import picture

from heliochrome.archive.archive import Archive
from heliochrome.archive.looks import survey
from heliochrome.archive.perceptual import MOST_DIFFERENCES, band_probes, bands, distance
from heliochrome.errors import ReadError
from heliochrome.image.picture import Picture
from heliochrome.image.write import write_picture


def _samples(channels: int, dtype: type) -> np.ndarray:
    layers = [np.asarray(picture(seed, (64, 48)), np.float32) / 255 for seed in range(channels)]
    fine = np.stack(layers, axis=-1)
    return (fine if dtype is np.float32 else fine * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".jp2"])
def test_every_format_is_measured(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    write_picture(Picture(_samples(3, np.uint8)), path)
    looks = survey(path)
    assert (looks.width, looks.height, looks.bits, looks.channels) == (64, 48, 8, 3)
    assert looks.perceptual_hash is not None


@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2"])
@pytest.mark.parametrize("channels", [1, 3])
def test_deep_samples_are_told(tmp_path: Path, suffix: str, channels: int) -> None:
    path, shallow = tmp_path / f"a{suffix}", tmp_path / "b.png"
    samples = _samples(channels, np.uint16)
    write_picture(Picture(samples), path)
    write_picture(Picture((samples >> 8).astype(np.uint8)), shallow)
    looks = survey(path)
    assert (looks.bits, looks.channels) == (16, channels)
    assert distance(looks.perceptual_hash, survey(shallow).perceptual_hash) <= MOST_DIFFERENCES


def test_unusual_tiffs_are_measured(tmp_path: Path) -> None:
    bilevel, cmyk, floating = (tmp_path / name for name in ("a.tif", "b.tif", "c.tif"))
    gray = _samples(1, np.uint8)[..., 0]
    Image.fromarray(gray > 127).save(bilevel, compression="group4")
    tifffile.imwrite(cmyk, _samples(4, np.uint8), photometric="separated")
    tifffile.imwrite(floating, _samples(1, np.float32)[..., 0], photometric="minisblack")
    assert (survey(bilevel).bits, survey(bilevel).channels) == (1, 1)
    assert (survey(cmyk).bits, survey(cmyk).channels) == (8, 4)
    assert (survey(floating).bits, survey(floating).channels) == (32, 1)
    assert survey(floating).perceptual_hash is not None


def test_alpha_counts_as_a_channel(tmp_path: Path) -> None:
    pixels = _samples(3, np.uint8)
    write_picture(Picture(pixels, np.full(pixels.shape[:2], 99, np.uint8)), tmp_path / "a.png")
    assert survey(tmp_path / "a.png").channels == 4


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".avif", ".jp2"])
def test_cut_files_are_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    rng = np.random.default_rng(0)
    write_picture(Picture(rng.integers(0, 256, (200, 300, 3), np.uint8)), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(ReadError):
        survey(path)


def _variants(photo: Image.Image) -> list[Image.Image]:
    half = photo.resize((photo.width // 2, photo.height // 2), Image.Resampling.LANCZOS)
    return [
        half,
        half.resize((333, 222)),
        photo.convert("L").convert("RGB"),
        ImageEnhance.Contrast(photo).enhance(0.7),
        ImageEnhance.Brightness(photo).enhance(1.15),
        photo.filter(ImageFilter.GaussianBlur(1.5)),
    ]


def test_versions_of_a_photo_look_the_same_and_other_photos_do_not(tmp_path: Path) -> None:
    names = ("astronaut", "chelsea", "coffee", "rocket")
    hashes = {}
    for name in names:
        photo = Image.fromarray(getattr(skimage.data, name)()).convert("RGB")
        photo.save(tmp_path / "a.png")
        hashes[name] = survey(tmp_path / "a.png").perceptual_hash
        for variant in _variants(photo):
            variant.save(tmp_path / "b.jpg", quality=70)
            same = survey(tmp_path / "b.jpg").perceptual_hash
            assert distance(same, hashes[name]) <= MOST_DIFFERENCES
    values = list(hashes.values())
    others = [distance(a, b) for i, a in enumerate(values) for b in values[i + 1 :]]
    assert min(others) > 2 * MOST_DIFFERENCES


_hashes = st.integers(0, 2**64 - 1).map(lambda value: f"{value:016x}")


@settings(max_examples=200, deadline=None)
@given(_hashes, st.sets(st.integers(0, 63), max_size=MOST_DIFFERENCES))
def test_near_hashes_always_share_a_probe(hashed: str, flipped: set[int]) -> None:
    """The pigeonhole principle that the lookup rests on."""
    other = f"{int(hashed, 16) ^ sum(1 << bit for bit in flipped):016x}"
    assert distance(hashed, other) == len(flipped)
    probes = list(band_probes(hashed))
    assert any(value in probe for value, probe in zip(bands(other), probes, strict=True))


def test_the_nearest_is_found_and_nothing_too_far(archive: Archive) -> None:
    rng = np.random.default_rng(5)
    for number in range(40):
        hashed = f"{int(rng.integers(0, 2**63)):016x}"
        archive.catalog.add_item(new_item(f"{number}", perceptual_hash=hashed))
    base = int(rng.integers(0, 2**63))
    ids = {}
    for bits in (9, 7, 3):
        near = f"{base ^ sum(1 << (bit * 7 % 64) for bit in range(bits)):016x}"
        item = new_item(f"near {bits}", perceptual_hash=near)
        ids[bits] = archive.catalog.add_item(item)[0]
    assert archive.catalog.find_similar(f"{base:016x}") == ids[3]
    assert archive.catalog.find_similar(f"{base:016x}", most=2) is None
