from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fake_restyler
from heliochrome.errors import CardError, ModelError, OptionError, PictureTooLargeError
from heliochrome.image import icc
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.enlarge import enlarge_picture
from heliochrome.image.metadata import Metadata
from heliochrome.image.picture import Picture
from heliochrome.model.session import Network
from heliochrome.tasks import restyle as task
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.restyle import no_busier, restyle, shows_color
from heliochrome.tasks.style_code import StyleCode, style_code

RED = (190, 60, 50)


def _photo(height: int = 120, width: int = 150, dtype: type = np.uint16) -> Picture:
    """A colorful scene: soft shapes on a ramp, with fine texture."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:height, :width] / 60
    soft = np.stack([np.sin(2 * x + y), np.cos(3 * y - x), np.sin(x * y)], axis=-1)
    srgb = np.clip(0.5 + 0.2 * soft + 0.05 * rng.normal(size=soft.shape), 0, 1)
    return Picture(np.rint(srgb * np.iinfo(dtype).max).astype(dtype))


def _gray(picture: Picture) -> Picture:
    return replace(picture, pixels=picture.pixels[..., 1:2])


def _texture(seed: int = 2) -> Picture:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(20, 236, (16, 16, 3)).astype(np.uint8)
    return Picture(coarse.repeat(5, axis=0).repeat(5, axis=1))


def _unit(picture: Picture) -> np.ndarray:
    return picture.pixels / np.iinfo(picture.pixels.dtype).max


def _tiles(monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    monkeypatch.setattr(task, "TILE_SIDES", dict.fromkeys((1, 2, 4), side))


@pytest.mark.parametrize("scale", [1, 2, 4])
@pytest.mark.parametrize(
    "keep", [{}, {"keep_color": True}, {"keep_texture": True}, {"keep_flat": True}]
)
def test_tiles_make_the_same_picture_as_the_whole(
    fake_restyling_network: Network,
    monkeypatch: pytest.MonkeyPatch,
    scale: int,
    keep: dict[str, bool],
) -> None:
    options = RestyleOptions(scale=scale, strength=0.2, **keep)
    results = []
    for side in (4096, 112):  # one tile, and four or more
        _tiles(monkeypatch, side)
        result = restyle(_photo(), [_texture()], fake_restyling_network, options)
        results.append(result.picture.pixels.astype(int))
    assert results[0].shape == (120 * scale, 150 * scale, 3)
    assert np.abs(results[0] - results[1]).max() <= 1


def test_no_seam_shows_at_tile_borders(
    fake_restyling_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    _tiles(monkeypatch, 96)  # cores of 64
    pixels = _unit(restyle(_photo(256, 256), [_texture()], fake_restyling_network).picture)
    steps = np.abs(np.diff(pixels, axis=1)).mean((0, 2))
    # The fake enlarges its coarse features in blocks of 8: borders compare with borders of blocks.
    at_tiles = steps[[63, 127, 191]]
    inside = steps[[i for i in range(7, 255, 8) if i not in (63, 127, 191)]]
    assert at_tiles.mean() < 1.1 * inside.mean()
    assert at_tiles.max() < 1.5 * inside.mean()


def test_too_narrow_a_halo_would_show(
    fake_restyling_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above could not fail if this passed without the halo."""
    card = fake_restyling_network.card.model_copy(update={"halo": 0})
    blind = Network(card, "onnxruntime", fake_restyling_network.run)
    _tiles(monkeypatch, 64)
    tiled = _unit(restyle(_photo(256, 256), [_texture()], blind).picture)
    whole = _unit(restyle(_photo(256, 256), [_texture()], fake_restyling_network).picture)
    assert np.abs(tiled - whole).max() > 0.02


def test_the_result_has_the_styles_statistics(fake_restyling_network: Network) -> None:
    """The fake's red is its levels of L*, each by its share; the others reach below 0 here."""
    photo, style = _photo(), _texture()
    pixels = _unit(restyle(photo, [style], fake_restyling_network).picture)
    code = style_code([style], fake_restyling_network).reduced[1]
    expected = np.array(fake_restyler.SHARES) @ code[0].reshape(3, 3)
    assert pixels[..., 0].mean() == pytest.approx(expected[0], abs=0.01)
    assert (pixels[..., 0] > 0).all()


def test_trunk_and_tail_take_the_style_at_their_own_size(fake_restyling_network: Network) -> None:
    code = style_code([_texture()], fake_restyling_network)
    moved = {factor: values.copy() for factor, values in code.reduced.items()}
    moved[1][0, :3] += 0.5  # the fake adds a tenth of the detail code's means
    options = RestyleOptions(scale=2)
    first, second = (
        _unit(restyle(_photo(), one, fake_restyling_network, options).picture)
        for one in (code, replace(code, reduced=moved))
    )
    inside = (first > 0.06) & (second < 0.94)
    np.testing.assert_allclose((second - first)[inside], 0.05, atol=1e-4)
    assert inside.mean() > 0.2


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("gray", [False, True])
def test_strength_0_leaves_the_photo_as_it_is(
    fake_restyling_network: Network, dtype: type, gray: bool
) -> None:
    photo = replace(_photo(dtype=dtype), icc_profile=icc.rgb_profile(1.8))
    if gray:
        photo = replace(_gray(photo), icc_profile=None)
    options = RestyleOptions(strength=0, keep_color=True)
    result = restyle(photo, [_texture()], fake_restyling_network, options).picture
    assert result.pixels.dtype == dtype
    np.testing.assert_array_equal(result.pixels, photo.pixels)
    assert result.icc_profile == photo.icc_profile
    larger = restyle(photo, [_texture()], fake_restyling_network, replace(options, scale=2)).picture
    np.testing.assert_array_equal(larger.pixels, enlarge_picture(photo.pixels, 2))


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("keep_color", [False, True])
def test_strength_leads_from_the_photo_to_the_style_without_a_jump(
    fake_restyling_network: Network, scale: int, keep_color: bool
) -> None:
    photo, code = _photo(), style_code([_texture()], fake_restyling_network)
    plain = enlarge_picture(photo.pixels, scale) / 65535
    strengths = (0, 0.001, 0.06, 0.12, 0.249, 0.251, 0.5, 0.75, 1)
    distances, previous, jumps = [], plain, []
    for strength in strengths:
        options = RestyleOptions(strength=strength, scale=scale, keep_color=keep_color)
        pixels = _unit(restyle(photo, code, fake_restyling_network, options).picture)
        distances.append(float(np.abs(pixels - plain).mean()))
        jumps.append(float(np.abs(pixels - previous).mean()))
        previous = pixels
    assert distances[:6] == sorted(distances[:6])
    assert distances[0] == 0
    assert jumps[1] < 0.01  # from 0 to 0.001
    assert jumps[5] < 0.01  # from 0.249 to 0.251


def test_strength_moves_the_code(fake_restyling_network: Network) -> None:
    """Above the fade, half the strength is half the way between photo's and style's codes."""
    code = style_code([_texture()], fake_restyling_network)
    flat = Picture(np.full((120, 150, 3), 30000, np.uint16))
    own = style_code([flat], fake_restyling_network)
    middle = StyleCode(
        {factor: (own.reduced[factor] + code.reduced[factor]) / 2 for factor in (1, 2, 4)},
        code.model_sha256,
    )
    half = restyle(flat, code, fake_restyling_network, RestyleOptions(strength=0.5)).picture
    full = restyle(flat, middle, fake_restyling_network).picture
    np.testing.assert_allclose(half.pixels.astype(int), full.pixels, atol=200)


def test_codes_are_held_back_by_hand() -> None:
    code = np.array([[5.0, -5.0, 0.1], [2.0, 0.5, 1.0]])
    model = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
    expected = [[5.0, -5.0, 0.1], [1.0, 0.5, 1.0]]
    np.testing.assert_allclose(no_busier(code, model), expected)


def test_kept_texture_is_no_more_than_the_photos(fake_restyling_network: Network) -> None:
    rng = np.random.default_rng(0)
    calm = Picture((30000 + rng.normal(0, 300, (96, 128, 3))).astype(np.uint16))
    spread = []
    for keep in ({}, {"keep_flat": True}, {"keep_texture": True}):
        options = RestyleOptions(**keep)
        result = restyle(calm, [_texture()], fake_restyling_network, options).picture
        spread.append(result.pixels.std(axis=(0, 1)).mean())
    assert spread[2] <= spread[1] < 0.3 * spread[0]


@pytest.mark.parametrize("scale", [1, 4])
def test_only_what_is_flat_is_kept_flat(fake_restyling_network: Network, scale: int) -> None:
    rng = np.random.default_rng(0)
    pixels = np.full((96, 240, 3), 30000.0)
    pixels[:, 120:] += rng.normal(0, 12000, (96, 120, 1))
    pixels[:, :120] += rng.normal(0, 300, (96, 120, 1))
    photo = Picture(pixels.clip(0, 65535).astype(np.uint16))
    free, flat = (
        _unit(restyle(photo, [_texture()], fake_restyling_network, options).picture)
        for options in (RestyleOptions(scale=scale), RestyleOptions(scale=scale, keep_flat=True))
    )
    left, right = np.s_[:, : 90 * scale], np.s_[:, 150 * scale :]
    assert flat[left].std((0, 1)).mean() < 0.4 * free[left].std((0, 1)).mean()
    assert np.abs(flat - free)[right].mean() < 0.02 * free[right].std((0, 1)).mean()


@pytest.mark.parametrize("scale", [1, 2])
def test_color_is_kept_with_the_lightness_of_the_result(
    fake_restyling_network: Network, scale: int
) -> None:
    photo, style = _photo(), [_texture()]
    options = RestyleOptions(scale=scale)
    free = srgb_to_lab(_unit(restyle(photo, style, fake_restyling_network, options).picture))
    options = replace(options, keep_color=True)
    kept = srgb_to_lab(_unit(restyle(photo, style, fake_restyling_network, options).picture))
    own = srgb_to_lab(enlarge_picture(photo.pixels, scale) / 65535)
    np.testing.assert_allclose(kept[..., 0], free[..., 0], atol=0.1)
    # Where the color fits in sRGB at the new lightness it is the photo's; elsewhere it is paler.
    difference = np.linalg.norm(kept[..., 1:] - own[..., 1:], axis=-1)
    assert np.median(difference) < 0.1
    assert (
        np.linalg.norm(kept[..., 1:], axis=-1) < np.linalg.norm(own[..., 1:], axis=-1) + 0.2
    ).all()


def test_color_is_seen_or_hidden_as_the_photo_and_the_option_say(
    fake_restyling_network: Network,
) -> None:
    seen = []

    def watch(inputs, outputs):
        picture = inputs["picture"][0]
        seen.append((picture[3].min(), picture[3].max(), np.abs(picture[1:3]).max()))
        return fake_restyling_network.run(inputs, outputs)

    network = Network(fake_restyling_network.card, "onnxruntime", watch)
    code = style_code([_texture()], fake_restyling_network)
    gray_in_rgb = replace(_photo(), pixels=_gray(_photo()).pixels.repeat(3, axis=2))
    cases = [
        (_photo(), None, 1),
        (_photo(), True, 0),
        (_gray(_photo()), None, 0),
        (_gray(_photo()), False, 1),
        (gray_in_rgb, None, 0),
        (gray_in_rgb, False, 1),
    ]
    for photo, gray, mask in cases:
        seen.clear()
        result = restyle(photo, code, network, RestyleOptions(gray=gray))
        assert len(seen) == 2
        for low, high, chroma in seen:
            assert low == high == mask
            assert (chroma > 10) == (mask == 1 and photo is cases[0][0])
        assert result.from_gray == (mask == 0)


def test_a_little_color_is_color() -> None:
    pixels = np.full((2000, 3000, 3), 128, np.uint8)
    assert not shows_color(Picture(pixels))
    pixels[700:800, 900:1000] = RED
    assert shows_color(Picture(pixels))
    rng = np.random.default_rng(0)
    grain = rng.normal(128, 6, (2000, 3000, 3)).round().astype(np.uint8)
    assert not shows_color(Picture(grain))
    sepia = np.full((20, 30, 3), (150, 130, 100), np.uint8)
    assert shows_color(Picture(sepia))


@pytest.mark.parametrize(
    ("dtype", "expected"), [(np.uint8, np.uint8), (np.uint16, np.uint16), (np.float32, np.uint16)]
)
@pytest.mark.parametrize("strength", [0.5, 0])
def test_depth_alpha_container_and_metadata_are_carried(
    fake_restyling_network: Network, dtype: type, expected: type, strength: float
) -> None:
    metadata = Metadata(exif=b"MM\0*", xmp=b"<x/>", dpi=(300, 300))
    source = _photo(40, 60)
    full = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = (_unit(source) * full).astype(dtype)
    alpha = np.full((40, 60), full, dtype)
    alpha[:10] = 0
    photo = Picture(pixels, alpha, "TIFF", None, metadata)
    options = RestyleOptions(scale=2, strength=strength)
    result = restyle(photo, [_texture()], fake_restyling_network, options).picture
    if strength == 0:
        expected = dtype  # the photo itself
    assert result.pixels.dtype == expected
    assert result.pixels.shape == (80, 120, 3)
    assert result.alpha is not None
    assert (result.alpha.shape, result.alpha.dtype) == ((80, 120), expected)
    assert not result.alpha[:18].any()
    assert (result.alpha[22:] == (1 if expected == np.float32 else np.iinfo(expected).max)).all()
    assert (result.container, result.metadata) == ("TIFF", metadata)


def test_a_profile_is_read_and_the_result_is_srgb(fake_restyling_network: Network) -> None:
    plain = _photo(dtype=np.uint16)
    linear = ((_unit(plain) + 0.055) / 1.055) ** 2.4
    tagged = Picture(np.rint(linear * 65535).astype(np.uint16), icc_profile=icc.linear_profile())
    code = style_code([_texture()], fake_restyling_network)
    for options in (
        RestyleOptions(),
        RestyleOptions(strength=0.1),
        RestyleOptions(keep_color=True),
    ):
        one, other = (
            restyle(photo, code, fake_restyling_network, options).picture
            for photo in (plain, tagged)
        )
        assert other.icc_profile is None
        # Chroma out of gamut is reduced in steps of 0.8 %; linear light has few levels of black.
        difference = np.abs(_unit(one) - _unit(other))
        assert difference.max() < 0.02
        assert difference.mean() < 0.001


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (3, 2), (65, 127), (2000, 7)])
@pytest.mark.parametrize("scale", [1, 4])
def test_any_size_and_shape_works(
    fake_restyling_network: Network, size: tuple[int, int], scale: int
) -> None:
    options = RestyleOptions(scale=scale, strength=0.2, keep_color=True)
    result = restyle(_photo(*size), [_texture()], fake_restyling_network, options).picture
    assert result.pixels.shape == (size[0] * scale, size[1] * scale, 3)


def test_only_what_is_needed_is_computed(fake_restyling_network: Network) -> None:
    asked = []

    def watch(inputs, outputs):
        asked.append(outputs)
        return fake_restyling_network.run(inputs, outputs)

    network = Network(fake_restyling_network.card, "onnxruntime", watch)
    code = style_code([_texture()], network)
    assert asked == [("moments",)] * 3
    asked.clear()
    restyle(_photo(), code, network, RestyleOptions(scale=2))
    assert asked == [("moments",), ("x2",)]
    asked.clear()
    restyle(_photo(), code, network, RestyleOptions(scale=2, strength=0))
    assert asked == []


def test_what_cannot_be_done_is_refused(fake_restyling_network: Network) -> None:
    photo, network = _photo(), fake_restyling_network
    card = network.card
    assert card.restyler is not None
    with pytest.raises(OptionError, match="style: is not given"):
        restyle(photo, [], network)
    foreign = replace(style_code([_texture()], network), model_sha256="f" * 64)
    with pytest.raises(OptionError, match="measured with another network"):
        restyle(photo, foreign, network)
    small = card.restyler.model_copy(update={"scales": (1, 2)})
    outputs = card.outputs[:-1]
    two = Network(
        card.model_copy(update={"restyler": small, "outputs": outputs}), "onnxruntime", network.run
    )
    with pytest.raises(OptionError, match="scale: 4 is none of the network's; give one of 1, 2"):
        restyle(photo, [_texture()], two, RestyleOptions(scale=4))
    other = Network(
        card.model_copy(update={"task": "upscale", "restyler": None}), "onnxruntime", network.run
    )
    with pytest.raises(CardError, match="is a network for 'upscale'"):
        restyle(photo, [_texture()], other)
    huge = Picture(np.broadcast_to(np.uint8(0), (20_000, 20_000, 1)))
    with pytest.raises(PictureTooLargeError, match="would have 40000 x 40000 pixels"):
        restyle(huge, [_texture()], network, RestyleOptions(scale=2))


def test_a_network_that_gives_no_numbers_is_not_believed(fake_restyling_network: Network) -> None:
    def spoil(inputs, outputs):
        results = fake_restyling_network.run(inputs, outputs)
        if "x1" in results:
            results["x1"][0, 1, 5, 5] = np.nan
        return results

    network = Network(fake_restyling_network.card, "onnxruntime", spoil)
    with pytest.raises(ModelError, match="not numbers"):
        restyle(_photo(), [_texture()], network)


@pytest.mark.parametrize("strength", [-0.1, 1.01, float("nan"), float("inf")])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(OptionError, match="strength: is .*; give a value from 0 to 1"):
        RestyleOptions(strength=strength)


@pytest.mark.parametrize("scale", [0, 3, 8, -1])
def test_an_unknown_scale_is_refused(scale: int) -> None:
    with pytest.raises(OptionError, match=f"scale: is {scale}; give 1, 2 or 4"):
        RestyleOptions(scale=scale)
