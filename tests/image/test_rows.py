from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliochrome.image.picture import Picture
from heliochrome.image.rows import PictureRows, Rows, in_blocks, join_rows

PIXELS = np.arange(23 * 3).reshape(23, 3, 1).astype(np.uint8)
ALPHA = PIXELS[..., 0] + np.uint8(100)


def _pieces(cuts: list[int], *, alpha: bool) -> list[Rows]:
    edges = [0, *sorted(cuts), 23]
    whole = Rows(PIXELS, ALPHA if alpha else None)
    return [whole.part(start, stop) for start, stop in itertools.pairwise(edges)]


@given(cuts=st.lists(st.integers(0, 23), max_size=6), size=st.integers(1, 30), alpha=st.booleans())
def test_blocks_are_cut_anew_without_loss(cuts: list[int], size: int, alpha: bool) -> None:
    blocks = list(in_blocks(_pieces(cuts, alpha=alpha), size, 23))
    assert [len(block) for block in blocks[:-1]] == [size] * (len(blocks) - 1)
    assert 0 < len(blocks[-1]) <= size
    joined = join_rows(blocks, 23)
    np.testing.assert_array_equal(joined.pixels, PIXELS)
    if alpha:
        np.testing.assert_array_equal(joined.alpha, ALPHA)
    else:
        assert joined.alpha is None


def test_missing_and_surplus_rows_are_noticed() -> None:
    with pytest.raises(ValueError, match="20 rows"):
        join_rows(_pieces([20], alpha=False)[:1], 23)
    with pytest.raises(ValueError, match="more rows"):
        list(in_blocks(_pieces([20], alpha=False), 10, 20))


def test_a_picture_gives_its_rows() -> None:
    source = PictureRows(Picture(PIXELS, ALPHA))
    assert (source.height, source.width, source.channels) == (23, 3, 1)
    assert source.has_alpha
    rows = source.read(5, 9)
    np.testing.assert_array_equal(rows.pixels, PIXELS[5:9])
    np.testing.assert_array_equal(rows.alpha, ALPHA[5:9])
