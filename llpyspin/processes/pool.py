"""Worker processes of this machine that work on many items.  One that dies takes none of the others along."""

from __future__ import annotations

import os
import pickle
import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import MOST_S
from llpyspin.errors import CameraProcessError, LlpyspinError, RecordingError
from llpyspin.processes.child import ChildProcess, how_ended
from llpyspin.processes.tasks import Outcome

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from llpyspin.processes.tasks import Task

__all__ = ["in_pool"]

ATTEMPTS = 2
"""Of an item whose worker dies, as when memory was short for a moment."""
CLOSE_S = 0.5


class _Worker(ChildProcess):
    """A child that works on one item at a time."""

    _module = "llpyspin.processes.taskchild"
    _what = "worker process"
    _again = "Run the batch again"
    _stuck = "its worker process was ended"
    _where = "worker process"

    def stop(self) -> None:
        """End it, whatever it does; whoever waits for its answer learns that it has died."""
        self.closing = True
        self._child.kill()


def in_pool(task: Task, items: Sequence[str], workers: int) -> Generator[Outcome, None, None]:
    """Work on all items; gives each outcome when it is there.

    Whoever ends the iteration early, as Ctrl-C does, ends the processes.
    """
    pool = _Pool(task, items)
    try:
        pool.begin(min(workers, len(items)))
        for _ in items:
            yield pool.outcomes.get()
    finally:
        pool.end()


class _Pool:
    """A thread for each worker process takes an item, and puts its outcome into a queue."""

    def __init__(self, task: Task, items: Sequence[str]) -> None:
        self._task = task
        self._waiting: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        for each in enumerate(items):
            self._waiting.put(each)
        self.outcomes: queue.Queue[Outcome] = queue.Queue(len(items))
        self._ended = False
        self._lock = threading.Lock()
        self._workers: dict[int, _Worker] = {}
        self._threads: list[threading.Thread] = []

    def begin(self, workers: int) -> None:
        for number in range(workers):
            thread = threading.Thread(target=self._work, args=[number], name="llpyspin-batch", daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """End all processes, whatever they do."""
        with self._lock:
            self._ended = True
            workers = list(self._workers.values())
        for worker in workers:
            worker.stop()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        while not self._ended:
            try:
                place, item = self._waiting.get_nowait()
            except queue.Empty:
                break
            self.outcomes.put(self._outcome(number, place, item))
        if number in self._workers:
            self._workers.pop(number).close(timeout_s=CLOSE_S)

    def _outcome(self, number: int, place: int, item: str) -> Outcome:
        begun = time.monotonic()
        result: Any = None
        failure: LlpyspinError | None = None
        try:
            result = self._result(number, item)
        except LlpyspinError as error:
            failure = error
        except Exception as error:  # noqa: BLE001 - whoever waits for the outcome gets it
            failure = RecordingError(f"{item}: {type(error).__name__}: {error}")
        return Outcome(place, result, failure, time.monotonic() - begun)

    def _result(self, number: int, item: str) -> Any:
        for attempt in range(ATTEMPTS):
            try:
                return pickle.loads(self._ask(number, item))
            except CameraProcessError as error:
                if attempt + 1 == ATTEMPTS or self._ended:
                    raise _died(item, error) from None
        raise AssertionError("there is at least one attempt")

    def _ask(self, number: int, item: str) -> bytes:
        with self._lock:
            if self._ended:
                raise RecordingError(f"{item}: the batch was ended")
            worker = self._workers.get(number)
            if worker is None or not worker.alive:
                worker = self._workers[number] = _Worker(item)
        answer: bytes = worker.request(
            "call", self._task.function, os.fsencode(item), dict(self._task.options), timeout_s=MOST_S
        )
        return answer


def _died(item: str, error: CameraProcessError) -> RecordingError:
    return RecordingError(
        f"{item}: its worker process {how_ended(error.exitcode)}, {ATTEMPTS} times. Files without their "
        "final name may be left. With fewer workers each has more memory"
    )
