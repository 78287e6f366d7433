from __future__ import annotations

import numpy as np

from heliochrome.image.alpha import FILL_REACH, clamp_to_neighbors, fill_transparent


def _edge() -> tuple[np.ndarray, np.ndarray]:
    """Orange on the left, hidden black on the right, one half-transparent column between."""
    opacity = np.ones((20, 40), np.float32)
    opacity[:, 20] = 0.5
    opacity[:, 21:] = 0
    colors = np.zeros((20, 40, 3), np.float32)
    colors[:, :21] = (0.9, 0.5, 0.1)
    return colors, opacity


def test_visible_color_goes_on_where_nothing_shows() -> None:
    colors, opacity = _edge()
    filled = fill_transparent(colors, opacity)
    near = filled[:, 20 : 20 + FILL_REACH // 2]
    np.testing.assert_allclose(near, np.broadcast_to((0.9, 0.5, 0.1), near.shape), atol=0.01)


def test_opaque_pixels_keep_their_color_exactly() -> None:
    rng = np.random.default_rng(0)
    colors, opacity = rng.random((9, 11, 3), np.float32), np.ones((9, 11), np.float32)
    np.testing.assert_array_equal(fill_transparent(colors, opacity), colors)


def test_hidden_color_far_from_anything_visible_stays() -> None:
    colors, opacity = _edge()
    colors[:, 35:] = 0.3
    filled = fill_transparent(colors, opacity)
    np.testing.assert_allclose(filled[:, 35:], 0.3, atol=1e-6)


def test_what_is_opaque_all_round_stays_opaque() -> None:
    _, opacity = _edge()
    noisy = opacity.repeat(2, axis=0).repeat(2, axis=1)
    noisy += np.random.default_rng(0).normal(0, 0.2, noisy.shape).astype(np.float32)
    clamped = clamp_to_neighbors(noisy, opacity, 2)
    assert (clamped[:, :38] == 1).all()
    assert (clamped[:, 44:] == 0).all()
    between = clamped[:, 38:44]
    assert ((between >= 0) & (between <= 1)).all()
    assert len(np.unique(between)) > 10


def test_one_pixel_has_itself_for_neighbors() -> None:
    one = np.array([[0.4]], np.float32)
    assert (clamp_to_neighbors(np.ones((4, 4), np.float32), one, 4) == one).all()
    np.testing.assert_allclose(fill_transparent(np.ones((1, 1, 3), np.float32), one), 1)
