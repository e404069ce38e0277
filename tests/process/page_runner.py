"""Run the Python blocks of one Markdown page, in order, as one session: ``page_runner.py PAGE``.

A block fenced with ``python`` is executed.  A block fenced with ``text`` that follows it directly is what it
prints, "..." standing for anything; an exception is its last line.  The session is an interactive one, so the
``INFO : ...`` lines appear.  Blocks fenced with ``python no-run`` are compiled only.
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


class Block(NamedTuple):
    """One Python block of a page."""

    line: int
    source: str
    run: bool
    expected: str | None


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
        elif words == ["text"] and end >= 0 and not text[end : match.start()].strip():
            found[-1] = found[-1]._replace(expected=match["body"])
            end = -1
    return found


def run(page: pathlib.Path) -> int:
    """Run a page; gives how many blocks were executed.  Raises what a block raises unexpectedly."""
    sys.ps1 = ">>> "  # what tells an interactive session
    names: dict[str, object] = {"__name__": "__main__"}
    cameras = os.environ.get("LLPYSPIN_VIRTUAL", "")
    executed = 0
    for block in blocks(page.read_text(encoding="utf-8")):
        # Blank lines in front: tracebacks then name the line of the page.
        code = compile("\n" * block.line + block.source, str(page), "exec")
        if block.run:
            executed += 1
            _execute(code, block, names, page)
            # A page that goes back to the default cameras goes back to those of this run.
            os.environ.setdefault("LLPYSPIN_VIRTUAL", cameras)
    return executed


def _execute(code: object, block: Block, names: dict[str, object], page: pathlib.Path) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            exec(code, names)  # type: ignore[call-overload]
        except Exception as error:
            if block.expected is None or f"{type(error).__name__}: " not in block.expected:
                raise
            kind = type(error)
            print(f"{kind.__module__}.{kind.__qualname__}: {error}")
    if block.expected is None:
        return
    if not _CHECKER.check_output(block.expected, printed.getvalue(), _FLAGS):
        example = doctest.Example(block.source, block.expected)
        difference = _CHECKER.output_difference(example, printed.getvalue(), _FLAGS)
        raise SystemExit(f"{page}:{block.line}: not what the page says\n{difference}")


if __name__ == "__main__":
    print(run(pathlib.Path(sys.argv[1])))
