"""The same work on a Dask cluster: a task for each item, which any worker may do, also twice."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from llpyspin.errors import LlpyspinError, RecordingError
from llpyspin.extras import library
from llpyspin.processes.cluster.versions import workers_of
from llpyspin.processes.tasks import Outcome, call

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from llpyspin.processes.cluster.versions import Worker
    from llpyspin.processes.tasks import Task

__all__ = ["on_cluster"]

WHAT = "a Dask cluster"


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
    needs = _needs(workers_of(client), resource)
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


def _needs(workers: dict[str, Worker], resource: str) -> dict[str, float] | None:
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


def _timed(function: str, path: bytes, options: dict[str, Any]) -> tuple[Any, LlpyspinError | None, float]:
    begun = time.monotonic()
    try:
        result, error = call(function, path, options), None
    except LlpyspinError as failure:
        result, error = None, failure
    return result, error, time.monotonic() - begun
