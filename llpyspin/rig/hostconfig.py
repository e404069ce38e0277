"""Which computer owns which cameras of a rig, and how they are reached: plain, validated values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.naming.constructors import checked_arguments
from llpyspin.naming.known import did_you_mean, named
from llpyspin.recording.foreign import is_plain_name
from llpyspin.recording.names import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["HOST_KEYS", "HostConfig", "HostsConfig", "hosts_mistakes"]

HOST_KEYS = (
    "scheduler",
    "certificates",
    "insecure",
    "on_host_lost",
    "lost_after_s",
    "orphan_after_s",
    "collect",
)
"""Keys of a rig's file that are only for rigs of several hosts."""

OnHostLost = Literal["continue", "stop"]


@checked_arguments
@named
@dataclass(frozen=True)
class HostConfig:
    """One computer of a rig.

    Attributes
    ----------
    worker : str
        Name of the Dask worker there; "": a host process of this computer.
    folder : str
        Where it writes its recordings, an absolute path there.  "": into the folder of the session, which
        only a host process of this computer can.
    process : str
        Folder of the host process there; "": ``LLPYSPIN_HOST`` there, or the default.
    """

    worker: str = ""
    folder: str = ""
    process: str = ""


@checked_arguments
@named
@dataclass(frozen=True)
class HostsConfig:
    """The computers of a rig.

    Attributes
    ----------
    hosts : mapping of str to HostConfig
    scheduler : str
        Address of the Dask scheduler, as ``tls://server:8786``.
    certificates : str
        A folder of ``llpyspin certificates``; "": those of Dask's configuration.
    insecure : bool
        Whether an open connection to another computer is allowed.
    on_host_lost : {"continue", "stop"}
        What happens to the recordings of the others when one host does not answer any more.
    lost_after_s : float
        Without an answer for so long, a host is lost.
    orphan_after_s : float
        Without word of the controlling program for so long, a host ends a recording without a planned end.
    collect_to : str
        A folder that this computer and all hosts see by this path: ``record()`` copies the files of all hosts
        there, and compares them.  "": they stay where they are.
    """

    hosts: Mapping[str, HostConfig] = field(default_factory=dict)
    scheduler: str = ""
    certificates: str = ""
    insecure: bool = False
    on_host_lost: OnHostLost = "continue"
    lost_after_s: float = 3.0
    orphan_after_s: float = 60.0
    collect_to: str = ""


def hosts_mistakes(rig: Any) -> Iterator[tuple[str, str]]:
    """What is wrong with the hosts of a rig's configuration: the key, and a sentence."""
    given: HostsConfig | None = rig.hosts
    placed = [camera for camera in rig.cameras if camera.host]
    if given is None:
        for camera in placed:
            yield "cameras", f"camera {camera.name} has the host {camera.host!r}, but there are no hosts"
        return
    yield from _of_hosts(given)
    yield from _of_cameras(given.hosts, rig.cameras)
    if rig.sync == "ptp":
        yield "sync", "hosts share pulses over wires: sync must be lines, not ptp"
    if rig.box is not None:
        yield (
            "trigger",
            "a pulse box is of one computer: with hosts, write trigger: external",
        )
    if rig.schedule:
        yield "schedule", "a schedule is for the cameras of one computer: a rig with hosts has none"


def _of_hosts(given: HostsConfig) -> Iterator[tuple[str, str]]:
    if not given.hosts:
        yield "hosts", "hosts needs at least one, as left: {worker: rig-left, folder: /data}"
    names: dict[str, str] = {}
    for name, host in given.hosts.items():
        if (other := names.setdefault(folded(name), name)) != name:
            yield "hosts", f"hosts {other} and {name}: some disks take these names for one"
        if not is_plain_name(name) or name.startswith("."):
            yield "hosts", f"the name of a host is also that of a folder, which {name!r} cannot be"
        if host.worker and not host.folder:
            yield f"hosts.{name}", f"host {name} needs a folder for its recordings, as folder: /data"
        if host.folder and not _is_absolute(host.folder):
            yield f"hosts.{name}", f"host {name}: its folder is an absolute path, not {host.folder!r}"
        if host.worker and not given.scheduler:
            text = f"host {name} has a worker, so the rig needs its scheduler: scheduler: tls://server:8786"
            yield "hosts", text
    if given.collect_to and not _is_absolute(given.collect_to):
        yield "collect", f"collect.to is an absolute path, which all hosts see, not {given.collect_to!r}"
    yield from _twice({name: f"{host.worker}:{host.process}" for name, host in given.hosts.items()})
    if given.scheduler and not any(host.worker for host in given.hosts.values()):
        yield "scheduler", "a scheduler reaches hosts by their workers, and no host has a worker"


def _twice(places: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    first: dict[str, str] = {}
    for name, place in places.items():
        other = first.setdefault(place, name)
        if other != name:
            text = f"hosts {other} and {name} are the same host process. Give each its worker, or its process"
            yield "hosts", text


def _of_cameras(hosts: Mapping[str, HostConfig], cameras: Iterable[Any]) -> Iterator[tuple[str, str]]:
    cameras = list(cameras)
    for camera in cameras:
        if not camera.host:
            yield "cameras", f"camera {camera.name} needs its host, as host: {next(iter(hosts), 'left')}"
        elif camera.host not in hosts:
            near = did_you_mean(camera.host, hosts, f"There are {', '.join(hosts)}")
            yield "cameras", f"camera {camera.name}: there is no host {camera.host!r}. {near}"
        if isinstance(camera.device, int):
            yield "cameras", f"camera {camera.name}: with hosts, cameras are named by their serial numbers"
    for name in hosts:
        if not any(camera.host == name for camera in cameras):
            yield "hosts", f"host {name} has no camera: give it one, or remove it"


def _is_absolute(folder: str) -> bool:
    return PurePosixPath(folder).is_absolute() or PureWindowsPath(folder).is_absolute()
