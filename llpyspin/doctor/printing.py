"""A diagnosis for people: in colours and wrapped in a terminal, one line a sentence in a pipe or a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.text import Text

from llpyspin.tables.sheet import Indented

if TYPE_CHECKING:
    from rich.console import Console

    from llpyspin.doctor.finding import Diagnosis, Finding, Level

__all__ = ["show", "summary"]

_SIGNS: dict[Level, tuple[str, str, str]] = {
    "ok": ("✓", "green", "ok"),
    "note": ("•", "yellow", "note"),
    "problem": ("✗", "bold red", "PROBLEM"),
    "unknown": ("?", "cyan", "unknown"),
}
_WORDS = 9  # columns of the longest word and a space
_SIGN = 2  # columns of a sign and a space
_MARGIN = 2
_WIDEST = 110  # longer lines are hard to read


def show(diagnosis: Diagnosis, console: Console) -> None:
    """Print all findings under their headings, each with its fix, and a summary."""
    for number, (heading, findings) in enumerate(diagnosis.sections.items()):
        if number:
            console.print()
        console.print(Text(heading, style="bold"))
        for finding in findings:
            _one(finding, console)
    console.print()
    console.print(
        Text(summary(diagnosis), style="bold" if diagnosis.ok else "bold red"),
        soft_wrap=not console.is_terminal,
    )


def _one(finding: Finding, console: Console) -> None:
    """A finding, how to fix it, and the commands that do so."""
    unicode = console.encoding.startswith("utf")
    if console.is_terminal:
        sign, style, _ = _SIGNS[finding.level]
        first, columns = Text(sign if unicode else sign_of(finding.level), style), _SIGN
        text, fix = finding.text, Text("→ " if unicode else "> ")
    else:
        first, columns = Text(_SIGNS[finding.level][2]), _WORDS
        text, fix = _in_one_line(finding.text), Text("fix: ")
    margin = _MARGIN + columns
    body = Text(text, "dim" if _minor(finding) and finding.level == "ok" else "")
    _print(console, Indented(body, margin, Text.assemble(" " * _MARGIN, first)))
    if finding.fix:
        said = finding.fix if console.is_terminal else _in_one_line(finding.fix)
        _print(console, Indented(said, margin + fix.cell_len, Text.assemble(" " * margin, fix)))
    for command in finding.commands:  # never wrapped: it is to be copied
        shown = Text(command, "cyan") if console.is_terminal else Text(f"$ {_in_one_line(command)}")
        console.print(Indented(shown, margin + 2), soft_wrap=True)


def _print(console: Console, shown: Indented) -> None:
    if console.is_terminal:
        console.print(shown, width=min(console.width, _WIDEST))
    else:
        console.print(shown, soft_wrap=True)


def _in_one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)


def sign_of(level: Level) -> str:
    """A sign for terminals that have no others."""
    return {"ok": "+", "note": "-", "problem": "!", "unknown": "?"}[level]


def _minor(finding: Finding) -> bool:
    return finding.code == "encoders-absent"


def summary(diagnosis: Diagnosis) -> str:
    """How many problems and notes."""
    counts = [(diagnosis.count("problem"), "problem"), (diagnosis.count("note"), "note")]
    if diagnosis.count("unknown"):
        counts.append((diagnosis.count("unknown"), "thing that could not be looked at"))
    told = ", ".join(f"{_plural(count, what)}" for count, what in counts if count)
    if not told:
        return "All is well."
    return (
        ("No problem found; " if diagnosis.ok else "")
        + told
        + ("." if diagnosis.ok else "; what to do is said below each.")
    )


def _plural(count: int, what: str) -> str:
    if count == 1:
        return f"1 {what}"
    return f"{count} {what.replace('thing', 'things', 1)}" if "thing" in what else f"{count} {what}s"
