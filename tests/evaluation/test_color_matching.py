from __future__ import annotations

import numpy as np
import pytest

from heliochrome.evaluation.color_matching import match_colors


def picture(seed: int, height: int = 20, width: int = 30) -> np.ndarray:
    """Colors whose channels depend on each other, so that covariances are not diagonal."""
    draw = np.random.default_rng(seed)
    mixture = draw.uniform(0, 0.4, (3, 3))
    return draw.uniform(0, 1, (height, width, 3)) @ mixture


def moments(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    colors = pixels.reshape(-1, 3)
    return colors.mean(0), np.cov(colors.T, bias=True)


def test_mean_and_covariance_become_the_styles() -> None:
    for found, wanted in zip(
        moments(match_colors(picture(0), picture(1, 9, 13))),
        moments(picture(1, 9, 13)),
        strict=True,
    ):
        np.testing.assert_allclose(found, wanted, atol=1e-10)


def test_a_picture_in_its_own_colors_stays() -> None:
    np.testing.assert_allclose(match_colors(picture(2), picture(2)), picture(2), atol=1e-9)


def test_independent_channels_are_scaled_each_by_itself() -> None:
    # With diagonal covariances the map is (x - mean) * (wanted deviation / deviation) + mean.
    axes = np.meshgrid([0.0, 1.0], [0.0, 1.0], [0.0, 1.0], indexing="ij")
    cube = np.stack(axes, -1).reshape(2, 4, 3)
    style = cube * (0.5, 0.2, 0.1) + (0.1, 0.3, 0.2)
    np.testing.assert_allclose(match_colors(cube, style), style, atol=1e-12)


def test_a_gray_photo_stays_on_a_line_and_one_color_becomes_the_mean() -> None:
    gray = np.repeat(np.linspace(0, 1, 50).reshape(5, 10, 1), 3, axis=2)
    matched = match_colors(gray, picture(3))
    mean, covariance = moments(matched)
    np.testing.assert_allclose(mean, moments(picture(3))[0], atol=1e-12)
    assert np.linalg.matrix_rank(covariance, tol=1e-9) == 1
    flat = match_colors(np.full((4, 4, 3), 0.3), picture(3))
    assert flat.reshape(-1, 3).tolist() == [pytest.approx(mean.tolist())] * 16
