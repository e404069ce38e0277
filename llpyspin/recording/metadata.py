"""What users say of a recording in their own words: free metadata, which ``session.json`` keeps.

It is checked before anything starts: what JSON cannot hold as it is would come back as something else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from llpyspin.errors import SettingRangeError
from llpyspin.settings import brief

__all__ = ["MOST_BYTES", "checked_metadata", "described", "metadata_mistakes"]

MOST_BYTES = 1 << 20
DEEPEST = 32
_MOST_NUMBER = 2**63 - 1
_MOST_MISTAKES = 10
_ALLOWED = "allowed are text, numbers, True, False, None, and lists and mappings of these"


def checked_metadata(given: object) -> dict[str, Any]:
    """A copy of the metadata, as JSON holds it: tuples are lists, NumPy's numbers are Python's.

    Raises
    ------
    SettingRangeError
        JSON cannot hold it; the text names all the places.
    """
    if given is None:
        return {}
    mistakes = list(metadata_mistakes(given))
    if mistakes:
        more = len(mistakes) - _MOST_MISTAKES
        lines = [*mistakes[:_MOST_MISTAKES], *([f"... and {more} more mistakes"] if more > 0 else [])]
        raise SettingRangeError("\n".join(lines), setting="metadata", value=given)
    copy: dict[str, Any] = _copied(given)
    size = len(json.dumps(copy))
    if size > MOST_BYTES:
        raise SettingRangeError(
            f"metadata has {size} bytes as JSON; at most {MOST_BYTES} (1 MiB) are allowed. Write large data "
            "to a file of its own, and its name here",
            setting="metadata",
            value=None,
        )
    return copy


def described(metadata: object, *, subject: str | None, notes: str | None) -> dict[str, Any]:
    """The checked metadata with ``subject`` and ``notes``, where these were said."""
    words = {"subject": subject, "notes": notes}
    said = {name: text for name, text in words.items() if text is not None}
    return {**checked_metadata(metadata), **checked_metadata(said)}


def metadata_mistakes(given: object, place: str = "metadata") -> Iterator[str]:
    """A sentence for each thing in it that JSON cannot hold."""
    if not isinstance(given, Mapping):
        yield f"{place} must be a mapping of names to values, not {brief(given)}"
        return
    yield from _mistakes(given, place, 1)


def _mistakes(value: Any, place: str, depth: int) -> Iterator[str]:
    if depth > DEEPEST:
        yield f"{place[:200]}: more than {DEEPEST} levels deep; does it contain itself?"
    elif isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(key, str):
                yield f"{place}: the name {brief(key)} must be text. Write {str(key)!r}"
            elif _text_mistake(key):
                yield f"{place}: the name {brief(key)} {_text_mistake(key)}"
            else:
                yield from _mistakes(each, f"{place}.{key}", depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, each in enumerate(value):
            yield from _mistakes(each, f"{place}[{index}]", depth + 1)
    elif problem := _plain_mistake(_scalar(value)):
        yield f"{place}: {problem}"


def _plain_mistake(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        problem = _text_mistake(value)
        return f"the text {brief(value)} {problem}" if problem else ""
    if isinstance(value, int):
        large = abs(value) > _MOST_NUMBER
        return f"{brief(value)} is a larger number than 64 bits hold. Write it as text" if large else ""
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"JSON has no {value}. Leave it out, or write None or text"
    kind = type(value).__name__
    hint = ". Write .tolist() of it" if hasattr(value, "tolist") else ". Write it as text: str(...)"
    return f"{brief(value)} is a {kind}, which JSON cannot hold; {_ALLOWED}{hint}"


def _text_mistake(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "has half a character (a lone surrogate), which cannot be written as UTF-8"
    return ""


def _scalar(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    if isinstance(value, (str, int, float)) or getattr(value, "shape", None) != ():
        return value
    return value.item() if hasattr(value, "item") else value


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _copied(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(each) for each in value]
    value = _scalar(value)
    kind = next((kind for kind in (bool, int, float, str) if isinstance(value, kind)), None)
    return value if kind is None else kind(value)  # of derived types, the plain value
