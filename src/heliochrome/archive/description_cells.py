r"""Values of one element in one cell of a table, so that nothing is lost on the way and back.

Values are separated by "||", as in DSpace's tables. Where a value itself could be mistaken, "|" and
"\" stand behind a "\". A value that a spreadsheet program would take for a formula stands behind
an apostrophe (OWASP, "CSV Injection").
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from heliochrome.archive.texts import clean_text

SEPARATOR = "||"
_AMBIGUOUS_BACKSLASH = re.compile(r"\\(?=[\\|]|$)")
_TOKEN = re.compile(r"\\[\\|]|\|\||.", re.DOTALL)
_FORMULA = re.compile(r"'*[=+\-@\t]")
_GUARDED = re.compile(r"'+[=+\-@\t]")


def join_values(values: Iterable[str]) -> str:
    """Write values into a cell."""
    cell = SEPARATOR.join(map(_escape, values))
    return f"'{cell}" if _FORMULA.match(cell) else cell


def split_values(cell: str) -> tuple[str, ...]:
    """Read the values of a cell; space around them and empty ones do not count."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _GUARDED.match(text):
        text = text[1:]
    values = [""]
    for token in _TOKEN.findall(text):
        if token == SEPARATOR:
            values.append("")
        elif len(token) == 2:
            values[-1] += token[1]
        else:
            values[-1] += token
    return tuple(filter(None, map(clean_text, values)))


def _escape(value: str) -> str:
    escaped = _AMBIGUOUS_BACKSLASH.sub(r"\\\\", value)
    if SEPARATOR in value or value.startswith("|") or value.endswith("|"):
        return escaped.replace("|", "\\|")
    return escaped
