"""The way to hosts over a Dask cluster: each call is a short task, pinned to the worker of that host.

A worker owns nothing: the task opens the socket of the host process, asks, and returns the answer.  Workers,
the scheduler and the connection may fail and come back between two calls, and also within one: requests can
be repeated.  See ``docs/decisions/0028-hosts.md``.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Any

from llpyspin import __version__
from llpyspin.deadlines import Deadline
from llpyspin.errors import (
    ArgumentError,
    HostTimeoutError,
    HostUnreachableError,
    HostVersionError,
    LlpyspinError,
    RecordingError,
)
from llpyspin.extras import library
from llpyspin.hosts.hostcall import call
from llpyspin.processes.cluster.connecting import check_encrypted, connected

if TYPE_CHECKING:
    from llpyspin.hosts.answers import Answer
    from llpyspin.hosts.envelopes import Request
    from llpyspin.rig.hostconfig import HostsConfig

__all__ = ["DaskWay"]

GRACE_S = 0.5
"""How much longer than the host itself the task may take."""
AGAIN_S = 0.25
TELL_S = 3.0
CLOSE_S = 5.0


class DaskWay:
    """Reaches host processes by the workers of a Dask cluster.

    Parameters
    ----------
    hosts : HostsConfig
        Each with its worker.
    client : distributed.Client, optional
        Stays open.  None: one is made for ``hosts.scheduler``, and made anew where it is lost.

    Raises
    ------
    ArgumentError
        The connection would not be encrypted, or a host has no worker.
    RecordingError, CertificateError, MissingExtraError
        The scheduler cannot be reached, or with these certificates, or Dask is not installed.
    """

    def __init__(self, hosts: HostsConfig, client: Any = None) -> None:
        self._distributed = library("distributed", "a rig over several computers", extra="cluster")
        self._hosts = hosts
        self._lock = threading.Lock()
        self._own = client is None
        for name, host in hosts.hosts.items():
            if not host.worker:
                raise ArgumentError(f"host {name} needs the name of its worker, as worker: rig-{name}")
        if client is not None:
            check_encrypted(client.scheduler.address, insecure=hosts.insecure)
        self._client = self._connected() if client is None else client

    def call(self, host: str, request: Request, deadline_s: float, *, start: bool = False) -> Answer:
        """As :meth:`llpyspin.hosts.ways.Way.call`."""
        deadline, why = Deadline(deadline_s), ""
        place = self._hosts.hosts[host]
        while True:
            left = max(deadline.remaining(), AGAIN_S)
            try:
                told = self._once(place.worker, (__version__, place.process, request, left, start), left)
            except _AwayError as error:
                why = str(error)
                if deadline.passed:
                    raise HostUnreachableError(self._why(host, why), host=host) from error
                time.sleep(min(AGAIN_S, deadline.remaining()))
                continue
            except TimeoutError as error:
                raise HostTimeoutError(
                    self._why(host, f"no answer within {deadline_s:g} s"), host=host
                ) from error
            return _answer(told, host)

    def close(self) -> None:
        """End the connection, if it is ours."""
        if self._own:
            with self._lock, contextlib.suppress(Exception):
                self._client.close(timeout=CLOSE_S)

    # --

    def _once(self, worker: str, arguments: tuple[Any, ...], seconds: float) -> Any:
        """One task, for so long."""
        client = self._living()
        lost = (CancelledError, OSError, self._distributed.scheduler.KilledWorker)
        try:
            future = client.submit(
                _asked,
                *arguments,
                workers=[worker],
                allow_other_workers=False,
                pure=False,
                retries=0,
                key=f"llpyspin-{worker}-{uuid.uuid4().hex}",
            )
        except Exception as error:
            raise _AwayError(f"{type(error).__name__}: {error}") from error
        try:
            return future.result(timeout=seconds + GRACE_S)
        except self._distributed.TimeoutError as error:
            raise TimeoutError from error
        except lost as error:
            raise _AwayError(f"{type(error).__name__}: {error}") from error
        finally:
            with contextlib.suppress(Exception):  # it is over, whatever becomes of the task
                future.cancel()

    def _living(self) -> Any:
        with self._lock:
            if self._own and self._client.status in ("closed", "closing"):
                try:
                    self._client = self._connected()
                except RecordingError as error:
                    raise _AwayError(str(error)) from error
            return self._client

    def _connected(self) -> Any:
        certificates = self._hosts.certificates or None
        return connected(self._hosts.scheduler, insecure=self._hosts.insecure, certificates=certificates)

    def _why(self, host: str, why: str) -> str:
        """What is wrong, as far as the scheduler can tell."""
        wanted = self._hosts.hosts[host].worker
        try:
            told = self._client.sync(self._client.scheduler.identity, callback_timeout=TELL_S)
            names = sorted(str(worker["name"]) for worker in told["workers"].values())
        except Exception as error:  # noqa: BLE001 - whatever a broken connection raises
            return f"host {host} cannot be reached, nor the scheduler ({type(error).__name__}): {why}"
        if wanted not in names:
            there = ", ".join(names) or "none"
            return f"host {host} cannot be reached: no worker is called {wanted!r}. The cluster has {there}"
        return f"host {host} cannot be reached by its worker {wanted}: {why}"


class _AwayError(Exception):
    """The way is broken just now."""


def _answer(told: tuple[str, Answer | None, LlpyspinError | None], host: str) -> Answer:
    theirs, answer, error = told
    if theirs != __version__:
        raise HostVersionError(
            f"the worker of host {host} has llpyspin {theirs}, this program has {__version__}. Install the "
            "same version",
            host=host,
            ours=__version__,
            theirs=theirs,
        )
    if error is not None:
        raise error
    assert answer is not None
    return answer


# -- in the worker


def _asked(
    ours: str, folder: str, request: Request, deadline_s: float, start: bool
) -> tuple[str, Answer | None, LlpyspinError | None]:
    """What the host process of this computer answers; with another version it is not asked."""
    if ours != __version__:
        return __version__, None, None
    try:
        return __version__, call(folder or None, request, deadline_s=deadline_s, start=start), None
    except LlpyspinError as error:
        return __version__, None, error
