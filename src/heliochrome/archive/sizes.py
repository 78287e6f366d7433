"""Sizes of files in words."""

from __future__ import annotations


def size_text(octets: int) -> str:
    """Give a size in bytes for people, in powers of ten."""
    size, units = float(octets), ["B", "kB", "MB", "GB", "TB"]
    while size >= 999.5 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.0f} {units[0]}" if units[0] == "B" or size >= 9.95 else f"{size:.1f} {units[0]}"
