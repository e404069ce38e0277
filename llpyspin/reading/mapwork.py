"""The work of ``map()`` between taking frames and giving results.

A thread for each worker process takes a frame, has the process work on it, and puts the outcome where the
frame's number says.  The threads take frames one after the other, so the numbers are in their order.
"""

from __future__ import annotations

import contextlib
import heapq
import os
import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

from llpyspin.deadlines import Deadline
from llpyspin.errors import CameraProcessError
from llpyspin.frames import StreamEnded
from llpyspin.processes.callables import name_of
from llpyspin.processes.child import OPEN_S
from llpyspin.reading.mapcall import OVER, Caller, Outcome, WorkerProcess
from llpyspin.reading.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.frames import Frame
    from llpyspin.reading.limits import Limits
    from llpyspin.reading.place import Place

__all__ = ["MapWork"]

ENDS_S = 3.0  # for all of them to be gone
STARTS = 3  # of a worker that dies before its first call, until that counts as a fault of the function


class MapWork:
    """Frames on their way through the workers, and the results on theirs to whoever wants them.

    Parameters
    ----------
    place : Place
        Where frames are taken.
    limits : Limits
    function : callable
        For its name.
    packed : bytes
        The function, for the workers.
    workers, ahead : int
    timeout_s : float
        How long a call may take.
    """

    def __init__(
        self,
        place: Place,
        limits: Limits,
        function: Callable[..., Any],
        packed: bytes,
        workers: int,
        ahead: int,
        timeout_s: float,
    ) -> None:
        self.name = f"{name_of(function)} on {place.source.name}"
        self.skipped = 0
        self._pid = os.getpid()
        self._place = place
        self._limits = limits
        self._caller = Caller(name_of(function), place.source.name, timeout_s)
        self._packed = packed
        self._ahead = ahead
        self._changed = threading.Condition()
        self._slots: dict[int, Future[Outcome]] = {}
        self._assigned = 0  # frames that were given a number
        self._claimed = 0  # numbers that somebody waits for, or has had
        self._given = 0  # outcomes that were handed out
        self._returned: list[int] = []  # claims that were given up, a heap
        self._over_at: int | None = None
        self._ended = False
        self._reading = threading.Lock()
        self._processes: list[WorkerProcess] = []
        for _ in range(workers):
            threading.Thread(target=self._work, name="llpyspin-map", daemon=True).start()

    @property
    def given(self) -> int:
        """Results, and errors in their places, that were handed out."""
        return self._given

    @property
    def ended(self) -> bool:
        """Whether no more frames are taken."""
        return self._ended

    # -- for those who want results -----------------------------------------------------------------------

    def claim(self) -> int:
        """The number of the next outcome that nobody waits for."""
        if self._pid != os.getpid():
            raise CameraProcessError(
                f"{self._place.source.name}: this map() belongs to the process that made it. This is a fork"
            )
        with self._changed:
            if self._returned:
                return heapq.heappop(self._returned)
            self._claimed += 1
            self._changed.notify_all()
            return self._claimed - 1

    def return_claim(self, number: int) -> None:
        """Leave it to somebody else."""
        with self._changed:
            heapq.heappush(self._returned, number)

    def slot(self, number: int) -> Future[Outcome]:
        """Where the outcome of this number will be."""
        with self._changed:
            slot = self._slots.get(number)
            if slot is None:
                slot = self._slots[number] = Future()
                if self._over_at is not None and number >= self._over_at:
                    slot.set_result(OVER)
            return slot

    def give(self, number: int) -> None:
        """An outcome was handed out: there is room for one more."""
        with self._changed:
            self._slots.pop(number, None)
            self._given += 1
            self._changed.notify_all()

    def end(self) -> None:
        """Take no more frames, for the camera is released; what is at work is still done."""
        self._ended = True
        self._place.interrupt()
        with self._changed:
            self._changed.notify_all()

    def stop(self) -> None:
        """Take no more frames, and have nobody wait for results; does not wait."""
        self.end()
        with self._changed:
            self._finish_at(0)

    def processes(self) -> list[WorkerProcess]:
        return list(self._processes)

    def end_workers(self) -> None:
        """End the processes, whatever they do."""
        ends = [in_thread(process.close, name="llpyspin-map-end") for process in self.processes()]
        wait(ends, ENDS_S)

    # -- in the threads -----------------------------------------------------------------------------------

    def _work(self) -> None:
        process: WorkerProcess | None = None
        try:
            while not self._ended and not (process is not None and process.closing):  # else the program ends
                process = self._alive(process)
                task = self._task()
                if task is None:
                    break
                number, frame = task
                self._put(number, self._caller.outcome(process, frame))
        except Exception as error:  # noqa: BLE001 - whoever waits for results gets it
            self._finish(None if self._ended else error)  # released while a worker was about to start
        finally:
            if process is not None:
                self._end_worker(process)

    def _end_worker(self, process: WorkerProcess) -> None:
        process.close()
        with contextlib.suppress(ValueError):  # it had died before
            self._processes.remove(process)

    def _alive(self, process: WorkerProcess | None) -> WorkerProcess:
        """The worker, or another one where it has died."""
        if process is not None and process.alive:
            return process
        if process is not None:
            self._end_worker(process)
        for _ in range(STARTS - 1):
            try:
                return self._begun()
            except CameraProcessError as error:
                if self._ended or isinstance(error, StreamEnded):
                    raise
        return self._begun()

    def _begun(self) -> WorkerProcess:
        source = self._place.source
        process = WorkerProcess(source.name)
        self._processes.append(process)
        opening = source.name, source.address, self._packed, self._limits.convert
        try:
            process.request("open", *opening, timeout_s=OPEN_S)
        except BaseException as error:
            self._end_worker(process)
            if isinstance(error, StreamEnded):
                source.check_open()  # raises what became of the camera
            raise
        return process

    def _task(self) -> tuple[int, Frame] | None:
        """The next frame and its number, once there is room for one more; None if there is none any more."""
        with self._reading:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or self._has_room())
            while not self._ended:
                frame = self._frame()
                if frame is not None:
                    self.skipped += frame.info.missed
                    with self._changed:
                        self._assigned += 1
                        return self._assigned - 1, frame
                self._say_if_none()
            self._finish(None)
            return None

    def _has_room(self) -> bool:
        return self._claimed > 0 and self._assigned - self._given < self._ahead

    def _frame(self) -> Frame | None:
        place = self._place
        frame = place.next(Deadline(self._limits.timeout))
        if frame is None and place.is_released(place.reader):
            self._ended = True
        return frame

    def _say_if_none(self) -> None:
        """Tell those who wait for this very frame that none came."""
        with self._changed:
            if self._ended or self._assigned not in self._slots:
                return
            number, self._assigned = self._assigned, self._assigned + 1
        self._put(number, Outcome(error=self._place.source.no_frame_error(self._limits.timeout)))

    def _put(self, number: int, outcome: Outcome) -> None:
        slot = self.slot(number)
        with self._changed:
            if not slot.done():
                slot.set_result(outcome)

    def _finish(self, error: BaseException | None) -> None:
        """No more frames: after those that have a number there is an error, if there is one, and the end."""
        self.end()
        with self._changed:
            if self._over_at is not None:
                return
            number = self._assigned
            self._assigned += error is not None
        if error is not None:
            self._put(number, Outcome(error=error))
        with self._changed:
            self._finish_at(self._assigned)
            self._changed.notify_all()

    def _finish_at(self, number: int) -> None:
        """Nobody gets an outcome from this number on; call it with the lock."""
        self._over_at = number if self._over_at is None else min(number, self._over_at)
        for each, slot in self._slots.items():
            if each >= self._over_at and not slot.done():
                slot.set_result(OVER)
