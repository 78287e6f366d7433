from __future__ import annotations

import itertools

import numpy as np
import pytest

from heliochrome.errors import DataError
from heliochrome.evaluation.contact_sheet import SheetRow, contact_sheet, spread_evenly

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def flat(color: tuple[int, int, int], height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), color, np.uint8)


def row(height: int = 240, width: int = 320) -> SheetRow:
    return SheetRow("photo", tuple(flat(color, height, width) for color in (RED, GREEN, BLUE)))


def place_of(sheet: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of all pixels of a color."""
    rows, columns = np.nonzero((sheet == color).all(axis=-1))
    return rows.min(), rows.max() + 1, columns.min(), columns.max() + 1


def test_pictures_stand_side_by_side_in_order() -> None:
    sheet = contact_sheet([row()])
    places = [place_of(sheet, color) for color in (RED, GREEN, BLUE)]
    assert len({place[:2] for place in places}) == 1
    for left, right in itertools.pairwise(places):
        assert left[3] < right[2]
    assert [place[3] - place[2] for place in places] == [320] * 3


def test_large_pictures_are_reduced_in_their_own_shape() -> None:
    top, bottom, left, right = place_of(contact_sheet([row(1000, 500)]), GREEN)
    assert (bottom - top, right - left) == (240, 120)


def test_rows_stand_below_each_other_with_their_captions() -> None:
    one, two = contact_sheet([row()]), contact_sheet([row(), row()])
    assert two.shape[0] > 1.9 * 240 > one.shape[0]
    untitled = contact_sheet([SheetRow("", row().pictures)])
    assert (one != untitled).any()


def test_headings_must_fit_and_rows_exist() -> None:
    with pytest.raises(DataError, match="every row"):
        contact_sheet([row()], headings=("gray", "truth"))
    with pytest.raises(DataError, match="no pictures"):
        contact_sheet([])


@pytest.mark.parametrize(
    ("rows", "count", "expected"),
    [(2, 4, {1, 3}), (1, 3, {1}), (5, 3, {0, 1, 2}), (0, 3, set()), (3, 264, {44, 132, 220})],
)
def test_rows_are_spread_over_the_set(rows: int, count: int, expected: set[int]) -> None:
    assert spread_evenly(rows, count) == expected
