"""Facts as a page says them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from heliochrome.archive.entries import DerivedFile, OriginalFile
from heliochrome.archive.provenance.wording import ColorGuess
from heliochrome.archive.sizes import size_text

_KINDS = {"image/jp2": "JPEG 2000", "image/jpeg": "JPEG", "image/webp": "WebP"}
_MOST_CHARACTERS = 200


def kind_text(mime: str) -> str:
    """Name a format: `image/tiff` is TIFF."""
    return _KINDS.get(mime, mime.rpartition("/")[2].removeprefix("x-").upper())


def original_text(original: OriginalFile) -> str:
    """Say what kind of file an original is."""
    tones = "gray" if original.channels < 3 else "color"
    depth = f"{original.bits} bits {tones}"
    return ", ".join((_picture(original), depth, size_text(original.size)))


def derived_text(derived: DerivedFile) -> str:
    """Say what kind of file a derivative is."""
    return f"{_picture(derived)}, {size_text(derived.size)}"


def guess_text(guess: ColorGuess, derived: DerivedFile) -> str:
    """Say on a card that a derivative's colors are a guess, and how sure of them the network is.

    No share is named where the catalog has none: a later step changed the colors, or moved them.
    """
    if guess.confidence is None or derived.mean_confidence is None:
        return "colors guessed · hardly sure" if guess.is_doubtful else "colors guessed"
    only = "only " if guess.is_doubtful else ""
    return f"colors guessed · {only}{guess.confidence:.0%} sure"


def _picture(file: OriginalFile | DerivedFile) -> str:
    return f"{kind_text(file.mime)}, {file.width} × {file.height}"


def parameter_lines(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Give nested parameters one by one, without those that are not set."""
    for name, value in parameters.items():
        label = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from parameter_lines(value, f"{label}.")
        elif value is not None and value != [] and value != "":
            text = "yes" if value is True else "no" if value is False else str(value)
            cut = len(text) > _MOST_CHARACTERS
            yield label, f"{text[:_MOST_CHARACTERS]}…" if cut else text
