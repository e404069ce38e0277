"""The command line with which every child process is started.

A child imports from where its parent does, and from nowhere else.  ``python -c`` puts the working directory
first, and a ``json.py`` in there would be taken for the library's.
"""

from __future__ import annotations

import os
import sys

__all__ = ["child_command"]


def child_command(code: str, *arguments: str) -> list[str]:
    """The command line of a child Python that runs `code`, with ``sys.argv[1:]`` as given.

    It works where the working directory is gone.  CPython 3.13 looks for that directory whenever a module
    lacks an attribute, unless the path is safe (``-P``), and fails with ``SystemError`` if there is none.
    """
    return [sys.executable, *_flags(), "-c", f"import sys\nsys.path[:] = {_path()!r}\n{code}", *arguments]


def _flags() -> list[str]:
    """What keeps the parent from importing the wrong things, and so has to keep the child from it."""
    given = ["-E"] if sys.flags.ignore_environment else []
    if sys.flags.no_user_site:
        given.append("-s")
    if sys.version_info >= (3, 11):
        given.append("-P")
    return given


def _path() -> list[str]:
    """``sys.path`` for the child, with "" as the directory that it means now, if there still is one."""
    entries = [entry for entry in sys.path if isinstance(entry, str)]
    if "" not in entries:
        return entries
    try:
        here = os.getcwd()
    except OSError:
        return [entry for entry in entries if entry]
    return [entry or here for entry in entries]
