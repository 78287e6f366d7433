from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fake_restyler
from heliochrome.errors import CardError, OptionError, UnsupportedPictureError
from heliochrome.image import icc
from heliochrome.image.color import srgb_to_lab
from heliochrome.image.picture import Picture
from heliochrome.model.session import Network
from heliochrome.tasks import restyler_network
from heliochrome.tasks.restyler_network import code_of, measure_code, restyler_facts
from heliochrome.tasks.style_code import (
    StyleCode,
    average_codes,
    check_code,
    style_code,
    style_shares,
)


def _noise(height: int, width: int, seed: int = 0, dtype: type = np.uint8) -> Picture:
    """Colored noise at several scales: no two parts are alike."""
    rng = np.random.default_rng(seed)
    full = np.zeros((height, width, 3))
    for cell in (1, 4, 32):
        coarse = rng.random((-(-height // cell), -(-width // cell), 3))
        full += coarse.repeat(cell, axis=0).repeat(cell, axis=1)[:height, :width]
    return Picture(np.rint(full / 3 * np.iinfo(dtype).max).astype(dtype))


def _flat(levels: tuple[int, int, int], size: tuple[int, int] = (40, 48)) -> Picture:
    return Picture(np.full((*size, 3), levels, np.uint8))


def _whole(picture: Picture, network: Network, monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    with monkeypatch.context() as patch:
        patch.setattr(restyler_network, "ENCODER_TILE", 4096)
        return measure_code(picture.pixels, None, 1.0, network)


def test_the_code_of_one_color_is_that_color_without_deviation(
    fake_restyling_network: Network,
) -> None:
    picture = _flat((200, 90, 40))
    code = style_code([picture], fake_restyling_network)
    lab = srgb_to_lab(np.array([200, 90, 40]) / 255) / 100
    for values in code.reduced.values():
        np.testing.assert_allclose(values[0], np.tile(lab, 3), atol=1e-5)
        np.testing.assert_allclose(values[1], np.sqrt(1e-5), rtol=0.2)
    assert code.reduced.keys() == {1, 2, 4}


def test_the_code_is_the_encoders_statistics(fake_restyling_network: Network) -> None:
    """Against features computed here, for the finest level of the fake's linear encoder."""
    picture = _noise(96, 120)
    lab = srgb_to_lab(picture.pixels / 255) / 100
    around = np.pad(lab, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    kernel = fake_restyler.BINOMIAL
    features = sum(
        kernel[i, j] * around[i : i + 96 : 2, j : j + 120 : 2] for i in range(3) for j in range(3)
    )
    code = measure_code(picture.pixels, None, 1.0, fake_restyling_network)
    np.testing.assert_allclose(code[0, :3], features.mean((0, 1)), atol=1e-5)
    expected = np.sqrt(features.var((0, 1)) + 1e-5)
    np.testing.assert_allclose(code[1, :3], expected, atol=1e-4)


@pytest.mark.parametrize("size", [(300, 200), (97, 331), (33, 700), (64, 64)])
def test_moments_of_tiles_add_up_exactly(
    fake_restyling_network: Network, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    picture = _noise(*size)
    whole = _whole(picture, fake_restyling_network, monkeypatch)
    monkeypatch.setattr(restyler_network, "ENCODER_TILE", 80)
    tiled = measure_code(picture.pixels, None, 1.0, fake_restyling_network)
    np.testing.assert_allclose(tiled, whole, rtol=1e-5, atol=1e-6)


def test_a_halo_too_narrow_would_be_noticed(
    fake_restyling_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = _noise(300, 200)
    whole = _whole(picture, fake_restyling_network, monkeypatch)
    card = fake_restyling_network.card
    assert card.restyler is not None
    facts = card.restyler.model_copy(update={"encoder_halo": 0})
    blind = Network(
        card.model_copy(update={"restyler": facts}), "onnxruntime", fake_restyling_network.run
    )
    monkeypatch.setattr(restyler_network, "ENCODER_TILE", 80)
    tiled = measure_code(picture.pixels, None, 1.0, blind)
    assert np.abs(tiled - whole).max() > 1e-3


def test_the_deviation_does_not_fail_for_lack_of_precision() -> None:
    moments = np.array([[0.3, 4.0], [0.09 - 1e-9, 16.0]])  # rounding may make a variance negative
    np.testing.assert_allclose(code_of(moments), [[0.3, 4.0], [np.sqrt(1e-5)] * 2])


def test_color_is_hidden_where_the_mask_is_0(fake_restyling_network: Network) -> None:
    picture = _flat((200, 90, 40))
    code = measure_code(picture.pixels, None, 0.0, fake_restyling_network)
    np.testing.assert_allclose(code[0].reshape(3, 3)[:, 1:], 0, atol=1e-7)


def test_codes_average_by_their_weights(fake_restyling_network: Network) -> None:
    one, two = _noise(64, 80, 1), _flat((250, 220, 20))
    codes = [style_code([picture], fake_restyling_network) for picture in (one, two)]
    both = style_code([one, two], fake_restyling_network, [3, 1])
    alike = style_code(iter([one, two]), fake_restyling_network)
    for factor in (1, 2, 4):
        first, second = (code.reduced[factor] for code in codes)
        np.testing.assert_allclose(both.reduced[factor], 0.75 * first + 0.25 * second)
        np.testing.assert_allclose(alike.reduced[factor], 0.5 * first + 0.5 * second)


def test_a_large_style_is_read_at_the_cards_size(fake_restyling_network: Network) -> None:
    small = _noise(64, 96)  # the fake's style size is 64
    large = Picture(small.pixels.repeat(5, axis=0).repeat(5, axis=1))
    one, other = (style_code([picture], fake_restyling_network) for picture in (small, large))
    np.testing.assert_allclose(one.reduced[1][0], other.reduced[1][0], atol=0.01)
    np.testing.assert_allclose(one.reduced[1][1], other.reduced[1][1], rtol=0.2)


def test_reduced_codes_are_those_of_the_reduced_picture(fake_restyling_network: Network) -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    code = style_code([Picture(pixels)], fake_restyling_network)
    fine, half = code.reduced[1], code.reduced[2]
    assert (half[1] < fine[1]).mean() > 0.5  # noise averages away
    np.testing.assert_allclose(code.reduced[2], code.reduced[4])  # neither below 32 pixels


def test_a_gray_style_and_one_with_a_profile_are_read(fake_restyling_network: Network) -> None:
    gray = Picture(_noise(64, 64).pixels[..., :1])
    code = style_code([gray], fake_restyling_network).reduced[1]
    np.testing.assert_allclose(code[0].reshape(3, 3)[:, 1:], 0, atol=1e-4)
    linear = Picture(np.full((40, 40, 3), 0.214, np.float32), icc_profile=icc.linear_profile())
    code = style_code([linear], fake_restyling_network).reduced[1]
    assert code[0, 0] == pytest.approx(srgb_to_lab(np.full(3, 0.5))[0] / 100, abs=1e-3)


@pytest.mark.parametrize("size", [(31, 400), (400, 31), (1, 1)])
def test_a_style_too_small_is_refused(
    fake_restyling_network: Network, size: tuple[int, int]
) -> None:
    pictures = [_flat((1, 2, 3)), _flat((1, 2, 3), size)]
    with pytest.raises(UnsupportedPictureError, match=r"style picture 2: has only .* too few"):
        style_code(pictures, fake_restyling_network)


def test_shares_add_up() -> None:
    assert style_shares(4, None) == (0.25, 0.25, 0.25, 0.25)
    assert style_shares(2, [2, 6]) == (0.25, 0.75)
    assert style_shares(2, [0, 5]) == (0, 1)


@pytest.mark.parametrize(
    ("count", "weights", "named"),
    [
        (0, None, "style: is not given"),
        (2, [1], "weights: are 1 for 2 styles"),
        (1, [1, 2], "weights: are 2 for 1 styles"),
        (2, [1, -1], "weights: are 1, -1"),
        (2, [0, 0], "weights: are 0, 0"),
        (2, [1, float("nan")], "weights: are 1, nan"),
        (2, [1, float("inf")], "weights: are 1, inf"),
    ],
)
def test_wrong_weights_are_refused(count: int, weights, named: str) -> None:
    with pytest.raises(OptionError, match=named):
        style_shares(count, weights)


def test_a_network_of_another_form_is_refused(fake_restyling_network: Network) -> None:
    card = fake_restyling_network.card
    code = card.inputs[3].model_copy(update={"shape": ("N", 2, 5)})
    noise = card.inputs[2].model_copy(update={"shape": ("N", 9, "H", "W")})
    for changes, named in (
        ({"restyler": None, "task": "upscale"}, "is a network for 'upscale'"),
        ({"inputs": card.inputs[:-1]}, "not those of a restyler"),
        ({"outputs": card.outputs[:-1]}, "not those of a restyler"),
        ({"inputs": (*card.inputs[:3], code, *card.inputs[4:])}, "not those of a restyler"),
        ({"inputs": (*card.inputs[:2], noise, *card.inputs[3:])}, "not those of a restyler"),
    ):
        with pytest.raises(CardError, match=named):
            restyler_facts(card.model_copy(update=changes))


def test_a_code_knows_its_network(fake_restyling_network: Network) -> None:
    code = style_code([_flat((9, 9, 9))], fake_restyling_network)
    assert isinstance(code, StyleCode)
    assert code.model_sha256 == fake_restyling_network.card.sha256


def test_codes_are_averaged_without_their_pictures(fake_restyling_network: Network) -> None:
    pictures = [_noise(64, 64, seed) for seed in range(3)]
    codes = [style_code([picture], fake_restyling_network) for picture in pictures]
    together = style_code(pictures, fake_restyling_network, [1, 2, 5])
    apart = average_codes(iter(codes), [1, 2, 5])
    for factor, values in together.reduced.items():
        np.testing.assert_allclose(apart.reduced[factor], values, rtol=1e-12)
    assert apart.model_sha256 == fake_restyling_network.card.sha256


def test_codes_of_different_networks_have_no_mean(fake_restyling_network: Network) -> None:
    code = style_code([_noise(64, 64)], fake_restyling_network)
    for other in (
        replace(code, model_sha256="f" * 64),
        replace(code, reduced={1: code.reduced[1]}),
        replace(code, reduced={factor: part[:, :2] for factor, part in code.reduced.items()}),
    ):
        with pytest.raises(OptionError, match="measured with different networks"):
            average_codes([code, other])
    with pytest.raises(OptionError, match="style: is not given"):
        average_codes([])


def test_a_code_must_fit_its_network(fake_restyling_network: Network) -> None:
    card = fake_restyling_network.card
    code = style_code([_noise(64, 64)], fake_restyling_network)
    check_code(code, card, "mine")
    named = f"mine: was measured with another network .f{{12}}…. than restyler .{card.sha256[:12]}"
    with pytest.raises(OptionError, match=named):
        check_code(replace(code, model_sha256="f" * 64), card, "mine")
    for reduced in (
        {1: code.reduced[1], 2: code.reduced[2]},
        {factor: part[:, 1:] for factor, part in code.reduced.items()},
    ):
        with pytest.raises(OptionError, match="mine: has not the form of restyler's codes"):
            check_code(replace(code, reduced=reduced), card, "mine")
