from __future__ import annotations

import pytest

from heliochrome.archive.export.names import UniqueSlugs, portable_name, slug


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("scan 1.tif", "scan 1.tif"),
        ("Überfahrt.JPG", "Überfahrt.JPG"),
        ("港口.png", "港口.png"),
        ('a/b\\c:d*e?"f<g>h|i.tif', "a_b_c_d_e_f_g_h_i.tif"),
        ("50% & more #1.tif", "50_ _ more _1.tif"),
        ("line\nbreak.tif", "line_break.tif"),
        ("con.tif", "con_.tif"),
        ("caf\udce9.tif", "caf_.tif"),
        ("..", "_"),
        ("", "_"),
        ("x" * 300 + ".tif", "x" * 76 + ".tif"),
    ],
)
def test_names_hold_nothing_that_a_file_system_or_url_refuses(name: str, portable: str) -> None:
    assert portable_name(name) == portable


def test_a_decomposed_name_is_composed() -> None:
    assert portable_name("U\u0308ber.tif") == "Über.tif"


def test_slugs_are_ascii_and_empty_without_latin_letters() -> None:
    assert slug("Glass plates, 1910–1915") == "glass-plates-19101915"
    assert slug("Fährhafen") == "fahrhafen"
    assert slug("港口") == ""


def test_different_texts_have_different_slugs_and_the_same_text_the_same() -> None:
    slugs = UniqueSlugs("collection", reserved="none")
    assert [slugs(text) for text in ("A b", "a-b", "港", "口", "None", "A b")] == [
        "a-b",
        "a-b-2",
        "collection",
        "collection-2",
        "none-2",
        "a-b",
    ]
