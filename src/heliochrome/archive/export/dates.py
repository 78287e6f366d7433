"""Years in what people write as dates."""

from __future__ import annotations

import re
from collections.abc import Iterable

_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(s?)(?!\d)")
# 1910/11 and 1910-15, but not the month of 1910-05.
_SHORT_END = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})\s*[-–/]\s*([0-9]{2})(?![\d-])")


def years_of(dates: Iterable[str]) -> tuple[int, int] | None:
    """Give the first and last year that dates name: `ca. 1910-1915` gives 1910 and 1915.

    A decade (`1910s`) has all its years. In `1910-05` the 05 is a month, in `1910-15` the 15 is a
    year. None where no year from 1000 to 2099 is named.
    """
    years: list[int] = []
    for date in dates:
        for year, decade in _YEAR.findall(date):
            years += [int(year), int(year) + 9] if decade else [int(year)]
        for year, end in _SHORT_END.findall(date):
            full = int(year[:2] + end)
            if int(end) > 12 and full > int(year):
                years.append(full)
    return (min(years), max(years)) if years else None
