from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliochrome.model.tiling import mirrored, plan_tiles

_sizes = st.integers(1, 300)


@settings(deadline=None)
@given(
    height=_sizes,
    width=_sizes,
    halo=st.integers(0, 40),
    border=st.integers(0, 40),
    multiple=st.sampled_from([1, 2, 8, 16, 48]),
    most=st.integers(1, 400),
    scale=st.sampled_from([1, 2]),
    bucket=st.sampled_from([1, 32]),
)
def test_every_pixel_is_kept_once_and_where_it_belongs(
    height: int,
    width: int,
    halo: int,
    border: int,
    multiple: int,
    most: int,
    scale: int,
    bucket: int,
) -> None:
    plan = plan_tiles(
        height, width, halo=halo, border=border, multiple=multiple, most=most, bucket=bucket
    )
    picture = np.arange(height * width).reshape(height, width)
    covered = np.full((height * scale, width * scale), -1)
    tiles = list(plan)
    for tile in tiles:
        window = tile.read(picture)
        assert window.shape == plan.shape
        assert tile.area > 0
        answer = window.repeat(scale, axis=0).repeat(scale, axis=1)
        assert (covered[tile.placed(scale)] == -1).all()
        covered[tile.placed(scale)] = answer[tile.kept(scale)]
        assert tile.weight().sum() == tile.area
    np.testing.assert_array_equal(covered, picture.repeat(scale, axis=0).repeat(scale, axis=1))
    assert len(plan) == len(tiles)


@settings(deadline=None)
@given(
    height=_sizes,
    width=_sizes,
    halo=st.integers(0, 40),
    border=st.integers(0, 40),
    most=st.integers(1, 400),
)
def test_tiles_lie_on_the_grid_and_end_in_their_halo_or_where_all_ends(
    height: int, width: int, halo: int, border: int, most: int
) -> None:
    plan = plan_tiles(height, width, halo=halo, border=border, multiple=8, most=most)
    border, halo = (-(-margin // 8) * 8 for margin in (border, halo))
    assert max(plan.shape) <= max(most, max(32, 2 * (border - halo)) + halo + max(halo, border))
    for size, spans in ((height, plan.rows), (width, plan.columns)):
        end = -(-size // 32) * 32 + border
        assert spans[0].first == -border
        assert spans[-1].first + spans[-1].length <= end
        for span in spans:
            assert span.first % 8 == 0
            assert span.length % 8 == 0
            last = span.first + span.length
            assert span.first == -border or span.start - span.first >= halo
            assert last == end or last - span.stop >= halo


def test_a_halo_shows_the_neighboring_pixels() -> None:
    picture = np.arange(64 * 96).reshape(64, 96)
    plan = plan_tiles(64, 96, halo=8, border=8, multiple=8, most=48)
    assert (plan.shape, len(plan)) == ((48, 48), 6)
    tile = list(plan)[4]  # second row, second column
    np.testing.assert_array_equal(tile.read(picture)[:40, :], picture[24:64, 24:72])
    np.testing.assert_array_equal(tile.read(picture)[40:, :], picture[62:54:-1, 24:72])


def test_rows_and_columns_may_be_limited_by_themselves() -> None:
    plan = plan_tiles(1000, 1000, halo=8, border=8, multiple=1, most=(64, 512))
    assert plan.shape[0] <= 64 < plan.shape[1] <= 512


def test_shapes_may_be_those_of_the_picture() -> None:
    (tile,) = plan_tiles(45, 71, halo=14, border=0, multiple=1, most=512, bucket=1)
    assert (tile.rows.length, tile.columns.length) == (45, 71)
    plan = plan_tiles(1001, 45, halo=14, border=0, multiple=4, most=512, bucket=1)
    last = plan.rows[-1]
    assert (plan.rows[0].first, last.first + last.length) == (0, 1004)
    assert plan.shape[1] == 48


def test_a_border_wider_than_a_tile_is_no_tile() -> None:
    plan = plan_tiles(1, 1, halo=0, border=33, multiple=1, most=1)
    assert all(tile.area == 1 for tile in plan)


def test_few_tiles_of_few_shapes() -> None:
    plan = plan_tiles(100, 90, halo=64, border=16, multiple=8, most=512)
    assert (plan.shape, len(plan)) == ((160, 128), 1)
    plan = plan_tiles(1000, 10, halo=64, border=16, multiple=8, most=512)
    # 1024 + 2 * 16 less the outer halos is 928: three tiles of at most 512 - 2 * 64 = 384.
    assert (len(plan), plan.shape) == (3, (312 + 128, 64))
    shapes = {
        plan_tiles(side, 77, halo=64, border=16, multiple=8, most=512).shape
        for side in range(1, 481)
    }
    assert len(shapes) == 15


@pytest.mark.parametrize(
    ("size", "expected"),
    [(4, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]), (2, [1, 0, 1, 0, 1, 0, 1, 0, 1, 0]), (1, [0] * 10)],
)
def test_a_picture_is_mirrored_without_end(size: int, expected: list[int]) -> None:
    assert mirrored(-3, 7, size).tolist() == expected


def test_color_planes_keep_their_channels() -> None:
    picture = np.arange(5 * 7 * 3).reshape(5, 7, 3)
    (tile,) = plan_tiles(5, 7, halo=9, border=2, multiple=2, most=64)
    window = tile.read(picture)
    assert window.shape == (36, 36, 3)
    np.testing.assert_array_equal(window[tile.kept()], picture)


def test_more_is_kept_around_a_tile_as_far_as_tile_and_picture_reach() -> None:
    plan = plan_tiles(100, 300, halo=10, border=4, multiple=1, most=64, bucket=1)
    tiles = list(plan)
    for tile in tiles:
        for span in (tile.rows, tile.columns):
            for reach in (0, 3, 50):
                wide = span.around(reach)
                assert max(span.start - reach, span.first, 0) == wide.start
                assert min(span.stop + reach, span.first + span.length, span.size) == wide.stop
                kept, read = wide.kept(), wide.read()
                assert read[kept].tolist() == list(range(wide.start, wide.stop))
