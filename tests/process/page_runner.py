"""Run the Python blocks of one Markdown page, in order, as one session: ``page_runner.py [--update] PAGE``.

A block fenced with ``python`` is executed.  A block fenced with ``text`` that follows it directly is what it
prints; an exception is its last line.  In ``text like`` the numbers may be others, as with a rate that was
measured.  "..." stands for anything.  The session is an interactive one; a page that shows none of its
``INFO : ...`` lines need not have them, nor those of the progress.  Blocks fenced with ``python no-run`` are
compiled only.

With ``--update`` the page gets what its blocks print, where that is not what it shows.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import pathlib
import re
import sys
from typing import NamedTuple

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_CHECKER = doctest.OutputChecker()
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
_INFO = re.compile(r"^(INFO : |recording: |writing: |calibration: ).*\n?", re.MULTILINE)
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")
_RULE = re.compile(r"([^\w\s.])\1{3,}")
_WHERE = re.compile(r"lost \([^)]*\)")
HOME = "/home/anna/data"
"""Where readers see the files of a page; it runs in a folder that is there for the test only."""


class Block(NamedTuple):
    """One Python block of a page."""

    line: int
    source: str
    run: bool
    expected: str | None
    like: bool = False
    """Whether it may print other numbers than the page shows."""
    span: tuple[int, int] = (0, 0)
    """Where on the page the output stands that it shows."""


def blocks(text: str) -> list[Block]:
    """The Python blocks of a page, each with what it is said to print."""
    found: list[Block] = []
    end = -1
    for match in _FENCE.finditer(text):
        words = match["info"].split()
        line = text.count("\n", 0, match.start()) + 1
        if words[:1] == ["python"]:
            found.append(Block(line, match["body"], words[1:] != ["no-run"], None))
            end = match.end()
        elif words[:1] == ["text"] and end >= 0 and not text[end : match.start()].strip():
            shown = {"expected": match["body"], "like": words[1:] == ["like"], "span": match.span("body")}
            found[-1] = found[-1]._replace(**shown)
            end = -1
    return found


def same(block: Block, printed: str) -> bool:
    """Whether a block prints what the page shows."""
    expected = block.expected or ""
    if block.like:
        expected, printed = _without_numbers(expected), _without_numbers(printed)
    return _CHECKER.check_output(expected, printed, _FLAGS)


def _without_numbers(text: str) -> str:
    """The text with a mark in the place of each number, rules equally long, and no places of lost frames."""
    return _NUMBER.sub("#", _WHERE.sub("lost (#)", _RULE.sub(r"\1\1\1", text)))


def run(page: pathlib.Path, update: bool = False) -> int:
    """Run a page; gives how many blocks were executed.  Raises what a block raises unexpectedly."""
    sys.ps1 = ">>> "  # what tells an interactive session
    names: dict[str, object] = {"__name__": "__main__"}
    cameras = os.environ.get("LLPYSPIN_VIRTUAL", "")
    text = page.read_text(encoding="utf-8")
    done: list[tuple[Block, str]] = []
    for block in blocks(text):
        # Blank lines in front: tracebacks then name the line of the page.
        code = compile("\n" * block.line + block.source, str(page), "exec")
        if block.run:
            done.append((block, _execute(code, block, names)))
            if not update:
                _compare(page, *done[-1])
            # A page that goes back to the default cameras goes back to those of this run.
            os.environ.setdefault("LLPYSPIN_VIRTUAL", cameras)
    if update:
        page.write_text(_updated(text, done), encoding="utf-8")
    return len(done)


def _execute(code: object, block: Block, names: dict[str, object]) -> str:
    """Execute a block; gives what it printed, as a reader of the page would see it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            exec(code, names)  # type: ignore[call-overload]
        except Exception as error:
            if block.expected is None or f"{type(error).__name__}: " not in block.expected:
                raise
            kind = type(error)
            print(f"{kind.__module__}.{kind.__qualname__}: {error}")
    printed = out.getvalue().replace(os.getcwd(), HOME)
    shows_log = block.expected is not None and _INFO.search(block.expected)
    return printed if shows_log else _INFO.sub("", printed)


def _compare(page: pathlib.Path, block: Block, printed: str) -> None:
    if block.expected is not None and not same(block, printed):
        example = doctest.Example(block.source, block.expected)
        difference = _CHECKER.output_difference(example, printed, _FLAGS)
        raise SystemExit(f"{page}:{block.line}: not what the page says\n{difference}")


def _updated(text: str, done: list[tuple[Block, str]]) -> str:
    """The page with what its blocks printed."""
    for block, printed in reversed(done):
        if block.expected is not None and (not same(block, printed) or "..." in block.expected):
            start, end = block.span
            text = text[:start] + printed.rstrip("\n") + "\n" + text[end:]
    return text


if __name__ == "__main__":
    arguments = sys.argv[1:]
    print(run(pathlib.Path(arguments[-1]).resolve(), update="--update" in arguments))
