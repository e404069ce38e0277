"""Computers of a lab as network namespaces of this one: each has a link to a bridge, which can be cut."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["HostNetwork", "why_no_network"]


def why_no_network() -> str:
    """Why there can be no namespaces; "" if there can."""
    if shutil.which("ip") is None:
        return "namespaces need the command ip"
    return "" if os.geteuid() == 0 else "namespaces need root"


class HostNetwork:
    """Namespaces by the names of hosts, and the bridge; gone with :meth:`end`.

    Attributes
    ----------
    bridge : str
        Address of this program in the network.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        number = os.getpid() % 250 + 1
        self._prefix, self._net = f"lh{number}", f"10.77.{number}"
        self.bridge = f"{self._net}.1"
        self._hosts = list(hosts)
        self.end()  # what a killed test has left
        _ip("link", "add", self._prefix, "type", "bridge")
        _ip("addr", "add", f"{self.bridge}/24", "dev", self._prefix)
        _ip("link", "set", self._prefix, "up")
        for host in self._hosts:
            space, end = self.namespace(host), self._end(host)
            _ip("netns", "add", space)
            _ip("link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", end, "master", self._prefix, "up")
            _ip("-n", space, "addr", "add", f"{self.address(host)}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "link", "set", "lo", "up")

    def namespace(self, host: str) -> str:
        return f"{self._prefix}-{host}"

    def address(self, host: str) -> str:
        return f"{self._net}.{self._hosts.index(host) + 2}"

    def cut(self, host: str) -> None:
        """Take the cable out."""
        _ip("link", "set", self._end(host), "down")

    def mend(self, host: str) -> None:
        """Put it in again."""
        _ip("link", "set", self._end(host), "up")

    def end(self) -> None:
        for host in self._hosts:
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip("netns", "del", self.namespace(host))
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "del", self._prefix)

    def _end(self, host: str) -> str:
        return f"{self._prefix}v{self._hosts.index(host)}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)
