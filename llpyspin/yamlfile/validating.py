"""Values that people write, checked against types of msgspec: strictly, and all mistakes at once.

msgspec checks a value and stops at its first mistake.  Here it gets one field at a time, so that each mistake
is found, and has its file, line, column and key, what is allowed, and the nearest name that is known.
What comes from code has the same rules, and no line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin.settings import brief
from llpyspin.yamlfile.complaints import allowed_of, complaint, fields_of, is_switch, native
from llpyspin.yamlfile.hints import hint_of, instead, nearest
from llpyspin.yamlfile.yamlreader import Place, Section, YamlError, plain, switch

__all__ = ["Mistake", "Report", "Scope"]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import msgspec

MOST_TOLD = 50


class Mistake(NamedTuple):
    """One thing that is wrong.

    Attributes
    ----------
    file : str
        What messages call the document; "" of a value in code.
    line, column : int or None
        From 1; None of what is from no file.
    path : str
        The key and those above it: ``cameras[0].exposure``.
    value : object
        The value that is refused.
    allowed : str
        What is allowed instead; "" where the text says it all.
    nearest : str
        The nearest name that is known; "" where there is none.
    text : str
        All of it, for people.
    """

    file: str
    line: int | None
    column: int | None
    path: str
    value: Any
    allowed: str
    nearest: str
    text: str

    def __str__(self) -> str:
        return self.text


class Report:
    """The mistakes in one document."""

    def __init__(self, file: str = "") -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def add(self, mistake: Mistake) -> None:
        self.mistakes.append(mistake)

    def repeated(self, error: YamlError) -> None:
        """Take note of a key that is given twice."""
        line, column = (None, None) if error.place is None else error.place[:2]
        self.add(Mistake(self.file, line, column, error.path, None, "each key once", "", str(error)))

    def __bool__(self) -> bool:
        return bool(self.mistakes)

    def in_order(self) -> tuple[Mistake, ...]:
        """The mistakes as they stand in the document, from top to bottom."""
        return tuple(sorted(self.mistakes, key=lambda mistake: (mistake.line or 0, mistake.column or 0)))

    def __str__(self) -> str:
        texts = [mistake.text for mistake in self.in_order()]
        more = len(texts) - MOST_TOLD
        return "\n".join(texts if more <= 0 else [*texts[:MOST_TOLD], f"... and {more} more mistakes"])


class Scope:
    """One mapping of a document that is checked.

    Parameters
    ----------
    report : Report
        Gets the mistakes.
    given : mapping
    path : str
        Of the mapping, as ``cameras[0]``; "" of the document itself.
    title : str
        How messages call it; by default ``FILE: PATH``.
    """

    def __init__(
        self, report: Report, given: Mapping[str, Any], path: str = "", title: str | None = None
    ) -> None:
        self.report = report
        self.given = given
        self.path = path
        joined = ": ".join(part for part in (report.file, path) if part)
        self.title = joined if title is None else title
        self.label = ""
        """Before the sentence of a mistake, as "camera top: "."""
        self.own_place: Place | None = None
        """Where the mapping itself is, as the one around it knows it."""

    def place(self, key: str = "", item: str = "") -> Place | None:
        """Where a key, or an item of the list that it has, or the mapping itself is; None: in no file."""
        if not isinstance(self.given, Section):
            return self.own_place
        if not key:
            return self.given.place or self.own_place
        return self.given.items_at.get(key + item) or self.given.places.get(key) or self.own_place

    def mistake(
        self,
        sentence: str,
        key: str = "",
        *,
        item: str = "",
        value: Any = None,
        allowed: str = "",
        nearest: str = "",
    ) -> None:
        """Take note of a mistake at a key, or at an item of the list there (as ``"[2]"``)."""
        place = self.place(key, item)
        title = f"{self.title}{_at(place)}: " if self.title or place is not None else ""
        self._add(f"{title}{self.label}{sentence}", place, key + item, value, allowed, nearest)

    def lacks(self, sentence: str, allowed: str) -> None:
        """Take note of something that is not there: ``cameras[1] needs …``."""
        place = self.place()
        self._add(f"{self.title} {sentence}{_at(place)}", place, "", None, allowed, "")

    def _add(self, text: str, place: Place | None, key: str, value: Any, allowed: str, nearest: str) -> None:
        path = ".".join(part for part in (self.path, key) if part)
        line, column = (None, None) if place is None else (place.line, place.column)
        self.report.add(Mistake(self.report.file, line, column, path, plain(value), allowed, nearest, text))

    def inside(self, key: str, given: Mapping[str, Any], item: str = "") -> Scope:
        """A mapping in this one."""
        inner = Scope(self.report, given, ".".join(part for part in (self.path, key) if part) + item)
        inner.own_place = self.place(key, item)
        return inner

    def unknown(
        self,
        known: Iterable[str],
        hints: Mapping[str, str] | None = None,
        what: str = "{!r} is not known",
        beside: Iterable[str] = (),
    ) -> None:
        """Take note of keys that are not known.

        ``hints`` says of some what is meant instead.  What was meant may also be a name ``beside`` the known.
        """
        names = list(known)
        for key in self.given:
            if key in names:
                continue
            near = nearest(str(key), (*names, *beside))
            meant = (hints or {}).get(key)
            told = f"{key!r} is not known here" if meant else what.format(key)
            text = f"{told}; {meant or instead(near, names)}"
            self.mistake(text, str(key), value=key, nearest="" if meant else near)

    def refuse(self, key: str, value: Any, allowed: str, item: str = "", choices: Iterable[str] = ()) -> None:
        """Take note of a value that is not what is allowed; ``choices`` are the words among that."""
        near = nearest(value, choices) if isinstance(value, str) else ""
        hint = f". Did you mean {near!r}?" if near else hint_of(value, self.place(key, item), allowed)
        text = f"{key}{item} must be {allowed}, not {brief(plain(value))}{hint}"
        self.mistake(text, key, item=item, value=value, allowed=allowed, nearest=near)

    def check(self, key: str, value: Any, kind: Any, *, finite: bool = True) -> bool:
        """Whether a value is one of its type; a mistake is reported."""
        found = complaint(value, kind, finite=finite)
        if found is None:
            return True
        self.refuse(key, found.value, found.allowed, found.item, found.choices)
        return False

    def refuse_item(self, key: str, item: str, value: Any, allowed: str) -> None:
        """Take note of an item of a list that is not what is allowed."""
        at = f"{key}{_at(self.place(key))}{item}"
        text = f"{self.title}: {self.label}{at} must be {allowed}, not {brief(plain(value))}"
        self._add(text, self.place(key, item), key + item, value, allowed, "")

    def fields(self, kind: type[msgspec.Struct], *, but: Iterable[str] = ()) -> dict[str, Any]:
        """The values of the known fields of ``kind`` that are given and right, without those in ``but``.

        Fields that must be there and are not are mistakes, too.
        """
        good: dict[str, Any] = {}
        skipped = set(but)
        for field in fields_of(kind):
            name = field.encode_name
            if name in skipped:
                continue
            if name not in self.given:
                if field.required:
                    allowed = allowed_of(field.type)
                    self.lacks(f"needs {name}: {allowed}", allowed)
                continue
            value = self.given[name]
            if self.report.file and is_switch(field.type):  # yes, no, on and off are text in our YAML
                value = switch(value)
            if self.check(name, value, field.type):
                good[name] = native(value)
        return good


def _at(place: Place | None) -> str:
    return "" if place is None else f" ({place})"
