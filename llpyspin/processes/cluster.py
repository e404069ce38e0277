"""The same work on a Dask cluster: a task for each item, which any worker may do, also twice."""

from __future__ import annotations

import ipaddress
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from llpyspin import __version__
from llpyspin.errors import ArgumentError, LlpyspinError, RecordingError
from llpyspin.extras import library
from llpyspin.processes.tasks import Outcome, call

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from llpyspin.processes.tasks import Task

__all__ = ["connected", "on_cluster"]

WHAT = "a Dask cluster"
CONNECT_S = 10.0


class _Worker(NamedTuple):
    """What a worker of the cluster says about itself."""

    version: str
    resources: dict[str, float]


def connected(scheduler: str, *, insecure: bool = False) -> Any:
    """A client of the scheduler at this address, as ``tls://rig-left:8786``.

    Certificates are those of Dask's configuration (``distributed.comm.tls``).

    Raises
    ------
    ArgumentError
        The connection would not be encrypted, it leaves this machine, and ``insecure`` is false.
    RecordingError
        Nobody answers there.
    MissingExtraError
        distributed is not installed.
    """
    scheme, _, place = scheduler.rpartition("://")
    if not insecure and scheme not in ("tls", "wss") and not _is_here(place):
        raise ArgumentError(
            f"the connection to {scheduler} is not encrypted, and whoever reaches its port can run code. Use "
            "tls:// and certificates, or --insecure in a network that you trust"
        )
    distributed = library("distributed", WHAT, extra="cluster")
    try:
        return distributed.Client(scheduler, timeout=CONNECT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise RecordingError(f"no connection to the scheduler {scheduler}: {error}") from error


def _is_here(place: str) -> bool:
    """Whether an address leads to this machine only."""
    host = place.rpartition(":")[0].strip("[]") or place
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def on_cluster(
    task: Task, items: Sequence[str], client: Any, resource: str
) -> Generator[Outcome, None, None]:
    """Work on all items; gives each outcome when it is there.  Whoever ends the iteration cancels the rest.

    Raises
    ------
    RecordingError
        There are no workers, or they have another version of llpyspin.
    """
    distributed = library("distributed", WHAT, extra="cluster")
    needs = _needs(_workers_of(client), resource)
    futures = {
        client.submit(
            _timed, task.function, os.fsencode(item), dict(task.options), pure=False, resources=needs
        ): (place)
        for place, item in enumerate(items)
    }
    try:
        for future in distributed.as_completed(list(futures), loop=client.loop):
            yield _outcome(future, futures[future], items[futures[future]])
    finally:
        client.cancel([future for future in futures if not future.done()])


def _workers_of(client: Any) -> dict[str, _Worker]:
    try:
        told: dict[str, tuple[str, dict[str, float]]] = client.run(_told)
    except Exception as error:
        raise RecordingError(
            f"the workers of the cluster do not answer: {type(error).__name__}: {error}. Each needs the same "
            "llpyspin as this program"
        ) from error
    workers = {address: _Worker(*each) for address, each in told.items()}
    if not workers:
        raise RecordingError("the cluster has no workers. Start some, and run the batch again")
    for address, worker in workers.items():
        if worker.version != __version__:
            raise RecordingError(
                f"the worker {address} has llpyspin {worker.version}, this program has {__version__}. "
                "Install the same version"
            )
    return workers


def _needs(workers: dict[str, _Worker], resource: str) -> dict[str, float] | None:
    """What a task takes; only of workers that declare it: a task would wait forever otherwise."""
    declared = any(worker.resources.get(resource, 0) >= 1 for worker in workers.values())
    return {resource: 1} if declared else None


def _outcome(future: Any, place: int, item: str) -> Outcome:
    try:
        result, error, seconds = future.result()
    except Exception as failure:  # noqa: BLE001 - killed workers, a lost scheduler: each has its own class
        told = RecordingError(f"{item}: the cluster gave it up: {type(failure).__name__}: {failure}")
        return Outcome(place, None, told, 0.0)
    return Outcome(place, result, error, seconds)


# -- in the workers


def _told(dask_worker: Any) -> tuple[str, dict[str, float]]:
    """What a worker says about itself."""
    return __version__, dict(dask_worker.state.total_resources)


def _timed(function: str, path: bytes, options: dict[str, Any]) -> tuple[Any, LlpyspinError | None, float]:
    begun = time.monotonic()
    try:
        result, error = call(function, path, options), None
    except LlpyspinError as failure:
        result, error = None, failure
    return result, error, time.monotonic() - begun
