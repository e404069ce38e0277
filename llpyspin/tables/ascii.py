"""What is shown where there is no UTF-8: the nearest ASCII characters."""

from __future__ import annotations

import codecs

__all__ = ["NEAREST", "in_ascii"]

NEAREST = "llpyspin.nearest"
"""Name of the error handler for streams that cannot encode a character."""
_ASCII = {
    "±": "+-",
    "…": "...",
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "×": "x",
    "µ": "u",
    "·": "|",
    "–": "-",
    "—": "-",
}


def in_ascii(text: str) -> str:
    """The text with the nearest ASCII characters; "?" where there is none."""
    return "".join(each if each.isascii() else _ASCII.get(each, "?") for each in text)


def _nearest(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


codecs.register_error(NEAREST, _nearest)
