"""Reads the YAML (and JSON) files that people write: rigs, saved settings, virtual worlds.

It understands what people mean, where YAML 1.1 does not: ``Off``, ``no``, ``012345678``, ``12:30`` and dates
are text.  What is not plain data is refused with its line: keys given twice, tags, aliases that grow.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.system.openfiles import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Place", "Section", "YamlError", "parse_yaml", "place_in", "plain", "read_yaml", "switch", "word"]

MOST_BYTES = 1 << 20
DEEPEST = 32
MOST_VALUES = 50_000
"""With all that aliases repeat; the settings of a camera are some hundreds."""
LONGEST_NUMBER = 40
MOST_REPEATED = 20
"""Keys given twice that are collected before it is an error at once."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+)([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NOTHING = ("", "~", "null", "Null", "NULL")
_SWITCHES = {"yes": True, "on": True, "no": False, "off": False}
_TEXT_TAGS = (None, "!", "tag:yaml.org,2002:str")


class YamlError(ValueError):
    """A text that cannot be used; says what is wrong, in which file, line and column.

    ``place`` and ``path`` (the keys that lead there) say where, if that is known.
    """

    place: Place | None = None
    path: str = ""


class Place(NamedTuple):
    """Where a key is, from 1, and what stands there as its value, if that is one word."""

    line: int
    column: int
    text: str | None = None

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


class Section(dict[str, Any]):
    """A mapping of a file.

    Attributes
    ----------
    place : Place or None
        Where it begins.
    places : dict of str to Place
        Where its keys are.
    items_at : dict of str to Place
        Where the items of lists in it are, as ``"cameras[1]"``.
    """

    def __init__(self, place: Place | None = None) -> None:
        super().__init__()
        self.place = place
        self.places: dict[str, Place] = {}
        self.items_at: dict[str, Place] = {}


def place_in(mapping: object, key: str) -> str:
    """Where a key is, for messages, as " (line 3, column 5)"; "" for mappings that are from no file."""
    place = mapping.places.get(key) if isinstance(mapping, Section) else None
    return "" if place is None else f" ({place})"


def plain(value: Any) -> Any:
    """The same without places: dictionaries and lists of one's own."""
    if isinstance(value, Section):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def word(mapping: object, key: str, default: Any = None) -> Any:
    """A value as it is written, where it is one word: serial numbers and names that look like numbers."""
    if not isinstance(mapping, dict) or mapping.get(key) is None:
        return default
    written = mapping.places[key].text if isinstance(mapping, Section) else None
    return mapping[key] if written is None else written


def switch(value: object) -> object:
    """True or False where people write yes, no, on or off for it."""
    return _SWITCHES.get(value.lower(), value) if isinstance(value, str) else value


def read_yaml(path: str | os.PathLike[str], what: str = "", repeated: list[YamlError] | None = None) -> Any:
    """What a file holds: None, text, numbers, bools, lists, and mappings as :class:`Section`.

    ``what`` is what it should be, for messages that say that it cannot be read.  Keys that are given twice go
    to the list ``repeated``, where there is one, so that they are told with all other mistakes.

    Raises
    ------
    YamlError
        It cannot be read, or used.
    """
    try:
        data = _read(Path(path).expanduser())
    except (OSError, RuntimeError, ValueError) as error:  # also no such user, a NUL in the name
        why = getattr(error, "strerror", None) or error
        raise YamlError(f"cannot read {what}{str(path)[:200]}: {why}") from None
    if len(data) > MOST_BYTES:
        raise YamlError(f"cannot read {what}{path}: it has more than {MOST_BYTES >> 20} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise YamlError(
            f"{path}, line {line}: byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        ) from None
    return parse_yaml(text, str(path), repeated)


def _read(path: Path) -> bytes:
    """As much of a file as is needed to see that it is too large; nothing that could block."""
    descriptor = opened(path, os.O_RDONLY)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("it is not a file")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MOST_BYTES + 1)
    finally:
        os.close(descriptor)


def parse_yaml(text: str, name: str, repeated: list[YamlError] | None = None) -> Any:
    """The same of a text; ``name`` is how messages call it."""
    import yaml

    if len(text) > MOST_BYTES:
        raise YamlError(f"{name} has more than {MOST_BYTES >> 20} MiB")
    builder = _Builder(name, repeated)
    try:
        return builder.document(yaml.parse(text, Loader=yaml.SafeLoader))
    except YamlError:
        raise
    except yaml.YAMLError as error:
        raise YamlError(f"{name} is not YAML: {_problem(error)}") from None
    except (ValueError, OverflowError) as error:  # escapes of characters that there are not, and the like
        raise YamlError(f"{name} is not YAML: {error}") from None


def _problem(error: Any) -> str:
    """What is wrong and where, on one line."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if "'\\t'" in problem:
        problem += "; indent with spaces, not with tabs"
    return problem if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: {problem}"


class _Built(NamedTuple):
    value: Any
    values: int  # in it, with all that aliases repeat
    height: int
    text: str | None = None  # of a plain word
    items_at: Mapping[str, Place] = {}  # of a list: where its items are, as "[0]" and "[0][1]"


class _Builder:
    """Makes values of the events of YAML, which are in order and know where they are."""

    def __init__(self, name: str, repeated: list[YamlError] | None = None) -> None:
        self._name = name
        self._repeated = repeated
        self._anchors: dict[str, _Built] = {}
        self._path: list[str] = []

    def document(self, events: Iterator[Any]) -> Any:
        import yaml

        found: _Built | None = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found is not None:
                    raise self._error(event, "a second document begins; one is read")
                found = self._value(next(events), events, 1)
        return None if found is None else found.value

    def _value(self, event: Any, events: Iterator[Any], depth: int) -> _Built:
        import yaml

        if depth > DEEPEST:
            raise self._error(event, f"more than {DEEPEST} levels deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if event.tag not in _TEXT_TAGS or (event.tag and not isinstance(event, yaml.ScalarEvent)):
            raise self._error(event, f"the tag {_short(event.tag)} is not known here; leave it out")
        if isinstance(event, yaml.ScalarEvent):
            built = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self._list(events, depth)
        else:
            built = self._mapping(event, events, depth)
        if built.values > MOST_VALUES:
            raise self._error(event, f"more than {MOST_VALUES} values, with all that aliases repeat")
        if event.anchor:
            self._anchors[event.anchor] = built
        return built

    def _alias(self, event: Any, depth: int) -> _Built:
        built = self._anchors.get(event.anchor)
        if built is None:
            raise self._error(event, f"*{_short(event.anchor)} stands for nothing before it")
        if depth + built.height > DEEPEST:
            raise self._error(event, f"more than {DEEPEST} levels deep")
        return built

    def _scalar(self, event: Any) -> _Built:
        plain = event.style is None and event.tag is None
        text: str = event.value
        if not plain:
            return _Built(text, 1, 0, text)
        if text in _NOTHING:
            return _Built(None, 1, 0, text)
        if text in _WORDS:
            return _Built(_WORDS[text], 1, 0, text)
        return _Built(self._number(event, text), 1, 0, text)

    def _number(self, event: Any, text: str) -> Any:
        integer, broken = _INTEGER.fullmatch(text), _FLOAT.fullmatch(text)
        if not (integer or broken):
            return text
        if len(text) > LONGEST_NUMBER:
            raise self._error(event, f"a number of {len(text)} digits")
        if integer:
            return int(text, 16 if "x" in text else 10)
        return float(re.sub(r"\.(?=[a-z])", "", text.lower()))

    def _list(self, events: Iterator[Any], depth: int) -> _Built:
        import yaml

        values: list[Any] = []
        items_at: dict[str, Place] = {}
        count = height = 0
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            self._path.append(f"[{len(values)}]")
            built = self._value(event, events, depth + 1)
            self._path.pop()
            item = f"[{len(values)}]"
            items_at[item] = Place(event.start_mark.line + 1, event.start_mark.column + 1, built.text)
            items_at |= {item + rest: place for rest, place in built.items_at.items()}
            values.append(built.value)
            count, height = self._grown(event, count, height, built)
        return _Built(values, count + 1, height + 1, None, items_at)

    def _mapping(self, start: Any, events: Iterator[Any], depth: int) -> _Built:
        import yaml

        section = Section(Place(start.start_mark.line + 1, start.start_mark.column + 1))
        merged: list[Section] = []
        count = height = 0
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, section)
            self._path.append(f".{key}" if self._path else key)
            first = next(events)
            built = self._value(first, events, depth + 1)
            if key == "<<" and event.style is None:
                merged += self._merged(first, built.value)
            else:
                mark = event.start_mark
                section[key] = built.value
                section.places[key] = Place(mark.line + 1, mark.column + 1, built.text)
                section.items_at |= {key + item: place for item, place in built.items_at.items()}
            self._path.pop()
            count, height = self._grown(event, count, height, built)
        for other in merged:
            for key, value in other.items():
                if key not in section:
                    section[key], section.places[key] = value, other.places[key]
        return _Built(section, count + 1, height + 1)

    def _key(self, event: Any, section: Section) -> str:
        import yaml

        if not isinstance(event, yaml.ScalarEvent) or event.tag not in _TEXT_TAGS:
            raise self._error(event, "a key must be a word")
        key: str = event.value
        if not key and event.style is None:
            raise self._error(event, "a key is missing before ':'")
        before = section.places.get(key)
        if before is not None:
            error = self._error(
                event,
                f"{_short(key)!r} is given twice, first in {before}. Remove one; where a new item of a list "
                "is meant, begin it with '- '",
            )
            error.path = f"{error.path}.{key}" if error.path else key
            if self._repeated is None or len(self._repeated) >= MOST_REPEATED:
                raise error
            self._repeated.append(error)
        return key

    def _merged(self, event: Any, value: Any) -> list[Section]:
        found = value if isinstance(value, list) else [value]
        if not all(isinstance(each, Section) for each in found):
            raise self._error(event, "<< takes a mapping, or a list of them")
        return found

    def _grown(self, event: Any, count: int, height: int, built: _Built) -> tuple[int, int]:
        if count + built.values > MOST_VALUES:
            raise self._error(event, f"more than {MOST_VALUES} values, with all that aliases repeat")
        return count + built.values, max(height, built.height)

    def _error(self, event: Any, what: str) -> YamlError:
        mark = event.start_mark
        path = "".join(self._path)
        inside = f", in {_short(path)}" if path else ""
        error = YamlError(f"{self._name}, line {mark.line + 1}, column {mark.column + 1}{inside}: {what}")
        error.place, error.path = Place(mark.line + 1, mark.column + 1), path
        return error


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
