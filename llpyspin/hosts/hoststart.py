"""Starts a host process that goes on when this program, its terminal and its login have ended."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llpyspin.errors import HostUnreachableError
from llpyspin.hosts.hostfolder import log_of
from llpyspin.processes.childpython import child_command
from llpyspin.system.children import LEAVE_PARENT, Child
from llpyspin.system.locks import lock, unlock
from llpyspin.system.privatefolders import NotPrivate, PrivateFolder
from llpyspin.system.programs import VARIABLE as PROGRAM

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Start"]

_LOCK = "start"
LEFT_S = 20.0
"""For the first lines of the process, on a busy machine."""

_BOOT = f"""\
{LEAVE_PARENT}
import importlib, os
os.environ.pop("{PROGRAM}", None)
importlib.import_module("llpyspin.hosts.hostmain").main(sys.argv[1])
"""
# It is a program of its own, and not a child of the one that has called first.


class Start:
    """The start of a host process, by one program at a time: no spare one may come late, when it is ended.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = -1

    def is_mine(self) -> bool:
        """Whether this program is the one that may start it; else another one does.

        Raises
        ------
        HostUnreachableError
            The folder cannot be used.
        """
        private = _private(self._folder)
        try:
            opened = private.opened(_LOCK, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise HostUnreachableError(f"{self._folder / _LOCK}: {error}", host=str(self._folder)) from error
        finally:
            private.close()
        if lock(opened):
            self._lock = opened
            return True
        os.close(opened)
        return False

    def end(self) -> None:
        """Let others start one.  Calling it twice is fine."""
        opened, self._lock = self._lock, -1
        if opened >= 0:
            unlock(opened)
            os.close(opened)

    def begin(self) -> None:
        """Start one, in a session of its own; it makes its door as soon as it can.

        Raises
        ------
        HostUnreachableError
            No process can be started.
        """
        _start_process(self._folder)


def _private(folder: Path) -> PrivateFolder:
    try:
        return PrivateFolder(folder)
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


def _start_process(folder: Path) -> None:
    try:
        with log_of(folder).open("ab") as log:
            child = Child(child_command(_BOOT, str(folder)), output=log, errors=log)
    except OSError as error:
        raise HostUnreachableError(
            f"a host process cannot be started in {folder}: {error}", host=str(folder)
        ) from error
    if not child.ended(LEFT_S):
        child.kill()
        child.ended(LEFT_S)
