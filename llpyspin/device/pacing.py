"""Exposures at scheduled times on GigE cameras that share a clock (IEEE 1588, action commands)."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, SdkError, SettingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.device.nodes import NodeMap
    from llpyspin.roles import ClockSample

__all__ = ["Pacer", "wait_for_lock"]

log = logging.getLogger(__name__)

LOCK_S = 30.0  # a public example waits 10 s after switching PTP on
LOCK_LOOK_S = 0.05
FIRST_NS = 600_000_000  # from firing to the first exposure
AHEAD_NS = 500_000_000  # how long before its exposure a command is sent, if the camera's queue holds as many
STOP_S = 1.0  # within which the exposures that were asked for have begun
TOO_LATE_NS = 1_000_000  # a command that would come later before its time than this is not sent
SAMPLE_NS = 20_000_000_000  # how often the host's clock is compared with the cameras' anew


def wait_for_lock(nodes: NodeMap) -> None:
    """Wait, at most 30 s, until the camera's clock is the common one.

    Raises
    ------
    SettingError
        It has no IEEE 1588, or found no master and became none.
    """
    status = nodes.node("GevIEEE1588Status")
    deadline = Deadline(LOCK_S)
    while status.get() not in ("Master", "Slave"):
        if deadline.passed:
            raise SettingError(
                f"GevIEEE1588Status is {status.get()} after {LOCK_S:.0f} s: the camera did not find a "
                "common clock",
                setting="GevIEEE1588Status",
            )
        time.sleep(LOCK_LOOK_S)  # a register; there is nothing to be woken by


class Pacer:
    """Sends an action command for each exposure, some time ahead of it, from a thread of its own.

    Parameters
    ----------
    send : callable
        ``send(time_ns)``: broadcast the command for that time of the common clock; 0 is at once.
    clock : callable
        The camera's clock against the host's.
    period_ns : int
    queue : int
        Commands that a camera keeps.
    """

    def __init__(
        self, send: Callable[[int], None], clock: Callable[[], ClockSample], period_ns: int, queue: int
    ) -> None:
        self._send, self._clock, self._period = send, clock, period_ns
        self._ahead = max(1, min(queue - 1, AHEAD_NS // period_ns)) * period_ns
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._error: LlpyspinError | None = None
        self._last_ns = 0  # common time of the newest exposure that was asked for
        self.sent = 0
        """Exposures asked for, single ones included, and those that the host was too late to ask for."""

    def start(self) -> int:
        """Begin; returns the host's monotonic time (ns) of the first exposure."""
        if self._thread is not None:
            raise SettingError("the camera is running already", setting="kind")
        self._stopping.clear()
        sample = self._clock()
        first = sample.camera_ns + FIRST_NS
        self._thread = threading.Thread(target=self._run, args=(first, sample), name="pacer", daemon=True)
        self._thread.start()
        return sample.host_ns + FIRST_NS

    def stop(self) -> int:
        """Ask for no further exposure and wait, 0.5 s or a period at most, until the last one has begun.

        Returns the host's monotonic time (ns).  Raises what kept commands from being sent.
        """
        if self.cancel():
            self._await_the_last()
        error, self._error = self._error, None
        if error is not None:
            raise error
        return time.monotonic_ns()

    def _await_the_last(self) -> None:
        """Until the camera's own clock says that it has begun: what was known of it before may be rough."""
        deadline = Deadline(STOP_S + self._period / 1e9)
        while (left_ns := self._last_ns - self._clock().camera_ns) >= 0 and not deadline.passed:
            time.sleep(min(left_ns / 1e9 + 1e-4, deadline.remaining()))

    def cancel(self) -> bool:
        """Ask for no further exposure; whether it was running."""
        self._stopping.set()
        thread, self._thread = self._thread, None
        if thread is None:
            return False
        thread.join()
        return True

    def once(self) -> None:
        """Have all cameras of the group expose once, now."""
        self._send(0)
        self.sent += 1

    def _run(self, first: int, sample: ClockSample) -> None:
        number = 0
        try:
            while True:
                at = first + number * self._period
                if time.monotonic_ns() - sample.host_ns > SAMPLE_NS:
                    sample = self._clock()
                to_host = sample.host_ns - sample.camera_ns
                wait_ns = at + to_host - self._ahead - time.monotonic_ns()
                if self._stopping.wait(max(0, wait_ns) / 1e9):
                    return
                if at + to_host - time.monotonic_ns() < TOO_LATE_NS:
                    # Cameras would obey at once, off the beat.  So all of them miss this exposure alike.
                    log.warning("the command for exposure %d was sent too late", number)
                else:
                    self._send(at)
                    self._last_ns = at
                number += 1
                self.sent += 1
        except LlpyspinError as error:
            log.warning("action commands: %s", str(error))
            self._error = error
        except AttributeError as error:  # an SDK without action commands
            self._error = SdkError(f"this SDK sends no action commands: {error}")
        except Exception as error:  # noqa: BLE001 - outermost line of the thread: who stops it must hear of it
            log.warning("action commands: %s: %s", type(error).__name__, error)
            self._error = SdkError(f"no more action commands were sent: {type(error).__name__}: {error}")
