"""One function for many items, such as recordings: in worker processes of this machine, or on a Dask cluster.

>>> from llpyspin.recording import check
>>> check(["mouse-17", "mouse-18"], workers=2).ok          # doctest: +SKIP
True
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from llpyspin.errors import ArgumentError, ArgumentTypeError
from llpyspin.naming.known import named
from llpyspin.processes.cluster.spreading import on_cluster
from llpyspin.processes.pool import in_pool
from llpyspin.processes.tasks import Task
from llpyspin.system.resources import processors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llpyspin.errors import LlpyspinError
    from llpyspin.processes.tasks import Outcome

    Progress = Callable[[str, int, int], None]

__all__ = ["BatchItem", "BatchReport", "only_one", "run_batch"]

T = TypeVar("T")


@named
@dataclass(frozen=True)
class BatchItem(Generic[T]):
    """What became of one recording.

    Attributes
    ----------
    path : str
        As it was passed, absolute.
    result : object
        What a call for this recording alone returns; None if it failed.
    error : LlpyspinError or None
        What such a call would have raised.
    seconds : float
        How long it took.
    """

    path: str
    result: T | None
    error: LlpyspinError | None
    seconds: float

    def __str__(self) -> str:
        return f"{self.path}: {self.result!r}" if self.error is None else f"{self.path}: {self.error}"


@named
@dataclass(frozen=True, repr=False)
class BatchReport(Generic[T]):
    """What became of all recordings, in the order in which they were passed.

    Attributes
    ----------
    items : tuple of BatchItem
    """

    items: tuple[BatchItem[T], ...]

    @property
    def results(self) -> dict[str, T]:
        """The results by path, of those that have one."""
        return {item.path: item.result for item in self.items if item.result is not None}

    @property
    def failures(self) -> dict[str, LlpyspinError]:
        """The errors by path."""
        return {item.path: item.error for item in self.items if item.error is not None}

    @property
    def ok(self) -> bool:
        """Whether nothing failed, and no result says that something is wrong."""
        return not self.failures and all(getattr(each, "ok", True) for each in self.results.values())

    def __str__(self) -> str:
        return "\n".join(map(str, self.items))

    def __repr__(self) -> str:
        return f"<BatchReport: {len(self.items)} recordings, {len(self.failures)} failed>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("BatchReport(...)" if cycle else str(self))


def run_batch(
    function: str,
    paths: Iterable[str | os.PathLike[str]],
    options: dict[str, Any],
    *,
    resource: str = "",
    workers: int | None = None,
    client: Any = None,
    progress: Progress | None = None,
) -> BatchReport[Any]:
    """Call a function for each path; one that fails keeps none of the others from its end.

    Parameters
    ----------
    function : str
        As ``"llpyspin.recording.checking.check:check"``; called with a path and the options.
    resource : str
        Where the workers of a cluster declare this resource, each call takes one of it.
    workers : int, optional
        Processes on this machine.  By default one for each processor that this program may use.
    client : distributed.Client, optional
        A Dask cluster does the work, instead of this machine.
    progress : callable, optional
        Called with ("recordings", finished, all).

    Raises
    ------
    ArgumentError, ArgumentTypeError
        The paths or the number of workers are impossible.
    """
    items = _absolute(paths)
    if workers is not None and client is not None:
        raise ArgumentTypeError(
            "workers are processes of this machine, client is a cluster. Pass one of them"
        )
    if workers is not None and (not isinstance(workers, int) or isinstance(workers, bool) or workers < 1):
        raise ArgumentError(f"workers is a whole number from 1, not {workers!r}")
    task = Task(function, options)
    outcomes: dict[int, Outcome] = {}
    running = (
        in_pool(task, items, workers or processors())
        if client is None
        else on_cluster(task, items, client, resource)
    )
    with contextlib.closing(running):
        for outcome in running:
            outcomes[outcome.place] = outcome
            if progress is not None:
                progress("recordings", len(outcomes), len(items))
    made = (BatchItem(items[place], *outcomes[place][1:]) for place in range(len(items)))
    return BatchReport(tuple(made))


def only_one(workers: int | None, client: Any) -> None:
    """Refuse workers for one recording.

    Raises
    ------
    ArgumentTypeError
    """
    if workers is not None or client is not None:
        raise ArgumentTypeError("workers and client are for several recordings. Pass a list of them")


def _absolute(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """The paths as workers with another working directory understand them, each once."""
    try:
        return list(dict.fromkeys(os.path.abspath(os.path.expanduser(os.fspath(path))) for path in paths))
    except TypeError as error:
        raise ArgumentTypeError(f"recordings are paths, or one path: {error}") from None
