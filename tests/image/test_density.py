"""Density and back."""

from __future__ import annotations

import numpy as np

from heliochrome.image.density import MOST_DENSITY, density, light


def test_white_has_none_and_black_has_most() -> None:
    np.testing.assert_allclose(density([1.0, 0.0]), [0, MOST_DENSITY], atol=1e-6)


def test_a_tenth_of_the_light_is_a_density_of_one() -> None:
    # Some light is left in black itself, which is counted in.
    assert density(0.1) == np.float32(-np.log10(0.1 + 0.9 * 10**-MOST_DENSITY))


def test_light_inverts_density() -> None:
    linear = np.linspace(0, 1, 500)
    np.testing.assert_allclose(light(density(linear)), linear, atol=2e-6)


def test_densities_beyond_the_range_give_light_beyond_it() -> None:
    assert light(-0.1) > 1
    assert light(MOST_DENSITY + 0.1) < 0
