"""Tracebacks for users: their own lines and the message, without the frames of this package.

The error itself keeps its whole traceback and its causes, for debuggers and logs.  The environment variable
``LLPYSPIN_TRACEBACK=full`` shows them.
"""

from __future__ import annotations

import copy
import os
import pathlib
import sys
import traceback
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["VARIABLE", "is_ours", "rendered", "shorten_in_scripts", "shortened"]

VARIABLE = "LLPYSPIN_TRACEBACK"
_PACKAGE = str(pathlib.Path(__file__).parents[1]) + os.sep
_NAME = __name__.partition(".")[0]
_LIBRARIES = ("stdlib", "platstdlib", "purelib", "platlib")
_HINT = f"(lines inside llpyspin are left out; {VARIABLE}=full shows them)"


def is_ours(file: str) -> bool:
    """Whether a file of code belongs to this package."""
    return file.startswith(_PACKAGE)


def rendered(error: BaseException) -> list[str]:
    """What IPython and Jupyter show of an error, as lines or blocks of lines."""
    shell: Any = sys.modules["IPython"].get_ipython()
    stand_in, first = _shown(error)
    blocks: list[str] = shell.InteractiveTB.structured_traceback(type(error), stand_in, first)
    return blocks


def shortened(first: TracebackType | None) -> TracebackType | None:
    """A traceback without this package's frames, and without those of libraries that it called."""
    kept: TracebackType | None = None
    for link in reversed(list(_users(first))):
        kept = TracebackType(kept, link.tb_frame, link.tb_lasti, link.tb_lineno)
    return kept


def _users(first: TracebackType | None) -> Iterator[TracebackType]:
    """The links of users' code, and of what called this package."""
    inside = False
    link = first
    while link is not None:
        file = link.tb_frame.f_code.co_filename
        ours = is_ours(file) or _is_generated(link)
        if not ours and not (inside and _is_library(file)):
            yield link
        inside = inside or ours
        link = link.tb_next


def _is_generated(link: TracebackType) -> bool:
    """Whether the code is in no file, and in a module of this package, as ``__init__`` of a dataclass is."""
    frame = link.tb_frame
    module = str(frame.f_globals.get("__name__", ""))
    return frame.f_code.co_filename.startswith("<") and module.partition(".")[0] == _NAME


def _is_library(file: str) -> bool:
    import sysconfig  # not for the processes beside a camera

    paths = sysconfig.get_paths()
    return file.startswith(("<frozen", *(paths[name] + os.sep for name in _LIBRARIES)))


def _full() -> bool:
    return os.environ.get(VARIABLE, "") not in ("", "0")


def _shown(error: BaseException) -> tuple[BaseException, TracebackType | None]:
    """The error and traceback to show: a copy without causes, unless everything is wanted."""
    if _full():
        return error, error.__traceback__
    return copy.copy(error), shortened(error.__traceback__)


def shorten_in_scripts(kind: type[BaseException]) -> None:
    """Have uncaught errors of this class printed so, where nobody else has changed how errors are printed."""
    if sys.excepthook is not sys.__excepthook__:
        return

    def show(cls: type[BaseException], error: BaseException, first: TracebackType | None) -> None:
        if not isinstance(error, kind) or _full() or sys.stderr is None:
            sys.__excepthook__(cls, error, first)
            return
        stand_in, kept = copy.copy(error), shortened(first)
        traceback.print_exception(cls, stand_in, kept)
        if kept is not None:
            print(_HINT, file=sys.stderr)  # noqa: T201 - where Python itself prints

    sys.excepthook = show
