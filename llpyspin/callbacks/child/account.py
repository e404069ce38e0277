"""The latency account of a callback, made from its log: times, skipped frames, and what waited."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from llpyspin.callbacks.child.latency import ERROR, read_numbers
from llpyspin.naming.known import named
from llpyspin.recording.clockfit import ClockFit, fit_clock
from llpyspin.recording.tree import from_tree, read_json, to_tree, write_json

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from rich.console import RenderableType

    from llpyspin.roles import ClockSample

    Numbers = npt.NDArray[np.int64]

__all__ = ["Depths", "LatencyAccount", "Span", "account_of_log", "account_path"]

MOST_STEPS = 600
"""Points over time; of long recordings each stands for more than a second."""
COMPARED = 20_000
"""Frames that the clock is found from; of long recordings every n-th."""


@named
@dataclass(frozen=True)
class Span:
    """How long something took, in ms: half of the times are shorter than ``p50_ms``."""

    p50_ms: float
    p99_ms: float
    most_ms: float


@named
@dataclass(frozen=True)
class Depths:
    """What waited during one step of time.

    Attributes
    ----------
    at_s : float
        When the step began, in s since the first frame arrived.
    calls, skipped : int
        In this step.
    unread, queued : int
        The most frames that waited when the function was called, and the most items in the queue to the main
        process.
    total_ms : float
        The longest time from a frame's arrival to the end of its call.
    """

    at_s: float
    calls: int
    skipped: int
    unread: int
    queued: int
    total_ms: float


@named
@dataclass(frozen=True)
class LatencyAccount:
    """The latency account of one callback; ``str()`` of it is a table.

    Attributes
    ----------
    name : str
        What people call the camera, or the callback.
    calls, errors : int
        Calls of the function, and of these those that raised.
    skipped : int
        Frames between the first and the last one that the function did not get.
    outcomes : dict
        How many calls gave what: "passed", "image", "data", "image+data", "error".
    seconds : float
        From the arrival of the first frame to that of the last.
    deadline_s : float or None
        How long after its arrival a frame should be done with.
    misses : int
        Calls that ended later than that.
    delivery : Span or None
        From the end of the exposure to the arrival at the host: the camera's clock on the host's, by
        ``clock``.  None for fewer than two frames.
    wait : Span or None
        From the arrival to the call.  None without a call.
    call : Span or None
        The call itself.
    total : Span or None
        From the end of the exposure to the end of the call; None where ``delivery`` is.
    clock : ClockFit or None
        The camera's clock on the host's.  Where its ``latency_us`` is None the clocks were never read
        together, and then the time of the fastest delivery is missing from ``delivery`` and ``total``.
    step_s : float
        Seconds that each of ``depths`` stands for.
    depths : tuple of Depths
        Over time; steps without a call are left out.
    notes : tuple of str
        What else there is to know.
    """

    name: str = ""
    calls: int = 0
    errors: int = 0
    skipped: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    deadline_s: float | None = None
    misses: int = 0
    delivery: Span | None = None
    wait: Span | None = None
    call: Span | None = None
    total: Span | None = None
    clock: ClockFit | None = None
    step_s: float = 1.0
    depths: tuple[Depths, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> LatencyAccount:
        """Read the JSON file that :meth:`save` wrote.

        Raises
        ------
        RecordingError
            It is not such a file.
        OSError
            It cannot be read.
        """
        return from_tree(cls, read_json(path), str(path))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON, replacing a file that exists."""
        write_json(path, to_tree(self))

    def __rich__(self) -> RenderableType:
        return _shown(self)

    def __str__(self) -> str:
        from llpyspin.tables.sheet import plain

        return plain(self)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show at the prompt."""
        printer.text("LatencyAccount(...)" if cycle else str(self))


def account_path(log: str | os.PathLike[str]) -> Path:
    """The account beside a log: ``NAME.callback.json`` with ``NAME.callback.csv``."""
    return Path(log).with_suffix(".json")


def account_of_log(
    log: str | os.PathLike[str],
    samples: Sequence[ClockSample] = (),
    *,
    deadline_s: float | None = None,
    name: str = "",
    notes: Sequence[str] = (),
) -> LatencyAccount:
    """The account of a log.

    Takes some 2 s for an hour at 226 fps.

    Parameters
    ----------
    log : path-like
        As :class:`~llpyspin.callbacks.child.latency.LatencyLog` wrote it.
    samples : sequence of ClockSample
        The camera's clock and the host's, read together while it was written.
    deadline_s : float, optional
        How long after its arrival a frame should be done with.
    name : str
        For people.
    notes : sequence of str
        Sentences to add.

    Raises
    ------
    RecordingError
        It is not such a log, or is damaged.
    OSError
        It cannot be read.
    """
    numbers, outcomes = read_numbers(log)
    taken, arrived, start, end, skipped, unread, queued = numbers[2:]
    calls = len(taken)
    if not calls:
        return LatencyAccount(name=name, deadline_s=deadline_s, notes=tuple(notes))
    step = max(1, calls // COMPARED)
    clock = fit_clock(taken[::step], arrived[::step], samples)
    exposed = None if clock is None else clock.host_times(taken)
    late = np.zeros(calls, bool) if deadline_s is None else end - arrived > round(deadline_s * 1e9)
    step_s, depths = _depths(arrived, end, skipped, unread, queued)
    return LatencyAccount(
        name=name,
        calls=calls,
        errors=outcomes.get(ERROR, 0),
        skipped=int(skipped.sum()),
        outcomes=outcomes,
        seconds=int(arrived[-1] - arrived[0]) / 1e9,
        deadline_s=deadline_s,
        misses=int(late.sum()),
        delivery=None if exposed is None else _span(arrived - exposed),
        wait=_span(start - arrived),
        call=_span(end - start),
        total=None if exposed is None else _span(end - exposed),
        clock=clock,
        step_s=step_s,
        depths=depths,
        notes=tuple(notes),
    )


def _span(times_ns: Numbers) -> Span:
    return Span(*(float(value) / 1e6 for value in np.percentile(times_ns, (50, 99, 100))))


def _depths(
    arrived: Numbers, end: Numbers, skipped: Numbers, unread: Numbers, queued: Numbers
) -> tuple[float, tuple[Depths, ...]]:
    """How long a step is, and what waited in each."""
    since = (arrived - arrived[0]) / 1e9
    step_s = max(1.0, float(since[-1]) / MOST_STEPS)
    steps = (since / step_s).astype(np.int64)
    firsts = np.flatnonzero(np.diff(steps, prepend=-1))
    calls = np.diff(firsts, append=len(steps))
    columns = zip(
        (steps[firsts] * step_s).tolist(),
        calls.tolist(),
        np.add.reduceat(skipped, firsts).tolist(),
        np.maximum.reduceat(unread, firsts).tolist(),
        np.maximum.reduceat(queued, firsts).tolist(),
        (np.maximum.reduceat(end - arrived, firsts) / 1e6).tolist(),
        strict=True,
    )
    return step_s, tuple(Depths(*each) for each in columns)


# -- as text; rich is imported where it is used, because the process of a callback has no use for it

_SPANS = (
    ("delivery", "end of exposure to arrival"),
    ("wait", "arrival to call"),
    ("call", "call"),
    ("total", "end of exposure to end of call"),
)
_COLUMNS = ("", "median", "99 %", "longest")


def _shown(account: LatencyAccount) -> RenderableType:
    """The account: a table of times, and sentences."""
    from rich.console import Group

    if not account.calls:
        return Group(f"{_title(account)}: never called", *account.notes)
    seconds = account.seconds
    span = f" in {seconds:.1f} s ({(account.calls - 1) / seconds:.1f} a second)" if seconds else ""
    title = f"{_title(account)}: {account.calls} calls{span}, {account.skipped} frames skipped"
    return Group(title, "", _table(account), "", *_sentences(account))


def _table(account: LatencyAccount) -> RenderableType:
    from llpyspin.tables.sheet import Indented, Sheet

    spans = [(label, getattr(account, key)) for key, label in _SPANS]
    rows = [
        (label, *(f"{value:.2f} ms" for value in (span.p50_ms, span.p99_ms, span.most_ms)))
        for label, span in spans
        if span is not None
    ]
    return Indented(Sheet(_COLUMNS, rows, right=_COLUMNS[1:]))


def _sentences(account: LatencyAccount) -> Iterator[str]:
    if account.depths:
        unread = max(step.unread for step in account.depths)
        queued = max(step.queued for step in account.depths)
        yield (
            f"At most {unread} frames waited for a call, and {queued} items in the queue to the main process."
        )
    if account.deadline_s is not None:
        share = account.misses / account.calls
        yield (
            f"{account.misses} of {account.calls} calls ({share:.1%}) ended later than "
            f"{account.deadline_s * 1e3:g} ms after their frame's arrival."
        )
    if account.errors:
        yield f"{account.errors} calls raised an error."
    if account.clock is not None and account.clock.latency_us is None:
        yield (
            "The camera's clock was not read together with the host's: times from the end of the exposure "
            "lack that of the fastest delivery."
        )
    yield from account.notes


def _title(account: LatencyAccount) -> str:
    return f"callback of {account.name}" if account.name else "callback"
