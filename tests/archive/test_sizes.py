from __future__ import annotations

import pytest

from heliochrome.archive.sizes import size_text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (9_960, "10 kB"),
        (127_400, "127 kB"),
        (999_600, "1.0 MB"),
        (7_449_417, "7.4 MB"),
        (3_200_000_000_000_000, "3200 TB"),
    ],
)
def test_sizes_are_rounded_to_two_digits_or_the_unit(octets: int, text: str) -> None:
    assert size_text(octets) == text
