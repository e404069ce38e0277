"""``open_rig``: the rig of a YAML file, on this computer or over several hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llpyspin.errors import ArgumentError
from llpyspin.hosts.rigoverhosts import RigOverHosts
from llpyspin.hosts.ways import SocketsWay
from llpyspin.rig.config import RigConfig
from llpyspin.rig.parsing import load_config
from llpyspin.rig.rig import Rig

if TYPE_CHECKING:
    import os

    from llpyspin.hosts.ways import Way

__all__ = ["open_rig"]


def open_rig(
    config: str | os.PathLike[str] | RigConfig,
    *,
    client: Any = None,
    attach: str | os.PathLike[str] | None = None,
) -> Rig | RigOverHosts:
    """Open the rig of a YAML file: a :class:`~llpyspin.rig.Rig`, or with ``hosts`` a :class:`RigOverHosts`.

    Blocks some seconds.

    Parameters
    ----------
    config : path-like or RigConfig
    client : distributed.Client, optional
        Reaches the workers of the hosts; by default one is made for ``scheduler``, and closed with the rig.
    attach : path-like, optional
        Folder of a session that goes on: take it over from a program that has ended.

    Raises
    ------
    RigConfigError
        The description of the rig has a mistake.
    RigError
        Some cameras or hosts could not be opened; the others are closed again.
    RecordingError
        With ``attach``: the session has ended, or another program has it.
    """
    read = config if isinstance(config, RigConfig) else load_config(config)
    if read.hosts is not None:
        return RigOverHosts(read, _way(read, client), attach=attach)
    for name, given in (("client", client), ("attach", attach)):
        if given is not None:
            raise ArgumentError(f"{name} is for a rig of several hosts, and this one names no hosts")
    return Rig(read)


def _way(config: RigConfig, client: Any) -> Way:
    hosts = config.hosts
    assert hosts is not None
    if client is None and not hosts.scheduler:
        return SocketsWay({name: host.process for name, host in hosts.hosts.items()})
    from llpyspin.hosts.daskway import DaskWay  # only who needs it has Dask

    return DaskWay(hosts, client)
