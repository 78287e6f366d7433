"""What an institution says about itself and its pictures, in every export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from heliochrome.errors import OptionError

_WEB = ("http", "https")
# The two families of rights URIs that IIIF and Europeana know; both are named by http.
_RIGHTS = re.compile(
    r"https?://(?:www\.)?(creativecommons\.org/(?:licenses|publicdomain)/|rightsstatements\.org/vocab/)"
    r"(\S+)$"
)


@dataclass(frozen=True, slots=True)
class Publication:
    """Facts that hold for all items of an export.

    Attributes:
        title: of the whole.
        provider: name of the institution.
        provider_url: its web page.
        rights: URI of the license or statement for items that state none of their own.

    Raises:
        OptionError: the rights are not one of the URIs that IIIF allows, or the web page has no
            web address.

    """

    title: str = "Photographs"
    provider: str | None = None
    provider_url: str | None = None
    rights: str | None = None

    def __post_init__(self) -> None:
        if self.provider_url is not None and urlsplit(self.provider_url).scheme not in _WEB:
            raise OptionError(
                "provider-url",
                f"'{self.provider_url}' is no web address",
                "give one like https://example.org/",
            )
        if self.rights is not None and rights_uri([self.rights]) is None:
            raise OptionError(
                "rights",
                f"'{self.rights}' is no URI of Creative Commons or RightsStatements.org",
                "give one like http://rightsstatements.org/vocab/NoC-US/1.0/",
            )

    def rights_of(self, statements: Mapping[str, tuple[str, ...]]) -> str | None:
        """Give the rights URI of an item: its own Dublin Core `rights`, or that of all."""
        return rights_uri([*statements.get("rights", ()), *([self.rights] if self.rights else [])])


def rights_uri(values: Iterable[str]) -> str | None:
    """Give the first value that is a rights URI, in the form that IIIF prescribes (http)."""
    for value in values:
        if found := _RIGHTS.match(value.strip()):
            return f"http://{found[1]}{found[2]}"
    return None
