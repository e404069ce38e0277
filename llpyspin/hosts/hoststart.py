"""Starts a host process that goes on when this program, its terminal and its login have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.errors import HostUnreachableError
from llpyspin.hosts.hostfolder import log_of
from llpyspin.processes.childpython import child_command
from llpyspin.system.children import LEAVE_PARENT, Child
from llpyspin.system.privatefolders import NotPrivate, PrivateFolder
from llpyspin.system.programs import VARIABLE as PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["start_process"]

LEFT_S = 20.0
"""For the first lines of the process, on a busy machine."""

_BOOT = f"""\
{LEAVE_PARENT}
import importlib, os
os.environ.pop("{PROGRAM}", None)
importlib.import_module("llpyspin.hosts.hostmain").main(sys.argv[1])
"""
# It is a program of its own, and not a child of the one that has called first.


def start_process(folder: Path) -> None:
    """Start one, in a session of its own; it makes its door as soon as it can.

    Where several are started at once, all but one end again.

    Raises
    ------
    HostUnreachableError
        The folder cannot be used, or no process can be started.
    """
    try:
        PrivateFolder(folder).close()
        with log_of(folder).open("ab") as log:
            child = Child(child_command(_BOOT, str(folder)), output=log, errors=log)
    except NotPrivate as error:
        raise HostUnreachableError(
            f"a host process cannot use {folder}, because {error}. Its folder must be yours alone: "
            f"chmod 700 {folder}",
            host=str(folder),
        ) from error
    except OSError as error:
        raise HostUnreachableError(
            f"a host process cannot be started in {folder}: {error}", host=str(folder)
        ) from error
    if not child.ended(LEFT_S):
        child.kill()
        child.ended(LEFT_S)
