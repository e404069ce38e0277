"""Which program a process belongs to: the process that began it, and every process that it starts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["VARIABLE", "alive", "become", "this_program"]

VARIABLE = "LLPYSPIN_PROGRAM"
"""Environment variable that hands the program's name to child processes."""


def this_program() -> str:
    """The name of this program, as ``"1234-5f0c…"``: process id and random digits.

    The first call begins a program, unless this process was started by one: children inherit the name with
    the environment.
    """
    return os.environ.setdefault(VARIABLE, f"{os.getpid()}-{os.urandom(6).hex()}")


def alive(program: str) -> bool:
    """Whether the process that began the program may still be there."""
    pid = program.partition("-")[0]
    if not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def become(path: str, command: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
    """Run another program in the place of this one, with these variables added to the environment.

    It keeps the terminal, the process id and the way in which it ends.

    Raises
    ------
    OSError
        It cannot be started.
    """
    os.execve(path, list(command), {**os.environ, **variables})
