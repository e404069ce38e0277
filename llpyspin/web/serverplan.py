"""What a server is to do: where it listens, who may look, and how often."""

from __future__ import annotations

import dataclasses
import math
import os
from dataclasses import dataclass
from typing import Any

from llpyspin.errors import ArgumentError, SettingRangeError
from llpyspin.naming.known import did_you_mean
from llpyspin.system.listening import is_address, is_loopback

__all__ = ["LOOPBACK", "ServerPlan", "plan_from"]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""How browsers of this machine call it, also through ``ssh -L``."""
PORT = 8765
RATE = 15.0
FASTEST = 30.0
VIEWERS = 16
MOST_VIEWERS = 64
EDGE = 640
EDGES = (80, 1920)
_EVERY_ADDRESS = ("", "0.0.0.0", "::")


@dataclass(frozen=True)
class ServerPlan:
    """What a server is to do.

    Attributes
    ----------
    host : str
        Address of this machine at which it listens.
    port : int or None
        0: any that is free.  None: 8765, or any that is free where another program has that.
    names : tuple of str
        Names and addresses by which browsers call this machine, besides those of the loopback.
    rate : float
        Pictures per second of each camera at most, above 0 up to 30.
    edge : int
        Longest edge of the pictures, pixels, 80 to 1920.
    viewers : int
        Pages and streams at the same time, 1 to 64.
    certificate, key : str
        Files for TLS, in PEM format; "" without.
    control : bool
        Whether pages can also change settings, prime, trigger and stop.
    folder : str
        Where pages make folders for new sessions; "": in the current folder.

    Raises
    ------
    SettingRangeError
        A number is outside its limits.
    ArgumentError
        The other values do not fit together.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    names: tuple[str, ...] = ()
    rate: float = RATE
    edge: int = EDGE
    viewers: int = VIEWERS
    certificate: str = ""
    key: str = ""
    control: bool = False
    folder: str = ""

    def __post_init__(self) -> None:
        if self.port is not None:
            _check_whole("port", self.port, 0, 65535)
        _check_whole("edge", self.edge, *EDGES)
        _check_whole("viewers", self.viewers, 1, MOST_VIEWERS)
        if not (_is_number(self.rate) and 0 < self.rate <= FASTEST):
            raise SettingRangeError(f"rate must be above 0 and at most {FASTEST:g} Hz, not {self.rate!r}")
        self._check_names()
        self._check_tls()
        self._check_control()

    def _check_names(self) -> None:
        for name in self.names:
            if not name or any(letter in name for letter in "/@ *[]") or _has_port(name):
                raise ArgumentError(
                    f"{name!r} is no name of a machine. Give it as browsers do, without a scheme and a port: "
                    "names=['rig.lab']"
                )
        if self.host in _EVERY_ADDRESS and not self.names:
            raise ArgumentError(
                f"host={self.host!r} listens at every address. Give the names by which browsers call this "
                "machine: names=['rig.lab', '192.168.1.5']"
            )

    def _check_tls(self) -> None:
        if bool(self.certificate) != bool(self.key):
            raise ArgumentError("TLS needs both certificate and key. Give both files, or none")
        for path in filter(None, (self.certificate, self.key)):
            if not os.path.isfile(path):
                raise ArgumentError(f"TLS needs the file {path}, and it does not exist")

    def _check_control(self) -> None:
        if not isinstance(self.control, bool):
            raise ArgumentError(f"control must be True or False, not {self.control!r}")
        if self.folder and not self.control:
            raise ArgumentError("folder is for new sessions of the page, which need control=True")
        if self.folder and not os.path.isdir(self.folder):
            raise ArgumentError(f"new sessions need the folder {self.folder}, and it does not exist")
        if self.control and not (self.local or self.tls):
            raise ArgumentError(
                f"control at host={self.host!r} needs TLS: everybody in the network could read the token and "
                "stop the recording. Give certificate and key, or use host='127.0.0.1' and ssh -L"
            )

    @property
    def local(self) -> bool:
        """Whether only programs of this machine can connect."""
        return is_loopback(self.host)

    @property
    def tls(self) -> bool:
        return bool(self.certificate)

    @property
    def ports(self) -> tuple[int, ...]:
        """Ports to try, in this order."""
        return (PORT, 0) if self.port is None else (self.port,)

    @property
    def hosts(self) -> tuple[str, ...]:
        """All names by which it answers."""
        own = () if self.host in _EVERY_ADDRESS else (self.host,)
        return tuple(dict.fromkeys(name.lower() for name in (*self.names, *own, *LOOPBACK)))

    def url(self, port: int) -> str:
        """Where its page is."""
        name = self.hosts[0]
        shown = f"[{name}]" if is_address(name) and ":" in name else name
        return f"http{'s' if self.tls else ''}://{shown}:{port}/"


def plan_from(options: dict[str, Any]) -> ServerPlan:
    """A plan from the arguments of a user; paths may be path-like.

    Raises
    ------
    ArgumentError
        There is no such argument.
    """
    known = {field.name for field in dataclasses.fields(ServerPlan)}
    for name in options:
        if name not in known:
            near = did_you_mean(name, known, f"There are {', '.join(sorted(known))}")
            raise ArgumentError(f"there is no argument {name!r}. {near}")
    given = {name: value for name, value in options.items() if value is not None}
    for name in ("certificate", "key", "folder"):
        if given.get(name):
            given[name] = os.path.abspath(os.path.expanduser(os.fspath(given[name])))
    if isinstance(given.get("names"), str):
        raise ArgumentError("names must be a list, such as names=['rig.lab']")
    if "names" in given:
        given["names"] = tuple(str(name) for name in given["names"])
    return ServerPlan(**given)


def _check_whole(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise SettingRangeError(f"{name} must be a whole number from {least} to {most}, not {value!r}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _has_port(name: str) -> bool:
    return ":" in name and not is_address(name)
