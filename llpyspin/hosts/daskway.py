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
from llpyspin.processes.cluster.connecting import CONNECT_S, check_encrypted, connected
from llpyspin.recording import collect

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.hosts.answers import Answer
    from llpyspin.hosts.envelopes import Request
    from llpyspin.rig.hostconfig import HostsConfig

__all__ = ["DaskWay"]

GRACE_S = 0.5
"""How much longer than the host itself the task may take."""
AGAIN_S = 0.25
TELL_S = 0.3
CLOSE_S = 5.0
COLLECT_S = 86400.0
"""For the copy of a long recording over a network."""
ENDED = ("closed", "closing")


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
        self._turn = threading.Lock()
        self._closed = False
        self._loop: Any = None
        for name, host in hosts.hosts.items():
            if not host.worker:
                raise ArgumentError(f"host {name} needs the name of its worker, as worker: rig-{name}")
        if client is not None:
            check_encrypted(client.scheduler.address, insecure=hosts.insecure)
        self._client = client
        if client is None:
            self._loop = self._distributed.utils.LoopRunner()
            self._loop.start()
            try:
                self._client = self._connected(CONNECT_S)
            except BaseException:
                self._loop.stop()
                raise

    def call(self, host: str, request: Request, deadline_s: float, *, start: bool = False) -> Answer:
        """As :meth:`llpyspin.hosts.ways.Way.call`."""
        place = self._hosts.hosts[host]

        def task(left: float) -> tuple[Any, ...]:
            return (_asked, __version__, place.process, request, left, start)

        answer: Answer = self._done(host, task, deadline_s)
        return answer

    def collect(self, host: str, folder: str, to: str) -> bool:
        """As :meth:`llpyspin.hosts.ways.Way.collect`; a worker that ends is waited for, and goes on."""
        return bool(self._done(host, lambda left: (_collected, __version__, folder, to), COLLECT_S))

    def _done(self, host: str, task: Callable[[float], tuple[Any, ...]], deadline_s: float) -> Any:
        """What a task says that the worker of a host does; it is given anew where the way breaks."""
        deadline = Deadline(deadline_s)
        while True:
            left = max(deadline.remaining(), AGAIN_S)
            try:
                told = self._once(self._hosts.hosts[host].worker, task(left), left)
            except _AwayError as error:
                if self._closed or deadline.remaining() <= AGAIN_S:
                    raise HostUnreachableError(self._why(host, str(error)), host=host) from error
                time.sleep(AGAIN_S)
                continue
            except TimeoutError as error:
                text = self._why(host, f"no answer within {deadline_s:g} s")
                raise HostTimeoutError(text, host=host) from error
            return _answer(told, host)

    def close(self) -> None:
        """End the connection, if it is ours.  Calls fail from then on."""
        with self._turn:
            self._closed = True
            if self._loop is not None:
                self._end_client()
                self._loop.stop()

    # --

    def _once(self, worker: str, task: tuple[Any, ...], seconds: float) -> Any:
        """One task, for so long."""
        deadline = Deadline(seconds)
        client = self._living(deadline)
        lost = (CancelledError, OSError, self._distributed.scheduler.KilledWorker)
        try:
            future = client.submit(
                *task,
                workers=[worker],
                allow_other_workers=False,
                pure=False,
                retries=0,
                key=f"llpyspin-{worker}-{uuid.uuid4().hex}",
            )
        except Exception as error:
            raise _AwayError(f"{type(error).__name__}: {error}") from error
        try:
            return future.result(timeout=max(deadline.remaining(), 0.0) + GRACE_S)
        except self._distributed.TimeoutError as error:
            raise TimeoutError from error
        except lost as error:
            raise _AwayError(f"{type(error).__name__}: {error}") from error
        finally:
            with contextlib.suppress(Exception):  # it is over, whatever becomes of the task
                future.cancel()

    def _living(self, deadline: Deadline) -> Any:
        """The client; one that has ended is made anew by one caller, while the others wait."""
        client = self._client
        if not self._closed and (self._loop is None or client.status not in ENDED):
            return client
        if not self._turn.acquire(timeout=max(deadline.remaining(), 0.0)):
            raise _AwayError("the scheduler does not answer")
        try:
            if self._closed:
                raise _AwayError("the connection is closed")
            if self._client.status in ENDED:
                self._end_client()
                try:
                    self._client = self._connected(max(deadline.remaining(), AGAIN_S))
                except RecordingError as error:
                    raise _AwayError(str(error)) from error
            return self._client
        finally:
            self._turn.release()

    def _connected(self, seconds: float) -> Any:
        hosts = self._hosts
        return connected(
            hosts.scheduler,
            insecure=hosts.insecure,
            certificates=hosts.certificates or None,
            timeout=min(seconds, CONNECT_S),
            loop=self._loop.loop,
        )

    def _end_client(self) -> None:
        with contextlib.suppress(Exception):  # whatever a broken connection raises, it is not needed any more
            self._client.close(timeout=CLOSE_S)

    def _why(self, host: str, why: str) -> str:
        """What is wrong, as far as the scheduler can tell at once."""
        wanted, client = self._hosts.hosts[host].worker, self._client
        nobody = f"host {host} cannot be reached, nor the scheduler: {why}"
        if self._closed or client.status in ENDED:
            return nobody
        try:
            told = client.sync(client.scheduler.identity, callback_timeout=TELL_S)
            names = sorted(str(worker["name"]) for worker in told["workers"].values())
        except Exception:  # noqa: BLE001 - whatever a broken connection raises
            return nobody
        if wanted not in names:
            there = ", ".join(names) or "none"
            return f"host {host} cannot be reached: no worker is called {wanted!r}. The cluster has {there}"
        return f"host {host} cannot be reached by its worker {wanted}: {why}"


class _AwayError(Exception):
    """The way is broken just now."""


def _answer(told: tuple[str, Any, LlpyspinError | None], host: str) -> Any:
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


def _collected(ours: str, folder: str, to: str) -> tuple[str, bool, LlpyspinError | None]:
    """Whether the copy of a recording of this computer is verified."""
    if ours != __version__:
        return __version__, False, None
    try:
        return __version__, collect(folder, to).verified, None
    except LlpyspinError as error:
        return __version__, False, error
