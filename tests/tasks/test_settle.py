import numpy as np

from heliochrome.tasks.settle import settle_chroma


def planes(size: int = 24) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Chroma (20, 30) everywhere, sure, on flat lightness."""
    chroma = np.broadcast_to(np.float32([20, 30]), (size, size, 2)).copy()
    return chroma, np.full((size, size), 3, np.float32), np.full((size, size), 50, np.float32)


def test_what_agrees_stays() -> None:
    chroma, spread, lightness = planes()
    np.testing.assert_allclose(settle_chroma(chroma, spread, lightness), chroma, rtol=1e-5)


def test_an_unsure_blotch_takes_the_color_around_it() -> None:
    chroma, spread, lightness = planes()
    chroma[10:13, 10:13] = (80, 60)
    spread[10:13, 10:13] = 40
    settled = settle_chroma(chroma, spread, lightness)
    assert np.abs(settled[11, 11] - (20, 30)).max() < 3


def test_a_sure_spot_holds_better_than_an_unsure_one() -> None:
    chroma, spread, lightness = planes()
    chroma[8:15, 8:15] = (80, 60)
    unsure = spread.copy()
    unsure[8:15, 8:15] = 40
    kept = settle_chroma(chroma, spread, lightness)[11, 11, 0]
    lost = settle_chroma(chroma, unsure, lightness)[11, 11, 0]
    assert kept > lost + 20


def test_color_does_not_cross_an_edge_of_lightness() -> None:
    chroma, spread, lightness = planes()
    chroma[:, 12:] = (-40, 10)
    lightness[:, 12:] = 80
    settled = settle_chroma(chroma, spread, lightness)
    np.testing.assert_allclose(settled[:, 11], chroma[:, 11], atol=0.2)
    np.testing.assert_allclose(settled[:, 12], chroma[:, 12], atol=0.2)


def test_results_stay_within_what_was_given_at_any_size() -> None:
    rng = np.random.default_rng(0)
    for size in ((1, 1), (1, 40), (5, 3)):
        chroma = rng.normal(0, 30, (*size, 2)).astype(np.float32)
        spread = rng.uniform(0, 40, size).astype(np.float32)
        settled = settle_chroma(chroma, spread, rng.uniform(0, 100, size).astype(np.float32))
        assert settled.shape == chroma.shape
        assert (settled <= chroma.max((0, 1)) + 1e-3).all()
        assert (settled >= chroma.min((0, 1)) - 1e-3).all()
