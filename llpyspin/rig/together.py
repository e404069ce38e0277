"""The same step on several cameras at once, each in a thread of its own, and all that went wrong."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from llpyspin.deadlines import Deadline
from llpyspin.errors import RequestTimeoutError, RigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Outcome", "together", "together_or_undone"]

_Each = TypeVar("_Each")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Outcome(Generic[_Result]):
    """What came of a step, by camera: each name is in one of the two."""

    results: dict[str, _Result]
    failures: dict[str, Exception]

    def or_raise(self, what: str) -> dict[str, _Result]:
        """The results; :class:`RigError` that lists all failures if there are any."""
        if self.failures:
            raise RigError(what, self.failures)
        return self.results


def together(
    step: Callable[[_Each], _Result], members: Mapping[str, _Each], timeout_s: float
) -> Outcome[_Result]:
    """Run ``step`` on all members at once; what each gave or raised, in the order of ``members``.

    Blocks until all are done, ``timeout_s`` at most: steps have deadlines of their own, so that is for one
    that has none after all.  It is counted among the failures, and its thread left to end by itself.
    """
    results: dict[str, _Result] = {}
    failures: dict[str, Exception] = {}

    def run(name: str, member: _Each) -> None:
        try:
            results[name] = step(member)
        except Exception as error:  # noqa: BLE001 - handed to the caller, whose thread this stands in for
            # Without this frame, which has all failures: the error would keep itself.
            failures[name] = error.with_traceback(error.__traceback__ and error.__traceback__.tb_next)

    threads = {
        name: threading.Thread(target=run, args=(name, member), name=f"rig-{name}", daemon=True)
        for name, member in members.items()
    }
    for thread in threads.values():
        thread.start()
    deadline = Deadline(timeout_s)
    for thread in threads.values():
        thread.join(deadline.remaining())
    done, failed = dict(results), dict(failures)
    for name in members:
        if name not in done and name not in failed:
            failed[name] = RequestTimeoutError(
                f"camera {name}: not done within {timeout_s:.3g} s", camera=name
            )
    return Outcome(
        {name: done[name] for name in members if name in done},
        {name: failed[name] for name in members if name in failed},
    )


def together_or_undone(
    step: Callable[[_Each], _Result],
    undo: Callable[[_Result], object],
    members: Mapping[str, _Each],
    timeout_s: float,
    undo_s: float,
) -> Outcome[_Result]:
    """As :func:`together`, for steps whose results must not be left lying about.

    Where this is broken off (Ctrl-C), or a step is not done in time, what was done is undone, and so is what
    will be done only later.
    """
    lock = threading.Lock()
    kept: dict[int, _Result] = {}
    late: set[int] = set()

    def run(each: tuple[int, _Each]) -> _Result:
        number, member = each
        result = step(member)
        with lock:
            if number not in late:
                kept[number] = result
                return result
        undo(result)
        raise RequestTimeoutError("done too late, and undone again")

    numbered = {name: (number, member) for number, (name, member) in enumerate(members.items())}
    try:
        outcome = together(run, numbered, timeout_s)
    except BaseException:
        with lock:
            late.update(range(len(numbered)))
            done = {str(number): result for number, result in kept.items()}
        together(undo, done, undo_s)
        raise
    with lock:
        late.update(number for name, (number, _) in numbered.items() if name in outcome.failures)
        stray = {str(n): kept[n] for n in late if n in kept}
    together(undo, stray, undo_s)
    return outcome


def finish_aside(finish: Callable[[], object], seconds: float, unfinished: str) -> None:
    """Call ``finish`` in a thread and wait for it.

    Raises
    ------
    RequestTimeoutError
        It takes longer; it is not broken off.  The text is ``unfinished``.
    """
    outcome = together(lambda work: work(), {"rig": finish}, seconds)
    for error in outcome.failures.values():
        raise RequestTimeoutError(unfinished) if isinstance(error, RequestTimeoutError) else error
