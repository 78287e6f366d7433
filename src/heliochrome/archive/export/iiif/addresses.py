"""Where everything of a IIIF export is, below one base URL."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from heliochrome.archive.export.names import portable_name
from heliochrome.errors import OptionError

IMAGES = "images"
MANIFESTS = "manifests"
COLLECTIONS = "collections"
RECORDS = "records"
TOP = "collection.json"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Absolute addresses of what an export holds; its files have the same paths below its folder.

    Attributes:
        base: URL of the export's folder, with a slash at its end.
        pages: URL of the folder with the items' web pages, with a slash at its end, if any.

    """

    base: str
    pages: str | None = None

    def of(self, path: str) -> str:
        """Give the address of a file of the export."""
        return self.base + quote(path, safe="/,")

    def manifest(self, identifier: str) -> str:
        """Give the address of an item's manifest."""
        return self.of(manifest_path(identifier))

    def part_of_manifest(self, identifier: str, *parts: str) -> str:
        """Give the name of a canvas, a page or an annotation; nothing is served there."""
        return "/".join((self.manifest(identifier).removesuffix(".json"), *parts))

    def image(self, path: str) -> str:
        """Give the address of an image, or of what is below it."""
        return self.of(f"{IMAGES}/{path}")

    def page(self, identifier: str) -> str | None:
        """Give the address of an item's web page, if there is a site."""
        return (
            None if self.pages is None else self.pages + quote(f"{portable_name(identifier)}.html")
        )


def manifest_path(identifier: str) -> str:
    """Path of an item's manifest in the export."""
    return f"{MANIFESTS}/{portable_name(identifier)}.json"


def record_path(name: str) -> str:
    """Path of a file about a derivative in the export."""
    return f"{RECORDS}/{name}"


def checked_base(url: str) -> str:
    """Check the URL of a folder and give it with a slash at its end.

    Raises:
        OptionError: it is not absolute, or holds a query or a fragment.

    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise OptionError(
            "base-url",
            f"'{url}' is not the web address of a folder",
            "give one like https://example.org/archive/",
        )
    return url.rstrip("/") + "/"
