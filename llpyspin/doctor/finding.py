"""What the doctor found: one sentence each, how bad it is, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.naming.known import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LEVELS", "Diagnosis", "Finding", "Level", "fine", "note", "problem", "unknown"]

Level = Literal["ok", "note", "problem", "unknown"]
LEVELS: tuple[Level, ...] = ("ok", "note", "problem", "unknown")


@named
@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    code : str
        Which kind of finding it is; the same in every version, for programs that read them.
    level : {"ok", "note", "problem", "unknown"}
        ``"note"``: worth knowing, nothing fails for it now.  ``"unknown"``: it could not be looked at.
    text : str
        A sentence or two for people.
    fix : str
        What to do, "" where there is nothing to do.
    commands : tuple of str
        What to type for that, in this order.
    data : mapping
        The figures behind the text, as JSON takes them; units are in the names.
    """

    code: str
    level: Level
    text: str
    fix: str = ""
    commands: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


def fine(code: str, text: str, **data: Any) -> Finding:
    """All is well."""
    return Finding(code, "ok", text, data=data)


def note(code: str, text: str, fix: str = "", commands: Iterable[str] = (), **data: Any) -> Finding:
    """Worth knowing."""
    return Finding(code, "note", text, fix, tuple(commands), data)


def problem(code: str, text: str, fix: str, commands: Iterable[str] = (), **data: Any) -> Finding:
    """Something fails or will fail because of it."""
    return Finding(code, "problem", text, fix, tuple(commands), data)


def unknown(code: str, text: str, fix: str = "", commands: Iterable[str] = (), **data: Any) -> Finding:
    """It could not be looked at."""
    return Finding(code, "unknown", text, fix, tuple(commands), data)


@named
@dataclass(frozen=True)
class Diagnosis:
    """All findings, in sections.

    Attributes
    ----------
    sections : mapping of str to tuple of Finding
        By heading, in the order in which they are shown.
    facts : mapping
        What was read and measured, for a report; as JSON takes it.
    """

    sections: Mapping[str, tuple[Finding, ...]]
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(finding for section in self.sections.values() for finding in section)

    def count(self, level: Level) -> int:
        """How many findings are of this level."""
        return sum(finding.level == level for finding in self.findings)

    @property
    def ok(self) -> bool:
        """Whether no problem was found."""
        return not self.count("problem")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, as JSON takes them."""
        return {
            "ok": self.ok,
            "counts": {level: self.count(level) for level in LEVELS},
            "findings": [
                {"section": name, **asdict(each)}
                for name, section in self.sections.items()
                for each in section
            ],
        }
