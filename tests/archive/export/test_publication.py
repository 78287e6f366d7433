from __future__ import annotations

import pytest

from heliochrome.archive.export.publication import Publication, rights_uri
from heliochrome.errors import OptionError


@pytest.mark.parametrize(
    ("value", "uri"),
    [
        (
            "https://creativecommons.org/publicdomain/mark/1.0/",
            "http://creativecommons.org/publicdomain/mark/1.0/",
        ),
        (
            "http://rightsstatements.org/vocab/NoC-US/1.0/",
            "http://rightsstatements.org/vocab/NoC-US/1.0/",
        ),
        ("In the public domain", None),
        ("https://example.org/licenses/by/4.0/", None),
    ],
)
def test_rights_uris_are_brought_to_the_form_of_iiif(value: str, uri: str | None) -> None:
    assert rights_uri(["as stated below", value]) == uri


def test_an_item_s_own_rights_come_before_those_of_all() -> None:
    everything = "http://rightsstatements.org/vocab/InC/1.0/"
    own = "http://creativecommons.org/licenses/by/4.0/"
    publication = Publication(rights=everything)
    assert publication.rights_of({"rights": (own,)}) == own
    assert publication.rights_of({"rights": ("ask us",)}) == everything
    assert Publication().rights_of({}) is None


def test_rights_and_web_page_must_be_what_they_are_called() -> None:
    with pytest.raises(OptionError, match="no URI of Creative Commons"):
        Publication(rights="mine")
    with pytest.raises(OptionError, match="no web address"):
        Publication(provider_url="example.org")
