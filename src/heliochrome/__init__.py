"""heliochrome: bring historical photographs back to color, to size and to style, honestly."""

__version__ = "0.1.0"
