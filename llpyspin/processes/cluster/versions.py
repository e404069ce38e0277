"""Which llpyspin the workers of a cluster have: the same as this program, or nothing begins."""

from __future__ import annotations

from typing import Any, NamedTuple

from llpyspin import __version__
from llpyspin.errors import RecordingError

__all__ = ["Worker", "check_version", "workers_of"]


class Worker(NamedTuple):
    """What a worker of the cluster says about itself."""

    version: str
    resources: dict[str, float]


def workers_of(client: Any) -> dict[str, Worker]:
    """All workers of a cluster by address.

    Raises
    ------
    RecordingError
        There are none, they do not answer, or they have another version of llpyspin.
    """
    try:
        told: dict[str, tuple[str, dict[str, float]]] = client.run(_told)
    except Exception as error:
        raise RecordingError(
            f"the workers of the cluster do not answer: {type(error).__name__}: {error}. Each needs the same "
            "llpyspin as this program"
        ) from error
    workers = {address: Worker(*each) for address, each in told.items()}
    if not workers:
        raise RecordingError("the cluster has no workers. Start some, and run the batch again")
    for address, worker in workers.items():
        check_version(address, worker.version)
    return workers


def check_version(address: str, version: str) -> None:
    """Refuse a worker that has another version of llpyspin.

    Raises
    ------
    RecordingError
    """
    if version != __version__:
        raise RecordingError(
            f"the worker {address} has llpyspin {version}, this program has {__version__}. "
            "Install the same version"
        )


def _told(dask_worker: Any) -> tuple[str, dict[str, float]]:
    """What a worker says about itself."""
    return __version__, dict(dask_worker.state.total_resources)
