"""The upscalers that ship do what they are for, on photos that no one trained on here."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data
from skimage.metrics import peak_signal_noise_ratio

from heliochrome.image.picture import Picture
from heliochrome.model.session import open_network
from heliochrome.tasks.options import UpscaleOptions
from heliochrome.tasks.upscale import upscale
from heliochrome.tasks.upscaler_network import find_upscaler

SCALES = (2, 4)


def photos() -> list[NDArray[np.uint8]]:
    return [data.astronaut()[:256, 100:356], data.coffee()[60:316, 200:456]]


def reduced(photo: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    size = (photo.shape[1] // scale, photo.shape[0] // scale)
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BICUBIC))


def enlarged(small: NDArray[np.uint8], options: UpscaleOptions) -> NDArray[np.uint8]:
    picture = Picture(np.ascontiguousarray(small))
    return upscale(picture, open_network(find_upscaler(options)), options).picture.pixels


def inner(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return picture[8:-8, 8:-8]


@pytest.mark.parametrize("form", ["", "-int8"])
@pytest.mark.parametrize("scale", SCALES)
def test_faithful_ones_are_nearer_to_the_truth_than_bicubic(scale: int, form: str) -> None:
    options = UpscaleOptions(scale=scale, model=f"upscaler-faithful-x{scale}{form}")
    for photo in photos():
        small = reduced(photo, scale)
        bicubic = np.asarray(
            Image.fromarray(small).resize(photo.shape[1::-1], Image.Resampling.BICUBIC)
        )
        found = enlarged(small, options)
        assert found.shape == photo.shape
        gain = peak_signal_noise_ratio(inner(photo), inner(found)) - peak_signal_noise_ratio(
            inner(photo), inner(bicubic)
        )
        assert gain > 0.8


@pytest.mark.parametrize("mode", ["faithful", "crisp"])
@pytest.mark.parametrize("scale", SCALES)
def test_flat_areas_stay_flat_and_of_their_color(scale: int, mode: str) -> None:
    color = np.array((180, 140, 90), np.uint8)
    small = np.broadcast_to(color, (40, 48, 3)).copy()
    found = enlarged(small, UpscaleOptions(scale=scale, mode=mode))
    # A checkerboard of the PixelShuffle would show here first.
    assert np.abs(inner(found).astype(int) - color).max() <= 3


@pytest.mark.parametrize("scale", SCALES)
def test_crisp_ones_have_more_fine_detail_than_faithful_ones(scale: int) -> None:
    def detail(picture: NDArray[np.uint8]) -> float:
        return float(np.abs(np.diff(picture.astype(np.int16), 2, axis=0)).mean())

    small = reduced(photos()[0], scale)
    crisp, faithful = (
        detail(enlarged(small, UpscaleOptions(scale=scale, mode=mode)))
        for mode in ("crisp", "faithful")
    )
    assert crisp > faithful


@pytest.mark.parametrize("scale", SCALES)
def test_denoising_removes_noise(scale: int) -> None:
    noise = np.random.default_rng(5).normal(0, 14, (64, 64, 3))
    small = np.clip(128 + noise, 0, 255).astype(np.uint8)
    kept, removed = (
        enlarged(small, UpscaleOptions(scale=scale, mode="crisp", denoise=strength)).std()
        for strength in (0.0, 0.5)
    )
    assert removed < kept
