"""Guided enlargement of chroma, and its encoding with the lightness kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage import data

from heliochrome.image import chroma as chroma_module
from heliochrome.image.chroma import apply_chroma
from heliochrome.image.color import lab_to_srgb, srgb_to_lab
from heliochrome.image.lightness import lightness
from heliochrome.image.picture import Picture
from heliochrome.image.resize import resize_lightness
from heliochrome.image.srgb_encoder import SrgbEncoder

RNG = np.random.default_rng(7)
# In gamut at the lightnesses that the tests use.
REDDISH, BLUISH = np.array([30.0, 15.0]), np.array([5.0, -35.0])


def reduce_chroma(ab: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    planes = [resize_lightness(np.ascontiguousarray(ab[..., k]), size) for k in (0, 1)]
    return np.stack(planes, axis=-1)


def lab_of(pixels: NDArray[np.uint16]) -> NDArray[np.float64]:
    return srgb_to_lab(pixels / np.iinfo(pixels.dtype).max)


def step_edge(
    contrast: float, slope: float, shape: tuple[int, int] = (150, 211), edge: float = 103.0
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float64]]:
    """Lightness, chroma and signed distance in pixels of a straight edge."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    distance = (x + 0.5 - edge + slope * (y - shape[0] / 2)) / np.hypot(1, slope)
    right = distance > 0
    light = np.where(right, 50 + contrast / 2, 50 - contrast / 2).astype(np.float32)
    ab = np.where(right[..., None], BLUISH, REDDISH).astype(np.float32)
    return light, ab, distance


@pytest.mark.parametrize("factor", [4, 5, 7, 11, 16])
@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("contrast", [10.0, 30.0, -30.0])
def test_color_does_not_bleed_over_an_edge(factor: int, slope: float, contrast: float) -> None:
    light, ab, distance = step_edge(contrast, slope)
    size = round(light.shape[0] / factor), round(light.shape[1] / factor)
    result = lab_of(apply_chroma(light, reduce_chroma(ab, size), bit_depth=16))[..., 1:]
    error = np.linalg.norm(result - ab, axis=-1) / np.linalg.norm(REDDISH - BLUISH)
    assert error[np.abs(distance) > 2].max() < 0.02


def test_interpolation_alone_would_bleed() -> None:
    """The measure above can fail: without an edge in the lightness there is nothing to follow."""
    _, ab, distance = step_edge(0.0, 0.0)
    flat = np.full(ab.shape[:2], 50, np.float32)
    result = lab_of(apply_chroma(flat, reduce_chroma(ab, (19, 26)), bit_depth=16))[..., 1:]
    error = np.linalg.norm(result - ab, axis=-1) / np.linalg.norm(REDDISH - BLUISH)
    assert error[np.abs(distance) > 2].max() > 0.1


@pytest.mark.parametrize("factor", [3, 8, 30])
def test_constant_chroma_stays_constant_under_grain(factor: int) -> None:
    light = np.clip(RNG.normal(55, 8, (120, 160)), 25, 80).astype(np.float32)
    small = np.full((-(-120 // factor), -(-160 // factor), 2), (12.0, -9.0), np.float32)
    result = lab_of(apply_chroma(light, small, bit_depth=16))[..., 1:]
    np.testing.assert_allclose(result, np.broadcast_to((12.0, -9.0), result.shape), atol=0.1)


def test_smooth_chroma_stays_smooth_under_grain() -> None:
    y, x = np.mgrid[:240, :320]
    ab = np.stack([20 * np.sin(x / 90), 20 * np.cos(y / 70)], axis=-1).astype(np.float32)
    light = (55 + np.random.default_rng(3).normal(0, 5, ab.shape[:2])).astype(np.float32)
    small = reduce_chroma(ab, (30, 40))
    noisy = lab_of(apply_chroma(light, small, bit_depth=16))[..., 1:]
    calm = lab_of(apply_chroma(np.full_like(light, 55), small, bit_depth=16))[..., 1:]
    assert (noisy - calm).std() < 0.2
    assert np.abs(noisy - calm).max() < 4


def test_detail_that_the_chroma_cannot_resolve_makes_no_halo() -> None:
    """A dark wire between bright and dark areas must not get a color of neither."""
    light, ab, _ = step_edge(30.0, 0.0)
    light[70:72] = 5
    small = reduce_chroma(ab, (19, 26))
    result = lab_of(apply_chroma(light, small, bit_depth=16))[..., 1:]
    low, high = np.minimum(REDDISH, BLUISH), np.maximum(REDDISH, BLUISH)
    near_wire = result[60:82]
    assert (near_wire > low - 3).all()
    assert (near_wire < high + 3).all()


def test_enlarging_is_closer_to_real_colors_than_interpolation() -> None:
    for name in ("astronaut", "coffee", "chelsea"):
        lab = srgb_to_lab(getattr(data, name)()[:300, :400] / 255).astype(np.float32)
        light, ab = np.ascontiguousarray(lab[..., 0]), lab[..., 1:]
        small = reduce_chroma(ab, (light.shape[0] // 8, light.shape[1] // 8))
        guided = lab_of(apply_chroma(light, small, bit_depth=16))[..., 1:]
        plain = np.stack([resize_lightness(small[..., k], light.shape) for k in (0, 1)], -1)
        assert np.linalg.norm(guided - ab, axis=-1).mean() < 0.95 * (
            np.linalg.norm(plain - ab, axis=-1).mean()
        )


@pytest.mark.parametrize(("bit_depth", "tolerance"), [(8, 0.5), (16, 0.05)])
@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket", "camera"])
def test_lightness_of_real_pictures_is_kept(name: str, bit_depth: int, tolerance: float) -> None:
    pixels = getattr(data, name)()
    light = lightness(Picture(pixels if pixels.ndim == 3 else pixels[..., None]))
    if pixels.ndim == 3:
        ab = srgb_to_lab(pixels / 255).astype(np.float32)[..., 1:]
    else:
        ab = RNG.uniform(-40, 40, (*pixels.shape, 2)).astype(np.float32)
    small = reduce_chroma(ab, (light.shape[0] // 9, light.shape[1] // 9))
    colored = apply_chroma(light, small, bit_depth=bit_depth)
    # Out of gamut too: there chroma gives way, never lightness.
    assert np.abs(lightness(Picture(colored)) - light).max() <= tolerance


def test_colors_out_of_gamut_keep_lightness_and_hue() -> None:
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    light = np.linspace(15, 90, 60, dtype=np.float32)[:, None].repeat(120, 1)
    ab = 150 * np.stack([np.cos(angles), np.sin(angles)], -1)[None].repeat(60, 0)
    lab = lab_of(apply_chroma(light, ab.astype(np.float32), bit_depth=16))
    np.testing.assert_allclose(lab[..., 0], light, atol=0.05)
    turn = np.angle(np.exp(1j * (np.arctan2(lab[..., 2], lab[..., 1]) - angles)))
    assert np.degrees(np.abs(turn)).max() < 0.5
    # As much chroma as fits is left: a little more of the same hue would be out of gamut.
    chroma = np.linalg.norm(lab[..., 1:], axis=-1, keepdims=True)
    beyond = lab_to_srgb(np.dstack([lab[..., :1], lab[..., 1:] * (1 + 1.5 / chroma)]))
    assert ((beyond.min(-1) < 0) | (beyond.max(-1) > 1)).all()


def test_black_and_white_are_exact() -> None:
    light = np.array([[0, 100]], np.float32)
    for chroma in (0.0, 60.0):
        small = np.full((1, 2, 2), chroma, np.float32)
        assert apply_chroma(light, small, bit_depth=8)[0].tolist() == [[0] * 3, [255] * 3]
        assert apply_chroma(light, small, bit_depth=16)[0].tolist() == [[0] * 3, [65535] * 3]


def test_lightness_beyond_its_range_is_clipped() -> None:
    light = np.array([[-3, 104]], np.float32)
    result = apply_chroma(light, np.zeros((1, 1, 2), np.float32), bit_depth=8)
    assert result[0].tolist() == [[0] * 3, [255] * 3]


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.integers(1, 80), st.integers(1, 80)),
    st.sampled_from([8, 16]),
)
def test_any_sizes_fit(full: tuple[int, int], small: tuple[int, int], bits: int) -> None:
    rng = np.random.default_rng(full[0] * 71 + small[1])
    light = rng.uniform(0, 100, full).astype(np.float32)
    ab = rng.uniform(-20, 20, (*small, 2)).astype(np.float32)
    result = apply_chroma(light, ab, bit_depth=bits)
    assert result.shape == (*full, 3)
    kept = lightness(Picture(result))
    np.testing.assert_allclose(kept, light, atol=0.5 if bits == 8 else 0.05)


def test_long_thin_picture() -> None:
    light = np.linspace(10, 90, 10_000, dtype=np.float32)[None]
    result = apply_chroma(light, np.full((1, 96, 2), 5, np.float32), bit_depth=16)
    assert result.shape == (1, 10_000, 3)


def test_strips_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    light = RNG.uniform(20, 80, (90, 64)).astype(np.float32)
    small = RNG.uniform(-20, 20, (9, 7, 2)).astype(np.float32)
    whole = apply_chroma(light, small, bit_depth=16)
    monkeypatch.setattr("heliochrome.image.strips.STRIP_PIXELS", 64 * 4)
    np.testing.assert_array_equal(apply_chroma(light, small, bit_depth=16), whole)


def test_one_thread_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    light = RNG.uniform(20, 80, (90, 64)).astype(np.float32)
    small = RNG.uniform(-20, 20, (9, 7, 2)).astype(np.float32)
    monkeypatch.setattr("heliochrome.image.strips.STRIP_PIXELS", 64 * 8)
    several = apply_chroma(light, small, bit_depth=8)
    monkeypatch.setattr("heliochrome.image.strips._available_cores", lambda: 1)
    np.testing.assert_array_equal(apply_chroma(light, small, bit_depth=8), several)


@pytest.fixture
def in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every picture as the large ones are."""
    monkeypatch.setattr(chroma_module, "_PAIRED_PIXELS", 0)


@pytest.mark.usefixtures("in_pairs")
@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_lightness_of_large_pictures_is_kept(name: str) -> None:
    pixels = getattr(data, name)()
    light = lightness(Picture(pixels))
    ab = srgb_to_lab(pixels / 255).astype(np.float32)[..., 1:]
    small = reduce_chroma(ab, (light.shape[0] // 9, light.shape[1] // 9))
    colored = apply_chroma(light, small, bit_depth=8)
    assert np.abs(lightness(Picture(colored)) - light).max() <= 0.5


@pytest.mark.usefixtures("in_pairs")
@pytest.mark.parametrize("factor", [4, 8, 11, 16])
@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("edge", [102.0, 103.0])
def test_color_does_not_bleed_over_an_edge_of_large_pictures(
    factor: int, slope: float, edge: float
) -> None:
    light, ab, distance = step_edge(30.0, slope, edge=edge)
    size = round(light.shape[0] / factor), round(light.shape[1] / factor)
    small = reduce_chroma(ab, size)
    error = np.linalg.norm(lab_of(apply_chroma(light, small, bit_depth=8))[..., 1:] - ab, axis=-1)
    # Rounding to steps of 0.8 and to 8 bits alone changes a* and b* by this much.
    rounding = 1.0
    bleeding = (error - rounding) / np.linalg.norm(REDDISH - BLUISH)
    assert bleeding[np.abs(distance) > 2].max() < 0.02


@pytest.mark.usefixtures("in_pairs")
def test_smooth_chroma_of_large_pictures_has_no_bands() -> None:
    x = np.linspace(-30, 30, 400, dtype=np.float32)
    ab = np.stack([x, -x], axis=-1)[None].repeat(40, 0)
    light = np.full(ab.shape[:2], 60, np.float32)
    small = reduce_chroma(ab, (4, 40))
    result = apply_chroma(light, small, bit_depth=8)
    exact = lab_of(apply_chroma(light, small, bit_depth=16))
    # Without the table, rounding to 8 bits alone is off by up to 0.7.
    assert np.linalg.norm(lab_of(result) - exact, axis=-1).max() < 1.2
    assert np.abs(np.diff(result.astype(int), axis=1)).max() <= 2


@pytest.mark.usefixtures("in_pairs")
def test_gray_in_large_pictures_stays_exactly_gray() -> None:
    levels = np.arange(256, dtype=np.uint8).repeat(16)[None].repeat(32, 0)
    light = lightness(Picture(levels[..., None]))
    small = np.zeros((4, 512, 2), np.float32)
    small[:, 480:] = REDDISH
    result = apply_chroma(light, small, bit_depth=8)
    gray = result[:, : 16 * 200]
    np.testing.assert_array_equal(gray, levels[:, : 16 * 200, None].repeat(3, -1))
    colored = slice(16 * 244, 16 * 252)
    assert (result[:, colored] != levels[:, colored, None]).any()


@settings(max_examples=30, deadline=None)
@given(st.tuples(st.integers(1, 70), st.integers(1, 70)), st.integers(1, 20))
def test_large_pictures_may_have_any_sides(full: tuple[int, int], cells: int) -> None:
    rng = np.random.default_rng(full[0] * 71 + full[1])
    light = rng.uniform(0, 100, full).astype(np.float32)
    ab = rng.uniform(-20, 20, (cells, cells, 2)).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chroma_module, "_PAIRED_PIXELS", 0)
        result = apply_chroma(light, ab, bit_depth=8)
    np.testing.assert_allclose(lightness(Picture(result)), light, atol=0.5)


@pytest.mark.usefixtures("in_pairs")
def test_strips_of_large_pictures_leave_no_seams(monkeypatch: pytest.MonkeyPatch) -> None:
    light = RNG.uniform(20, 80, (90, 63)).astype(np.float32)
    small = RNG.uniform(-20, 20, (9, 7, 2)).astype(np.float32)
    whole = apply_chroma(light, small, bit_depth=8)
    monkeypatch.setattr("heliochrome.image.strips.STRIP_PIXELS", 64 * 4)
    np.testing.assert_array_equal(apply_chroma(light, small, bit_depth=8), whole)


def test_pairs_are_for_large_pictures_of_8_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    light = RNG.uniform(20, 80, (64, 64)).astype(np.float32)
    small = RNG.uniform(-20, 20, (8, 7, 2)).astype(np.float32)
    exact = {bits: apply_chroma(light, small, bit_depth=bits) for bits in (8, 16)}
    monkeypatch.setattr(chroma_module, "_PAIRED_PIXELS", light.size)
    assert (apply_chroma(light, small, bit_depth=8) != exact[8]).any()
    np.testing.assert_array_equal(apply_chroma(light, small, bit_depth=16), exact[16])


@pytest.mark.usefixtures("in_pairs")
def test_colors_too_many_for_a_table_are_encoded_without(monkeypatch: pytest.MonkeyPatch) -> None:
    light = RNG.uniform(20, 80, (64, 64)).astype(np.float32)
    small = RNG.uniform(-150, 150, (8, 7, 2)).astype(np.float32)
    result = apply_chroma(light, small, bit_depth=8)
    monkeypatch.setattr(chroma_module, "_PAIRED_PIXELS", light.size + 1)
    np.testing.assert_array_equal(result, apply_chroma(light, small, bit_depth=8))


def test_failure_in_a_strip_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(chroma_module.SrgbEncoder, "encode", fail)
    with pytest.raises(MemoryError):
        apply_chroma(np.zeros((50, 50), np.float32), np.zeros((3, 3, 2), np.float32), bit_depth=8)


def test_wrong_arguments_are_refused() -> None:
    plane, small = np.zeros((8, 8), np.float32), np.zeros((2, 2, 2), np.float32)
    with pytest.raises(ValueError, match="expected"):
        apply_chroma(plane, small[..., 0], bit_depth=8)
    with pytest.raises(ValueError, match="bit_depth"):
        SrgbEncoder(12)
