"""Variables that a file of shell assignments sets (/etc/default/grub is one), as far as reading can tell.

Nothing is run. Plain assignments are understood, quoted in any way, with ``$NAME`` and ``${NAME}`` in them.
What only a shell could tell, as the output of a command, is the character `UNKNOWN` in the value; nothing is
guessed.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["UNKNOWN", "Assignment", "assignments", "evaluate"]

UNKNOWN = "\0"
"""Stands in a value for text that may be anything, or nothing; no shell variable can hold it."""

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)=")
_EXPANSION = re.compile(r"\$(?:([A-Za-z_][A-Za-z_0-9]*)|\{([A-Za-z_][A-Za-z_0-9]*)\})")
_READS_OTHERS = re.compile(r"(^|[;&|({\s])(\.|source|eval)\s", re.MULTILINE)
_ENDS = "\n;&|"
_OPERATORS = "&|()<>"


@dataclasses.dataclass(frozen=True)
class Assignment:
    """``NAME=value`` in a text.

    Attributes
    ----------
    name : str
    start, end : int
        Where the value stands in the text, quotes and all.
    pieces : tuple of (bool, str)
        ``(False, text)`` and ``(True, variable)``, to be put together.
    """

    name: str
    start: int
    end: int
    pieces: tuple[tuple[bool, str], ...]


def evaluate(text: str, variables: dict[str, str]) -> dict[str, str]:
    """The variables after a shell that had these has read the file."""
    after = dict(variables)
    for command in _commands(text):
        found = _assignments_of(text, command)
        if found is None:
            return _doubted(text[command[0].start :], after)
        for assignment in found:
            after[assignment.name] = "".join(
                after.get(what, "") if named else what for named, what in assignment.pieces
            )
    return after


def assignments(text: str) -> list[Assignment]:
    """The assignments that a shell would surely make, up to the first command that is something else."""
    surely: list[Assignment] = []
    for command in _commands(text):
        found = _assignments_of(text, command)
        if found is None:
            break
        surely += found
    return surely


def _doubted(rest: str, variables: dict[str, str]) -> dict[str, str]:
    """Where more than assignments is done, whatever the rest of the file names may be worth anything."""
    named = set(re.findall(r"[A-Za-z_][A-Za-z_0-9]*", rest)) | {
        match[1] for match in _ASSIGNMENT.finditer(rest)
    }
    anything = _READS_OTHERS.search(rest) is not None
    doubted = {match[1]: UNKNOWN for match in _ASSIGNMENT.finditer(rest)}
    return {
        name: UNKNOWN if anything or name in named else value for name, value in variables.items()
    } | doubted


# words and commands


@dataclasses.dataclass(frozen=True)
class _Word:
    start: int
    end: int
    pieces: tuple[tuple[bool, str], ...]


def _assignments_of(text: str, command: list[_Word]) -> list[Assignment] | None:
    """The assignments of a command; None if it does anything else."""
    exported = text[command[0].start : command[0].end] == "export"
    found: list[Assignment] = []
    for word in command[exported:]:
        match = _ASSIGNMENT.match(text, word.start, word.end)
        if match is None:
            if exported and re.fullmatch(r"[A-Za-z_]\w*", text[word.start : word.end]):
                continue
            return None
        pieces = _without_name(word.pieces, match[0])
        if exported and any(named for named, _ in pieces):
            return None  # some shells split the value into words here
        found.append(Assignment(match[1], match.end(), word.end, pieces))
    return found


def _without_name(pieces: tuple[tuple[bool, str], ...], head: str) -> tuple[tuple[bool, str], ...]:
    first = pieces[0][1].removeprefix(head)
    return (((False, first),) if first else ()) + pieces[1:]


def _commands(text: str) -> Iterator[list[_Word]]:
    """The commands of a text, as words."""
    words: list[_Word] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if text.startswith("\\\n", at):
            at += 2
        elif sign in " \t":
            at += 1
        elif sign == "#":
            at = _after(text, "\n", at) - 1
        elif sign in "\n;":
            if words:
                yield words
            words = []
            at += 1
        elif sign in _OPERATORS:
            words.append(_Word(at, at + 1, ((False, UNKNOWN),)))
            at += 1
        else:
            words.append(_word(text, at))
            at = words[-1].end
    if words:
        yield words


def _after(text: str, sign: str, at: int) -> int:
    """Behind the next such sign; behind a newline that is not there, at the end of the text."""
    found = text.find(sign, at)
    return len(text) + 1 if found < 0 else found + 1


def _word(text: str, start: int) -> _Word:
    pieces: list[tuple[bool, str]] = []
    at = start
    while at < len(text) and text[at] not in " \t\n;" + _OPERATORS:
        new, at = _unquoted(text, at)
        for piece in new:
            if pieces and not piece[0] and not pieces[-1][0]:
                pieces[-1] = (False, pieces[-1][1] + piece[1])
            else:
                pieces.append(piece)
    return _Word(start, min(at, len(text)), tuple(pieces) or ((False, ""),))


_Pieces = list[tuple[bool, str]]


def _unquoted(text: str, at: int) -> tuple[_Pieces, int]:
    """The next pieces of a word outside of quotes, and where they end."""
    sign = text[at]
    if sign == "'":
        end = text.find("'", at + 1)
        return ([(False, UNKNOWN)], len(text)) if end < 0 else ([(False, text[at + 1 : end])], end + 1)
    if sign == '"':
        return _double_quoted(text, at)
    if sign == "\\":
        following = text[at + 1 : at + 2]
        return [(False, "" if following == "\n" else following or UNKNOWN)], at + 2
    if sign in "$`":
        return _computed(text, at)
    return [(False, UNKNOWN if sign == "~" else sign)], at + 1


def _double_quoted(text: str, start: int) -> tuple[_Pieces, int]:
    pieces: _Pieces = []
    at = start + 1
    while at < len(text):
        sign = text[at]
        if sign == '"':
            return pieces or [(False, "")], at + 1
        if sign == "\\":
            following = text[at + 1 : at + 2]
            pieces.append(
                (False, "" if following == "\n" else following if following in '$`"\\' else sign + following)
            )
            at += 2
        elif sign in "$`":
            new, at = _computed(text, at)
            pieces += new
        else:
            pieces.append((False, sign))
            at += 1
    return [(False, UNKNOWN)], len(text)


def _computed(text: str, at: int) -> tuple[_Pieces, int]:
    """A variable, or something that only a shell can tell."""
    if text[at] == "`":
        end = at + 1
        while end < len(text) and text[end] != "`":
            end += 2 if text[end] == "\\" else 1
        return [(False, UNKNOWN)], end + 1
    match = _EXPANSION.match(text, at)
    if match:
        return [(True, match[1] or match[2])], match.end()
    if text[at + 1 : at + 2] in ("(", "{"):
        return [(False, UNKNOWN)], _behind_bracket(text, at + 1)
    if text[at + 1 : at + 2] in ("", " ", "\t", "\n", '"', "'"):
        return [(False, "$")], at + 1
    return [(False, UNKNOWN)], at + 2


def _behind_bracket(text: str, at: int) -> int:
    """Behind the bracket that closes this one; quotes in between may hold any."""
    opening, closing = text[at], {"(": ")", "{": "}"}[text[at]]
    depth = 0
    while at < len(text):
        sign = text[at]
        if sign == "'":
            at = _after(text, "'", at + 1)
            continue
        if sign == '"':
            _, at = _double_quoted(text, at)
            continue
        if sign == "\\":
            at += 2
            continue
        depth += (sign == opening) - (sign == closing)
        at += 1
        if depth == 0:
            return at
    return len(text)
