"""A diagnosis for people: in colours and wrapped in a terminal, one line a sentence in a pipe or a file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

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
_INDENT = 4
_WIDEST = 110  # longer lines are hard to read


def show(diagnosis: Diagnosis, console: Console) -> None:
    """Print all findings under their headings, each with its fix, and a summary."""
    for number, (heading, findings) in enumerate(diagnosis.sections.items()):
        if number:
            console.print()
        console.print(Text(heading, style="bold"))
        for finding in findings:
            if console.is_terminal:
                _in_terminal(finding, console)
            else:
                _plain(finding, console)
    console.print()
    console.print(
        Text(summary(diagnosis), style="bold" if diagnosis.ok else "bold red"),
        soft_wrap=not console.is_terminal,
    )


def _in_terminal(finding: Finding, console: Console) -> None:
    sign, style, _ = _SIGNS[finding.level]
    width = min(console.width, _WIDEST)
    body = Text(finding.text, style="" if finding.level != "ok" else "dim" if _minor(finding) else "")
    rows = Table.grid(padding=(0, 1))
    rows.add_column(width=1)
    rows.add_column(overflow="fold")
    unicode = console.encoding.startswith("utf")
    rows.add_row(Text(sign if unicode else sign_of(finding.level), style=style), body)
    if finding.fix:
        fix = Table.grid(padding=(0, 1))
        fix.add_row(Text("→" if unicode else ">"), Text(finding.fix))
        rows.add_row("", fix)
    console.print(Padding(rows, (0, 0, 0, 2)), width=width)
    for command in finding.commands:  # never wrapped: it is to be copied
        console.print(Text(" " * (_INDENT + 2) + command, style="cyan"), soft_wrap=True)


def sign_of(level: Level) -> str:
    """A sign for terminals that have no others."""
    return {"ok": "+", "note": "-", "problem": "!", "unknown": "?"}[level]


def _minor(finding: Finding) -> bool:
    return finding.code == "encoders-absent"


def _plain(finding: Finding, console: Console) -> None:
    word = _SIGNS[finding.level][2]
    lines = [f"  {word:<{_WORDS}}{finding.text}"]
    if finding.fix:
        lines.append(f"  {'':<{_WORDS}}fix: {finding.fix}")
    lines += [f"  {'':<{_WORDS}}  $ {command}" for command in finding.commands]
    for line in lines:
        console.print(Text(re.sub(r"\s*\n\s*", " ", line)), soft_wrap=True)


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
