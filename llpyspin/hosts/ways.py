"""How requests reach the hosts of a rig: what a way promises, and the one to processes of this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llpyspin.hosts.hostcall import call
from llpyspin.recording import collect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llpyspin.hosts.answers import Answer
    from llpyspin.hosts.envelopes import Request

__all__ = ["SocketsWay", "Way"]


class Way(Protocol):
    """Carries requests to hosts by their names.  Several threads may call at once."""

    def call(self, host: str, request: Request, deadline_s: float, *, start: bool = False) -> Answer:
        """Ask a host; blocks until it has answered, for at most ``deadline_s`` and a little.

        ``start``: start its host process if none runs.  The same request may be sent again.

        Raises
        ------
        HostTimeoutError
            It did not answer in time; it may go on.
        HostUnreachableError
            It cannot be reached.
        LlpyspinError
            What went wrong over there.
        """

    def collect(self, host: str, folder: str, to: str) -> bool:
        """Copy the recording in a folder of a host, there: whether the copy is verified.  Blocks as long.

        Raises
        ------
        LlpyspinError
        """

    def close(self) -> None:
        """End the connections; hosts go on."""


class SocketsWay:
    """To host processes of this computer.

    Parameters
    ----------
    folders : mapping of str to str
        The folder of the process of each host; "" is the default.
    """

    def __init__(self, folders: Mapping[str, str]) -> None:
        self._folders = dict(folders)

    def call(self, host: str, request: Request, deadline_s: float, *, start: bool = False) -> Answer:
        """As :meth:`Way.call`."""
        return call(self._folders[host] or None, request, deadline_s=deadline_s, start=start)

    def collect(self, host: str, folder: str, to: str) -> bool:
        """As :meth:`Way.collect`."""
        return collect(folder, to).verified

    def close(self) -> None:
        """There is no connection between calls."""
