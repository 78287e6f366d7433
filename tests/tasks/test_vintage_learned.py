from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from fake_restyler import fake_restyler_card
from heliochrome import __version__
from heliochrome.errors import CardError, OptionError
from heliochrome.image.picture import Picture
from heliochrome.model.session import Network
from heliochrome.tasks.options import RestyleOptions
from heliochrome.tasks.restyle import restyle
from heliochrome.tasks.style_code import StyleCode, style_code
from heliochrome.tasks.vintage.apply import vintage
from heliochrome.tasks.vintage.learned import LEARNED_LOOKS, find_learned_look, vintage_like
from heliochrome.tasks.vintage.looks import CYANOTYPE, LOOKS, PLAIN
from heliochrome.tasks.vintage.options import VintageOptions
from heliochrome.tasks.vintage.overrides import find_look
from heliochrome.tasks.vintage.provenance import learned_provenance


@pytest.fixture
def photo() -> Picture:
    return Picture(np.ascontiguousarray(data.coffee()[100:164, 200:296]))


@pytest.fixture
def prints(fake_restyling_network: Network) -> StyleCode:
    rng = np.random.default_rng(0)
    pictures = (
        Picture(rng.normal((150, 120, 80), 12, (40, 40, 3)).clip(0, 255).astype(np.uint8))
        for _ in range(3)
    )
    return style_code(pictures, fake_restyling_network)


def test_the_style_is_that_of_restyling(
    photo: Picture, prints: StyleCode, fake_restyling_network: Network
) -> None:
    options = RestyleOptions(strength=0.7, scale=2)
    aged = vintage_like(photo, prints, fake_restyling_network, options)
    expected = restyle(photo, prints, fake_restyling_network, options)
    np.testing.assert_array_equal(aged.picture.pixels, expected.picture.pixels)
    assert aged.from_gray is False


def test_the_process_follows_with_a_strength_of_its_own(
    photo: Picture, prints: StyleCode, fake_restyling_network: Network
) -> None:
    process = VintageOptions(CYANOTYPE, strength=0.4, seed=3)
    aged = vintage_like(photo, prints, fake_restyling_network, process=process)
    styled = restyle(photo, prints, fake_restyling_network).picture
    np.testing.assert_array_equal(aged.picture.pixels, vintage(styled, process).pixels)
    none = vintage_like(
        photo,
        prints,
        fake_restyling_network,
        RestyleOptions(strength=0),
        replace(process, strength=0.0),
    )
    np.testing.assert_array_equal(none.picture.pixels, photo.pixels)


def test_a_code_of_another_network_is_refused(
    photo: Picture, prints: StyleCode, fake_restyling_network: Network, fake_network: Network
) -> None:
    with pytest.raises(OptionError, match="was measured with another network"):
        vintage_like(photo, replace(prints, model_sha256="f" * 64), fake_restyling_network)
    with pytest.raises(CardError, match="is a network for 'colorize'"):
        vintage_like(photo, prints, fake_network)


def test_the_plain_process_hardly_changes_a_photo(photo: Picture) -> None:
    changed = vintage(photo, VintageOptions(PLAIN)).pixels.astype(int)
    assert np.abs(changed - photo.pixels).mean() < 1


def test_names_of_looks_are_unique_and_learned_ones_are_no_processes() -> None:
    names = [look.name for look in LOOKS] + [look.name for look in LEARNED_LOOKS] + [PLAIN.name]
    assert len(set(names)) == len(names)
    for look in LEARNED_LOOKS:
        assert find_learned_look(look.name) is look
        with pytest.raises(OptionError, match="is a learned look, not a process"):
            find_look(look.name)
    assert find_learned_look("cyanotype") is None


@pytest.mark.parametrize("strength", [0.0, 0.5])
def test_the_record_names_the_network_and_the_code(strength: float) -> None:
    process = VintageOptions(CYANOTYPE, strength=0.75, seed=9)
    provenance = learned_provenance(
        fake_restyler_card(sha256="e" * 64),
        RestyleOptions(strength=strength),
        input_sha256="a" * 64,
        from_gray=True,
        styles=[("b" * 64, 1.0)],
        look="old-print",
        process=process,
    )
    assert provenance.source_type == (
        "compositeWithTrainedAlgorithmicMedia" if strength else "algorithmicallyEnhanced"
    )
    record = json.loads(json.dumps(dict(provenance.record)))
    parameters = record.pop("parameters")
    assert record == {
        "task": "vintage",
        "heliochrome_version": __version__,
        "input_sha256": "a" * 64,
        "model": {"name": "restyler", "version": "0.0.1", "sha256": "e" * 64},
    }
    assert parameters["learned"] == {
        "look": "old-print",
        "strength": strength,
        "scale": 1,
        "keep_color": False,
        "keep_texture": False,
        "keep_flat": False,
        "corrections": 0,
        "from_gray": True,
        "styles": [{"sha256": "b" * 64, "share": 1.0}],
    }
    assert (parameters["look"], parameters["strength"]) == ("cyanotype", 0.75)
    assert parameters["border"]["width"] == CYANOTYPE.border.width
