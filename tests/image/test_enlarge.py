from __future__ import annotations

import numpy as np
import pytest
from picture_files import gradient
from PIL import Image

from heliochrome.image.enlarge import (
    enlarge_alpha,
    enlarge_part,
    enlarge_picture,
    reduce_samples,
)


def _noise(height: int = 37, width: int = 53, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(5)
    return rng.integers(0, 65536, (height, width, channels)).astype(np.uint16)


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_parts_are_those_of_the_whole(scale: int) -> None:
    samples = _noise()
    whole = enlarge_part(samples, slice(0, 37), slice(0, 53), scale)
    assert whole.shape == (37 * scale, 53 * scale, 3)
    for rows, columns in (
        (slice(0, 8), slice(0, 8)),
        (slice(8, 30), slice(17, 53)),
        (slice(36, 37), slice(3, 4)),
    ):
        part = enlarge_part(samples, rows, columns, scale)
        expected = whole[
            rows.start * scale : rows.stop * scale, columns.start * scale : columns.stop * scale
        ]
        np.testing.assert_allclose(part, expected, atol=1e-6)


def test_enlarging_is_pillows_on_8_bits() -> None:
    samples = gradient(24, 30)
    expected = Image.fromarray(samples).resize((60, 48), Image.Resampling.LANCZOS)
    difference = enlarge_picture(samples, 2).astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_depth_and_channels_stay(dtype: type, channels: int) -> None:
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    samples = np.full((5, 6, channels), full // 2 if full > 1 else 0.5, dtype)
    result = enlarge_picture(samples, 4)
    assert result.dtype == dtype
    np.testing.assert_allclose(result, np.full((20, 24, channels), samples[0, 0, 0]), atol=1e-6)


def test_nothing_is_done_at_scale_1() -> None:
    samples = _noise()
    assert enlarge_picture(samples, 1) is samples


def test_values_stay_in_range_at_hard_edges() -> None:
    samples = np.zeros((16, 16, 1), np.uint8)
    samples[:, 8:] = 255
    result = enlarge_picture(samples, 4)
    assert result[:, :20].max() < 30  # a small ripple, but no wrapped white beside black
    assert result[:, 44:].min() > 225


def test_opacity_does_not_ring() -> None:
    alpha = np.zeros((12, 12), np.uint8)
    alpha[:, 6:] = 255
    result = enlarge_alpha(alpha, 4)
    assert result.shape == (48, 48)
    assert not result[:, :22].any()
    assert (result[:, 26:] == 255).all()


def test_one_pixel_and_thin_pictures_are_enlarged() -> None:
    for shape in ((1, 1, 3), (1, 5000, 1), (5000, 1, 1)):
        samples = np.full(shape, 7, np.uint8)
        assert (enlarge_picture(samples, 2) == 7).all()


def test_reduction_does_not_alias() -> None:
    stripes = np.tile(np.array([0, 1], np.float32), 32)[None, :, None].repeat(64, axis=0)
    reduced = reduce_samples(stripes, (16, 16))
    np.testing.assert_allclose(reduced[:, 2:-2], 0.5, atol=0.02)
