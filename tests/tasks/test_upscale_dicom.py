from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dicom_files import shipped, write_image
from fake_upscaler import write_fake_upscaler
from heliochrome.errors import CardError, OptionError, PictureTooLargeError
from heliochrome.image.dicom.read import DicomImage, read_dicom
from heliochrome.image.picture import Picture
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscale import upscale
from heliochrome.tasks.upscale_dicom import derivation, enlarge_frames


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Network]:
    folder = tmp_path_factory.mktemp("upscalers")
    paths = {
        2: write_fake_upscaler(folder, scale=2),
        4: write_fake_upscaler(folder, scale=4),
        "crisp": write_fake_upscaler(folder, scale=2, mode="crisp", denoise=True),
        "lifting": write_fake_upscaler(folder, "lifting", lift=0.25),
    }
    return {name: open_network(find_model(path), threads=1) for name, path in paths.items()}


def _image(tmp_path: Path, values: np.ndarray, bits: int | None = None, **changes: Any):
    return read_dicom(write_image(tmp_path / "scan.dcm", values, bits, **changes))


def _enlarged(image: DicomImage, network: Network, **options: Any) -> np.ndarray:
    return enlarge_frames(image, network, UpscaleOptions(**options))


def _soft(low: float, high: float, dtype: Any, size: int = 60) -> np.ndarray:
    y, x = np.mgrid[:size, :size] / 9
    wave = 0.5 + 0.5 * np.sin(x + np.cos(y))
    wave = (wave - wave.min()) / np.ptp(wave)
    return np.rint(low + wave * (high - low)).astype(dtype)


@pytest.mark.parametrize(
    ("dtype", "bits", "low", "high"),
    [
        (np.uint8, 8, 3, 250),
        (np.uint16, 12, 100, 4000),
        (np.int16, 12, -2048, 2047),
        (np.int16, 16, -32768, 32767),
        (np.uint16, 16, 0, 65535),
    ],
)
@pytest.mark.parametrize("scale", [2, 4])
def test_values_are_those_of_the_picture_at_full_depth(
    networks: dict[Any, Network],
    tmp_path: Path,
    dtype: Any,
    bits: int,
    low: int,
    high: int,
    scale: int,
) -> None:
    """The same as a float picture enlarged, to the rounding of a stored value."""
    values = _soft(low, high, dtype)
    (result,) = _enlarged(_image(tmp_path, values, bits), networks[scale])
    assert result.shape == (60 * scale, 60 * scale)
    assert result.dtype == dtype
    unit = ((values.astype(np.float64) - low) / (high - low)).astype(np.float32)
    expected = upscale(Picture(unit[..., None]), networks[scale]).picture.pixels[..., 0]
    wanted = low + expected.astype(np.float64) * (high - low)
    assert np.abs(result - wanted).max() <= 0.51 + (high - low) * 1e-6


def test_a_ct_scan_keeps_its_depth(networks: dict[Any, Network]) -> None:
    image = read_dicom(shipped("CT_small.dcm"))
    (result,) = _enlarged(image, networks[2])
    assert result.shape == (256, 256)
    # The fake only smooths: the mean stays, and far more than 256 values are met.
    assert result.mean() == pytest.approx(image.frames.mean(), abs=2)
    assert len(np.unique(result)) > 1000
    assert image.frames.min() <= result.min() <= result.max() <= image.frames.max()


def test_values_beyond_those_of_the_source_do_not_come_up(
    networks: dict[Any, Network], tmp_path: Path
) -> None:
    """This fake makes everything a quarter of the range lighter."""
    values = _soft(-500, 1500, np.int16)
    (result,) = _enlarged(_image(tmp_path, values), networks["lifting"])
    assert result.max() == 1500
    flat = values.repeat(2, axis=0).repeat(2, axis=1)
    difference = result.astype(int) - flat
    assert np.median(difference[flat < 900]) == pytest.approx(500, abs=20)


@pytest.mark.parametrize(
    ("changes", "shift"),
    [({}, 500), ({"PhotometricInterpretation": "MONOCHROME1"}, -500), ({"RescaleSlope": -1}, -500)],
)
def test_the_network_sees_light_what_is_shown_light(
    networks: dict[Any, Network], tmp_path: Path, changes: dict[str, Any], shift: int
) -> None:
    values = _soft(-1000, 1000, np.int16)
    (result,) = _enlarged(_image(tmp_path, values, **changes), networks["lifting"])
    middle = np.abs(values.repeat(2, axis=0).repeat(2, axis=1)) < 300
    difference = result.astype(int) - values.repeat(2, axis=0).repeat(2, axis=1)
    assert np.median(difference[middle]) == pytest.approx(shift, abs=20)


def test_the_window_plays_no_part(networks: dict[Any, Network], tmp_path: Path) -> None:
    values = _soft(-1000, 1000, np.int16)
    plain = _enlarged(_image(tmp_path, values), networks[2])
    window = {"WindowCenter": 40, "WindowWidth": 80, "RescaleSlope": 2, "RescaleIntercept": -24}
    np.testing.assert_array_equal(_enlarged(_image(tmp_path, values, **window), networks[2]), plain)


def test_all_frames_share_one_range(networks: dict[Any, Network], tmp_path: Path) -> None:
    values = np.stack([_soft(0, 100, np.uint16), _soft(0, 4000, np.uint16)])
    image = _image(tmp_path, values)
    first, second = _enlarged(image, networks["lifting"])
    flat = values.repeat(2, axis=1).repeat(2, axis=2).astype(int)
    assert np.median(first - flat[0]) == pytest.approx(1000, abs=10)
    assert second.max() == 4000


def _padded(tmp_path: Path, fill: int, **changes: Any) -> tuple[DicomImage, np.ndarray]:
    """A disc of values from 0 to 2000 in a field of padding, as CT scanners make it."""
    values = _soft(0, 2000, np.int16)
    y, x = np.mgrid[:60, :60]
    outside = np.hypot(y - 30, x - 30) > 24
    values[outside] = fill
    return _image(tmp_path, values, **changes), outside


def test_padding_stays_where_it_is_and_bleeds_into_nothing(
    networks: dict[Any, Network], tmp_path: Path
) -> None:
    image, outside = _padded(tmp_path, -2000, PixelPaddingValue=-2000)
    (result,) = _enlarged(image, networks[2])
    large = outside.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_array_equal(result == -2000, large)
    source = image.frames[0].repeat(2, axis=0).repeat(2, axis=1).astype(int)
    assert np.abs(result.astype(int) - source)[~large].max() < 400
    blind, _ = _padded(tmp_path, -2000)  # where the header names no padding
    (smeared,) = _enlarged(blind, networks[2])
    assert np.abs(smeared.astype(int) - source)[~large].max() > 800


def test_a_range_of_padding_keeps_its_values(networks: dict[Any, Network], tmp_path: Path) -> None:
    changes = {"PixelPaddingValue": -3000, "PixelPaddingRangeLimit": -1500}
    image, outside = _padded(tmp_path, -2000, **changes)
    image.frames[0, 0, :] = -3000
    (result,) = _enlarged(image, networks[2])
    assert (result[:2] == -3000).all()
    assert (result[2:][outside.repeat(2, axis=0).repeat(2, axis=1)[2:]] == -2000).all()
    assert (result[~outside.repeat(2, axis=0).repeat(2, axis=1)] >= 0).all()


def test_nothing_becomes_padding_by_chance(networks: dict[Any, Network], tmp_path: Path) -> None:
    """Padding in the middle of the range: what is interpolated would come upon it."""
    image, outside = _padded(tmp_path, 1000, PixelPaddingValue=1000)
    outside |= image.frames[0] == 1000
    (result,) = _enlarged(image, networks[4])
    large = outside.repeat(4, axis=0).repeat(4, axis=1)
    np.testing.assert_array_equal(result == 1000, large)


@pytest.mark.parametrize("changes", [{}, {"PixelPaddingValue": 7}])
def test_images_of_one_value_stay_so(
    networks: dict[Any, Network], tmp_path: Path, changes: dict[str, int]
) -> None:
    image = _image(tmp_path, np.full((5, 9), 7, np.uint16), **changes)
    result = _enlarged(image, networks[4])
    assert result.shape == (1, 20, 36)
    assert (result == 7).all()


def test_too_large_a_result_is_refused_before_any_work(
    networks: dict[Any, Network], tmp_path: Path
) -> None:
    image = _image(tmp_path, np.zeros((1, 20_000), np.uint8))
    with pytest.raises(PictureTooLargeError, match="80000 x 4 pixels, more than the 65535"):
        _enlarged(image, networks[4])
    many = np.broadcast_to(np.zeros(1, np.uint8), (100, 4000, 4000))
    large = replace(image, frames=many)
    with pytest.raises(PictureTooLargeError, match="100 frames of 8000 x 8000"):
        _enlarged(large, networks[2])


def test_what_the_network_cannot_do_is_refused(
    networks: dict[Any, Network], fake_network: Network, tmp_path: Path
) -> None:
    image = _image(tmp_path, _soft(0, 200, np.uint8))
    with pytest.raises(OptionError, match="denoise"):
        _enlarged(image, networks[2], denoise=0.5)
    with pytest.raises(CardError, match="choose an upscaler"):
        _enlarged(image, fake_network)


def test_the_description_says_what_was_done(networks: dict[Any, Network]) -> None:
    card = networks["crisp"].card
    made = derivation(card, UpscaleOptions(denoise=0.25), "ab" * 32, 12)
    for words in (card.name, card.version, card.sha256, "ab" * 32, "12 bits", "denoise 0.25"):
        assert words in made.description
    assert "invents detail" in made.description
    assert made.description.endswith("Not for diagnosis.")
    assert len(made.description) < 600
    assert made.series == "crisp x2, not for diagnosis"
    plain = derivation(networks[2].card, UpscaleOptions(), "ab" * 32, 12)
    assert "invents no detail" in plain.description
    keys = {made.key, plain.key, derivation(card, UpscaleOptions(), "ab" * 32, 12).key}
    assert len(keys) == 3
