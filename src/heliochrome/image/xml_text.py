"""Text that XML can hold."""

from __future__ import annotations

import re

# XML 1.0 (fifth edition), production 2 (Char); lone surrogates come from undecodable file names.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(text: str) -> str:
    """Give the text with every character that XML 1.0 forbids replaced by U+FFFD."""
    return _FORBIDDEN.sub("\ufffd", text)
