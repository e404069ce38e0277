"""Which program a process belongs to: the process that began it, and every process that it starts."""

from __future__ import annotations

import os

__all__ = ["VARIABLE", "alive", "this_program"]

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
