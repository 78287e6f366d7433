"""Texts from files and users, made fit for any database."""

from __future__ import annotations

_MOST_CHARACTERS = 20_000


def clean_text(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Give a text without NULs, halves of surrogate pairs and padding, cut where it is too long."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return sound.replace("\0", "").strip()[:most]
