from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fake_upscaler
from fake_upscaler import write_fake_upscaler
from heliochrome.errors import CardError, ModelError, OptionError, PictureTooLargeError
from heliochrome.image import icc
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.image.rows import PictureRows
from heliochrome.model.session import Network, open_network
from heliochrome.model.store import find_model
from heliochrome.tasks import upscale as task
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscale import enlarge_rows, upscale


@pytest.fixture(scope="module")
def networks(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Network]:
    folder = tmp_path_factory.mktemp("upscalers")
    paths = {scale: write_fake_upscaler(folder, scale=scale) for scale in (2, 4)}
    paths["crisp"] = write_fake_upscaler(folder, scale=2, mode="crisp", denoise=True)
    paths["bytes"] = write_fake_upscaler(folder, "bytes", full_scale=255.0, lift=0.25)
    return {name: open_network(find_model(path), threads=1) for name, path in paths.items()}


def _photo(height: int = 75, width: int = 101, dtype: type = np.uint16, channels: int = 3):
    rng = np.random.default_rng(1)
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    values = rng.uniform(0.1, 0.9, (height, width, channels)) * full
    return Picture(values.astype(dtype))


def _expected(values: np.ndarray, scale: int) -> np.ndarray:
    """What the fake makes of (H, W)."""

    def smooth(plane: np.ndarray) -> np.ndarray:
        padded = np.pad(plane, 1, mode="edge")
        return sum(
            fake_upscaler.BINOMIAL[row, column]
            * padded[row : row + plane.shape[0], column : column + plane.shape[1]]
            for row in range(3)
            for column in range(3)
        )

    return smooth(smooth(values.astype(np.float64)).repeat(scale, axis=0).repeat(scale, axis=1))


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("alpha", [False, True])
def test_tiles_make_the_same_picture_as_the_whole(
    networks: dict[Any, Network], scale: int, alpha: bool
) -> None:
    photo = _photo()
    if alpha:
        photo = replace(photo, alpha=_disc(photo))
    results = [
        upscale(photo, networks[scale], UpscaleOptions(tile=tile)).picture for tile in (4096, 32)
    ]
    assert results[0].pixels.shape == (75 * scale, 101 * scale, 3)
    whole, tiled = (result.pixels.astype(int) for result in results)
    assert np.abs(whole - tiled).max() <= 1
    if alpha:
        whole, tiled = (result.alpha.astype(int) for result in results)
        assert np.abs(whole - tiled).max() <= 1


def _disc(photo: Picture, radius: float = 30) -> np.ndarray:
    """An opaque disc with a soft edge."""
    y, x = np.mgrid[: photo.height, : photo.width]
    distance = np.hypot(y - photo.height / 2, x - photo.width / 2)
    full = np.iinfo(photo.pixels.dtype).max
    return np.rint(np.clip(radius - distance, 0, 1) * full).astype(photo.pixels.dtype)


def test_too_narrow_a_halo_would_show(networks: dict[Any, Network]) -> None:
    """The test above could not fail if this passed without the halo."""
    card = networks[2].card.model_copy(update={"halo": 0})
    blind = Network(card, "onnxruntime", networks[2].run)
    tiled = upscale(_photo(), blind, UpscaleOptions(tile=32)).picture.pixels
    whole = upscale(_photo(), networks[2]).picture.pixels
    assert np.abs(tiled.astype(int) - whole).max() > 100


def test_bands_are_as_narrow_as_memory_demands(
    networks: dict[Any, Network], monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = _photo(300, 64)
    whole = upscale(photo, networks[2]).picture.pixels
    monkeypatch.setattr(task, "BAND_BYTES", 64 * 2 * 3 * 2 * 100)
    bands = list(enlarge_rows(PictureRows(photo), networks[2], UpscaleOptions()))
    assert len(bands) >= 600 // 100
    assert max(band.pixels.nbytes for band in bands) <= task.BAND_BYTES
    joined = np.concatenate([band.pixels for band in bands])
    assert np.abs(joined.astype(int) - whole).max() <= 1


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_channels_and_depth_stay_and_the_network_is_heeded(
    networks: dict[Any, Network], scale: int, channels: int, dtype: type
) -> None:
    photo = _photo(dtype=dtype, channels=channels)
    result = upscale(photo, networks[scale]).picture.pixels
    assert result.dtype == dtype
    assert result.shape == (75 * scale, 101 * scale, channels)
    expected = np.stack(
        [_expected(photo.pixels[..., channel], scale) for channel in range(channels)], axis=-1
    )
    tolerance = 1e-5 if dtype == np.float32 else 0.51
    np.testing.assert_allclose(result, expected, atol=tolerance)


def test_16_bits_are_not_cut_to_8(networks: dict[Any, Network]) -> None:
    ramp = np.linspace(1000, 1400, 64 * 64).reshape(64, 64, 1).astype(np.uint16)
    result = upscale(Picture(ramp), networks[2]).picture.pixels
    assert len(np.unique(result)) > 380


def test_floats_beyond_white_are_kept(networks: dict[Any, Network]) -> None:
    bright = np.full((40, 40, 1), 1.5, np.float32)
    result = upscale(Picture(bright), networks[2]).picture.pixels
    np.testing.assert_allclose(result, 1.5, rtol=1e-6)


def test_the_cards_range_is_heeded(networks: dict[Any, Network]) -> None:
    """This fake works on 0..255 and makes everything a quarter lighter."""
    flat = np.full((40, 40, 3), 0.5, np.float32)
    result = upscale(Picture(flat), networks["bytes"]).picture.pixels
    np.testing.assert_allclose(result, 0.75, rtol=1e-6)
    clipped = upscale(Picture(np.full((40, 40, 3), 230, np.uint8)), networks["bytes"])
    assert (clipped.picture.pixels == 255).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (3, 2), (200, 1)])
def test_the_smallest_pictures_are_enlarged(
    networks: dict[Any, Network], size: tuple[int, int]
) -> None:
    flat = np.full((*size, 3), 77, np.uint8)
    result = upscale(Picture(flat), networks[4]).picture.pixels
    assert result.shape == (size[0] * 4, size[1] * 4, 3)
    assert (result == 77).all()


def test_the_border_is_the_networks_own(networks: dict[Any, Network]) -> None:
    """Nothing is made up beyond the picture: what it sees at its border it knows from training."""
    photo = _photo(101, 75)
    planes = (photo.pixels / 65535).astype(np.float32).transpose(2, 0, 1)[None]
    whole = networks[2].run({"picture": planes})["enlarged"][0].transpose(1, 2, 0)
    for tile in (32, 512):
        result = upscale(photo, networks[2], UpscaleOptions(tile=tile)).picture.pixels
        assert np.abs(result - whole * 65535.0).max() <= 1


def test_no_more_is_given_to_the_network_than_there_is(networks: dict[Any, Network]) -> None:
    shapes = []

    def execute(inputs: dict[str, np.ndarray], _: tuple[str, ...]) -> dict[str, np.ndarray]:
        shapes.append(inputs["picture"].shape[2:])
        return networks[2].run(inputs)

    seen = Network(networks[2].card, "onnxruntime", execute)
    upscale(_photo(75, 101), seen)
    assert shapes == [(75, 101)]
    shapes.clear()
    upscale(_photo(75, 101), seen, UpscaleOptions(tile=64))
    assert len(set(shapes)) == 1  # of one shape, and what is read twice is the halos
    assert sum(rows * columns for rows, columns in shapes) <= (75 + 8) * (101 + 8)


def test_hidden_color_makes_no_fringe(networks: dict[Any, Network]) -> None:
    photo = Picture(np.full((90, 90, 3), 220, np.uint8))
    alpha = _disc(photo)
    pixels = photo.pixels * (alpha > 0)[..., None]  # black where nothing shows
    result = upscale(Picture(pixels, alpha), networks[4]).picture
    shown = result.alpha > 0
    assert result.pixels[shown].min() >= 219
    plain = upscale(Picture(pixels), networks[4]).picture.pixels
    assert plain[shown].min() < 120  # what the fringe would be


def test_opacity_is_enlarged_with_the_picture(networks: dict[Any, Network]) -> None:
    photo = _photo(90, 90, np.uint8)
    alpha = _disc(photo)
    result = upscale(replace(photo, alpha=alpha), networks[2]).picture.alpha
    assert result.shape == (180, 180)
    inside = alpha.repeat(2, axis=0).repeat(2, axis=1)
    # Far from the edge nothing changes; along it the fake's softness shows.
    y, x = np.mgrid[:180, :180]
    distance = np.hypot(y - 90, x - 90)
    assert (result[distance < 52] == 255).all()
    assert not result[distance > 68].any()
    assert np.abs(result.astype(int) - inside).max() > 20


def test_an_opaque_picture_is_as_one_without_alpha(networks: dict[Any, Network]) -> None:
    photo = _photo(dtype=np.uint8)
    opaque = replace(photo, alpha=np.full((75, 101), 255, np.uint8))
    result = upscale(opaque, networks[2]).picture
    assert (result.alpha == 255).all()
    np.testing.assert_array_equal(result.pixels, upscale(photo, networks[2]).picture.pixels)


def test_encoding_and_container_stay_and_the_print_keeps_its_size(
    networks: dict[Any, Network],
) -> None:
    profile = icc.rgb_profile(1.8)
    photo = replace(
        _photo(), icc_profile=profile, container="TIFF", metadata=Metadata(dpi=(300, 150))
    )
    result = upscale(photo, networks[4])
    assert (result.scale, result.mode) == (4, "faithful")
    assert result.picture.icc_profile == profile
    assert result.picture.container == "TIFF"
    assert result.picture.metadata.dpi == (1200, 600)


def test_noise_is_removed_as_told(networks: dict[Any, Network]) -> None:
    flat = Picture(np.full((40, 40, 1), 0.5, np.float32))
    for denoise in (0.0, 0.5, 1.0):
        options = UpscaleOptions(denoise=denoise)
        result = upscale(flat, networks["crisp"], options).picture.pixels
        np.testing.assert_allclose(result, 0.5 + 0.1 * denoise, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (UpscaleOptions(scale=4), "scale: 4 is not that of upscaler-faithful-x2; give 2"),
        (UpscaleOptions(mode="crisp"), "mode: crisp is not that of upscaler-faithful-x2"),
        (UpscaleOptions(denoise=0.1), "denoise: cannot be done by upscaler-faithful-x2"),
    ],
)
def test_what_the_network_cannot_do_is_refused(
    networks: dict[Any, Network], options: UpscaleOptions, named: str
) -> None:
    with pytest.raises(OptionError, match=named):
        upscale(_photo(), networks[2], options)


def test_networks_for_other_tasks_are_refused(fake_network: Network) -> None:
    with pytest.raises(CardError, match="is a network for 'colorize'; choose an upscaler"):
        upscale(_photo(), fake_network)


def test_a_result_that_is_too_large_is_refused_before_it_is_made(
    networks: dict[Any, Network],
) -> None:
    row = np.broadcast_to(np.zeros(1, np.uint8), (8000, 8000, 1))
    with pytest.raises(PictureTooLargeError, match="32000 x 32000"):
        upscale(Picture(row), networks[4])


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda shape: np.full(shape, np.nan, np.float32), "not numbers"),
        (lambda shape: np.zeros((*shape[:3], shape[3] // 2), np.float32), "instead of"),
    ],
)
def test_a_network_that_gives_no_picture_is_an_error(
    networks: dict[Any, Network], answer: Any, named: str
) -> None:
    def execute(inputs: dict[str, np.ndarray], _: tuple[str, ...]) -> dict[str, np.ndarray]:
        rows, columns = inputs["picture"].shape[2:]
        return {"enlarged": answer((1, 3, 2 * rows, 2 * columns))}

    broken = Network(networks[2].card, "onnxruntime", execute)
    with pytest.raises(ModelError, match=named):
        upscale(_photo(), broken)


def test_the_same_input_gives_the_same_output(networks: dict[Any, Network]) -> None:
    first, second = (upscale(_photo(), networks[2]).picture.pixels for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_photo_is_not_changed(networks: dict[Any, Network], tmp_path: Path) -> None:
    photo = replace(_photo(), alpha=_disc(_photo()))
    before = photo.pixels.copy(), photo.alpha.copy()
    upscale(photo, networks[2])
    np.testing.assert_array_equal(photo.pixels, before[0])
    np.testing.assert_array_equal(photo.alpha, before[1])
