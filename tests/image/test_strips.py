"""Work in strips on all cores."""

from __future__ import annotations

import itertools
import threading

import pytest

from heliochrome.image.strips import STRIP_PIXELS, map_strips


def _strips(height: int, width: int, multiple: int, scale: int) -> list[slice]:
    found: list[slice] = []
    lock = threading.Lock()

    def process(rows: slice) -> None:
        with lock:
            found.append(rows)

    map_strips(process, height, width, multiple=multiple, scale=scale)
    return sorted(found, key=lambda rows: rows.start)


@pytest.mark.parametrize("cores", [1, 2, 5])
@pytest.mark.parametrize("height", [1, 7, 354, 2828])
@pytest.mark.parametrize("multiple", [1, 4])
@pytest.mark.parametrize("scale", [1, 2])
def test_strips_cover_every_row_once(
    cores: int, height: int, multiple: int, scale: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heliochrome.image.strips._available_cores", lambda: cores)
    width = 1061
    strips = _strips(height, width, multiple, scale)
    assert strips[0].start == 0
    assert strips[-1].stop == height
    assert all(a.stop == b.start for a, b in itertools.pairwise(strips))
    assert all(rows.start % multiple == 0 for rows in strips)
    assert all((rows.stop - rows.start) * width <= scale * STRIP_PIXELS for rows in strips)


def test_cores_have_as_many_strips_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heliochrome.image.strips._available_cores", lambda: 2)
    # Three strips would do, but one core would wait for the other's second.
    assert len(_strips(5 * STRIP_PIXELS // 2, 1, 1, 1)) == 4


def test_rows_wider_than_a_strip_are_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("heliochrome.image.strips._available_cores", lambda: 2)
    assert len(_strips(6, 2 * STRIP_PIXELS, 1, 1)) == 6
