from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fake_corrector import FACTS, correcting_card, correcting_network
from heliochrome.errors import CardError, ModelError, OptionError
from heliochrome.image.picture import Picture
from heliochrome.model.session import Network
from heliochrome.tasks import corrections
from heliochrome.tasks.corrections import correct_draft, correction_steps, measure_grams
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.restyler_network import restyler_facts
from heliochrome.tasks.style_code import average_codes, check_code, style_code


@pytest.fixture
def network(fake_restyling_network: Network) -> Network:
    return correcting_network(fake_restyling_network)


def _pixels(height: int = 70, width: int = 90, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 65536, (height, width, 3)).astype(np.uint16)


def _gram(pixels: np.ndarray) -> np.ndarray:
    flat = pixels.reshape(-1, 3) / 65535
    return (flat.T @ flat / len(flat)).ravel()


def test_gram_matrices_are_of_the_whole_picture(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = _pixels()
    np.testing.assert_allclose(measure_grams(pixels, network, FACTS), _gram(pixels), atol=1e-5)
    monkeypatch.setattr(corrections, "TILE_SIDE", 64)
    np.testing.assert_allclose(measure_grams(pixels, network, FACTS), _gram(pixels), atol=1e-5)


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_each_correction_is_told_where_the_last_one_came_to(
    network: Network, monkeypatch: pytest.MonkeyPatch, strength: float
) -> None:
    draft = (0.4 * _pixels()).astype(np.uint16)
    first = _gram(draft)
    style = first + 0.2
    target = np.diag((first + strength * 0.2).reshape(3, 3))
    expected = draft / 65535
    for share in (0.1, 0.2):
        now = np.diag(_gram(np.rint(expected * 65535)).reshape(3, 3))
        expected = expected + share * (target - now)
    whole = correct_draft(draft, style, 2, strength, network, FACTS)
    np.testing.assert_allclose(whole / 65535, expected, atol=1e-4)
    monkeypatch.setattr(corrections, "TILE_SIDE", 64)
    tiled = correct_draft(draft, style, 2, strength, network, FACTS)
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_results_are_corrected_as_often_as_the_card_says(
    fake_restyling_network: Network,
) -> None:
    asked = []

    def watch(inputs, outputs):
        asked.extend(outputs)
        return correcting.run(inputs, outputs)

    correcting = correcting_network(fake_restyling_network)
    network = Network(correcting.card, "onnxruntime", watch)
    style = style_code([Picture(_pixels(seed=1))], network)
    assert asked == ["moments"] * 3 + ["grams"]
    photo = Picture(_pixels(40, 56))
    for options, expected in (
        (RestyleOptions(), ["grams", "corrected1", "grams", "corrected2"]),
        (RestyleOptions(scale=2), ["grams", "corrected1"]),
        (RestyleOptions(scale=4), []),
        (RestyleOptions(keep_flat=True), ["grams", "corrected1", "grams", "corrected2"]),
        (RestyleOptions(keep_texture=True), []),
        (RestyleOptions(strength=0), []),
        (RestyleOptions(strength=0, corrections=3), []),
        (RestyleOptions(corrections=0), []),
        (RestyleOptions(keep_texture=True, corrections=0), []),
        (RestyleOptions(scale=4, corrections=1), ["grams", "corrected1"]),
        (RestyleOptions(corrections=3), ["grams", "corrected1"] * 2 + ["grams", "corrected2"]),
    ):
        asked.clear()
        result = restyle(photo, style, network, options).picture
        assert result.pixels.shape == (40 * options.scale, 56 * options.scale, 3)
        drafted = [] if options.strength == 0 else ["moments", f"x{options.scale}"]
        assert asked == drafted + expected
        assert options.count_corrections(restyler_facts(network.card)) == len(expected) // 2


@pytest.mark.parametrize(
    ("count", "known", "steps"),
    [
        (0, 3, []),
        (2, 3, [1, 2]),
        (3, 3, [1, 2, 3]),
        (4, 3, [1, 2, 2, 3]),
        (5, 3, [1, 2, 3, 2, 3]),
        (6, 3, [1, 2, 2, 3, 2, 3]),
        (3, 2, [1, 1, 2]),
        (2, 1, [1, 1]),
    ],
)
def test_the_last_corrections_take_turns(count: int, known: int, steps: list[int]) -> None:
    assert list(correction_steps(count, known)) == steps


@pytest.mark.parametrize("count", [-1, 17, math.nan])
def test_a_number_of_corrections_out_of_range_is_refused(count: float) -> None:
    with pytest.raises(OptionError, match="corrections"):
        RestyleOptions(corrections=count)


def test_what_is_kept_is_not_corrected() -> None:
    with pytest.raises(OptionError, match="would make texture, which is kept"):
        RestyleOptions(keep_texture=True, corrections=2)


def test_a_network_without_a_corrector_cannot_be_asked_for_corrections(
    fake_restyling_network: Network,
) -> None:
    photo, styles = Picture(_pixels(40, 56)), [Picture(_pixels(64, 80, seed=1))]
    with pytest.raises(OptionError, match="are not made by"):
        restyle(photo, styles, fake_restyling_network, RestyleOptions(corrections=1))
    restyle(photo, styles, fake_restyling_network, RestyleOptions(corrections=0))


def test_a_corrected_result_is_the_draft_corrected(
    network: Network, fake_restyling_network: Network
) -> None:
    photo, styles = Picture(_pixels(40, 56)), [Picture(_pixels(64, 80, seed=1))]
    draft = restyle(photo, styles, fake_restyling_network).picture.pixels
    style = measure_grams(styles[0].pixels, network, FACTS)
    expected = correct_draft(draft, style, 2, 1.0, network, FACTS)
    found = restyle(photo, styles, network).picture.pixels
    assert np.abs(found.astype(int) - expected).max() <= 1
    assert np.abs(found.astype(int) - draft).max() > 20


def test_gram_matrices_of_styles_are_averaged(network: Network) -> None:
    codes = [style_code([Picture(_pixels(seed=seed))], network) for seed in (1, 2)]
    both = average_codes(codes, [3, 1])
    first, second = (code.grams for code in codes)
    assert first is not None
    assert second is not None
    assert both.grams is not None
    np.testing.assert_allclose(both.grams, 0.75 * first + 0.25 * second)
    with pytest.raises(OptionError, match="measured with different networks"):
        average_codes([codes[0], replace(codes[1], grams=None)])


def test_a_code_without_gram_matrices_does_not_fit(
    network: Network, fake_restyling_network: Network
) -> None:
    code = style_code([Picture(_pixels(seed=1))], network)
    check_code(code, network.card, "mine")
    for grams in (None, code.grams[:5]):
        with pytest.raises(OptionError, match="mine: has not the form of restyler's codes"):
            check_code(replace(code, grams=grams), network.card, "mine")
    with pytest.raises(OptionError, match="has not the form"):
        check_code(code, fake_restyling_network.card, "mine")


def test_a_correction_that_gives_no_numbers_is_not_believed(network: Network) -> None:
    def spoil(inputs, outputs):
        results = network.run(inputs, outputs)
        if "corrected2" in results:
            results["corrected2"][0, 1, 20, 20] = np.nan
        return results

    spoiled = Network(network.card, "onnxruntime", spoil)
    with pytest.raises(ModelError, match="not numbers"):
        restyle(Picture(_pixels()), [Picture(_pixels(seed=1))], spoiled)


def test_a_card_must_have_what_a_corrector_needs(fake_restyling_network: Network) -> None:
    card = correcting_card(fake_restyling_network.card)
    assert restyler_facts(card).corrections(2) == 1
    for changed in (
        {"inputs": card.inputs[:-1]},
        {"outputs": card.outputs[:-1]},
        {"restyler": fake_restyling_network.card.restyler},
    ):
        with pytest.raises(CardError, match="not those of a restyler"):
            restyler_facts(card.model_copy(update=changed))
