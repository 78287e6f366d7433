"""Names of files that every file system and web server takes."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

_MOST = 80  # Characters; with four bytes each they stay below the 255 bytes of common systems.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*%#&]+')
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])$")


def portable_name(name: str) -> str:
    """Make one path component of any text: no separator, nothing that Windows or a URL forbids.

    Letters of every script stay. The suffix stays where the name is shortened.
    """
    # Names of files that are no valid UTF-8 come with lone surrogates, which become question marks.
    valid = unicodedata.normalize("NFC", name).encode("utf-8", "replace").decode()
    plain = _FORBIDDEN.sub("_", valid).strip(" .") or "_"
    path = PurePosixPath(plain)
    suffix = path.suffix[:16]
    stem = plain.removesuffix(path.suffix)[: _MOST - len(suffix)].rstrip(" .") or "_"
    return (f"{stem}_" if _DEVICES.match(stem) else stem) + suffix


def slug(text: str) -> str:
    """Make a short ASCII name of a text, for addresses: `Glass plates, 1910` → `glass-plates-1910`.

    It is empty where the text has no Latin letter and no digit.
    """
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:_MOST].strip("-")


class UniqueSlugs:
    """Addresses of texts: the same for the same text, different for different ones."""

    def __init__(self, fallback: str, reserved: str = "") -> None:
        """Texts without Latin letters and digits are called `fallback`, none is `reserved`."""
        self._fallback = fallback
        self._given: dict[str, str] = {}
        self._used = {reserved}

    def __call__(self, text: str) -> str:
        """Give the address of a text."""
        if text not in self._given:
            first = slug(text) or self._fallback
            name, number = first, 1
            while name in self._used:
                number += 1
                name = f"{first}-{number}"
            self._used.add(name)
            self._given[text] = name
        return self._given[text]
