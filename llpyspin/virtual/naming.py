"""Names of worlds: a named world is shared, every other one belongs to one program."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any, NamedTuple

from llpyspin.system.programs import this_program
from llpyspin.system.users import this_user

__all__ = ["PROGRAMS", "VARIABLE", "WorldName", "name_of_world", "program_of"]

VARIABLE = "LLPYSPIN_WORLD"
"""Environment variable: name of the world where the configuration has none."""
PROGRAMS = "program-"
"""Worlds of one program begin with this."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,32}")


class WorldName(NamedTuple):
    """A world's name among all worlds of this computer.

    Attributes
    ----------
    full : str
    given : str
        As the user gave it; "" for a world of one program.
    """

    full: str
    given: str


def name_of_world(given: Any, identity: str, where: str) -> WorldName:
    """The name that the configuration has, else that of ``LLPYSPIN_WORLD``, else one of this program's own.

    Parameters
    ----------
    given : str or None
        From the configuration.
    identity : str
        What tells this configuration from others of the same program.
    where : str
        The configuration, for errors.

    Raises
    ------
    ValueError
        The name is not allowed.
    """
    if given is None and os.environ.get(VARIABLE, ""):
        given, where = os.environ[VARIABLE], VARIABLE
    if given is None:
        digest = hashlib.sha256(f"{this_user()} {identity}".encode()).hexdigest()[:8]
        return WorldName(f"{PROGRAMS}{this_program()}.{digest}", "")
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise ValueError(
            f"{where}: world must be a short name of letters, digits, '_', '.', '-'; not {given!r}"
        )
    return WorldName(f"{this_user()}.{given}", given)


def program_of(name: str) -> str:
    """The program that has the world of this full name for itself; "" for a named world."""
    return name.removeprefix(PROGRAMS).rpartition(".")[0] if name.startswith(PROGRAMS) else ""
