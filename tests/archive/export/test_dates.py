from __future__ import annotations

import pytest

from heliochrome.archive.export.dates import years_of


@pytest.mark.parametrize(
    ("dates", "years"),
    [
        (["1912"], (1912, 1912)),
        (["ca. 1912"], (1912, 1912)),
        (["[1890?]"], (1890, 1890)),
        (["1912-05-03"], (1912, 1912)),
        (["3.5.1912"], (1912, 1912)),
        (["1910-1915"], (1910, 1915)),
        (["1910/11"], (1910, 1910)),
        (["1910-15"], (1910, 1915)),
        (["1910-05"], (1910, 1910)),
        (["1920s"], (1920, 1929)),
        (["1931", "before 1925"], (1925, 1931)),
        (["undated"], None),
        (["plate 19123"], None),
        ([], None),
    ],
)
def test_years_are_found_in_what_people_write(
    dates: list[str], years: tuple[int, int] | None
) -> None:
    assert years_of(dates) == years
