"""Brings the files of a session of several hosts together, on a disk that all of them see."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from llpyspin.errors import ArgumentError, LlpyspinError, RecordingError
from llpyspin.recording import collect, merge

if TYPE_CHECKING:
    from llpyspin.hosts.ways import Way
    from llpyspin.recording.session import Session
    from llpyspin.rig.hostconfig import HostsConfig

__all__ = ["collect_hosts"]

logger = logging.getLogger("llpyspin")


def collect_hosts(session: Session | None, hosts: HostsConfig, way: Way, to: str) -> Session:
    """Copy a session and the files of its hosts to ``to``, and make its account anew from them.

    A host that cannot copy its files does not stop the others: what it has stays unknown, or as it was told.

    Raises
    ------
    ArgumentError
        There is no folder to copy to.
    RecordingError
        There is no session, or it cannot be copied.
    """
    if session is None or session.folder is None:
        raise RecordingError("there is no session to collect: record one first")
    if not to:
        raise ArgumentError("there is no folder to collect to: name one, or write collect: {to: /server}")
    target = Path(to) / session.folder.name
    collect(session.folder, to)
    for host in session.hosts:
        given = hosts.hosts.get(host.name)
        if given is None or not given.folder:
            continue  # its files are in the folder of the session
        try:
            if not way.collect(host.name, host.folder, str(target)):
                logger.warning("host %s: the copy in %s is not what its account says", host.name, target)
        except LlpyspinError as error:
            logger.warning("host %s has not copied its files: %s", host.name, error)
    return merge(target)
