"""The pulses of a box in one run of a rig: started when all cameras are armed, watched, stopped, counted."""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from llpyspin.errors import LlpyspinError, PulseBoxError, SettingRangeError
from llpyspin.recording.boxrecord import BoxRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.rig.boxes.boxtrigger import BoxTrigger
    from llpyspin.rig.boxes.contract import BoxCount, FirstPulse, PulseBox

__all__ = ["BoxPulses", "connected"]

logger = logging.getLogger("llpyspin")

BEAT_S = 0.5
JOIN_S = 10.0
LATE_SHARE = 0.25
"""Of a period: an edge that was later than that may be taken for another pulse."""


def connected(trigger: BoxTrigger, rate_hz: float) -> PulseBox:
    """The box, connected and able to make this rate; its pulses are off.

    Raises
    ------
    PulseBoxError, SettingRangeError, MissingExtraError
    """
    box = trigger.driver()
    try:
        _check(box, trigger.label, rate_hz)
    except BaseException:
        box.close()
        raise
    return box


def _check(box: PulseBox, label: str, rate_hz: float) -> BoxRecord:
    found = box.identify()
    if not found.least_hz <= rate_hz <= found.most_hz:
        raise SettingRangeError(
            f"{label} sends {found.least_hz:.4g} to {found.most_hz:.4g} pulses per second, and framerate is "
            f"{rate_hz:.6g}",
            setting="framerate",
            value=rate_hz,
        )
    return BoxRecord(found.name, found.port, rate_hz=rate_hz)


class BoxPulses:
    """The pulses of a box, from :meth:`check` to :meth:`end`.

    Parameters
    ----------
    box : PulseBox
    trigger : BoxTrigger
    rate_hz : float
    note : callable
        ``note(kind, text)``: takes note of an event.
    failed : callable
        Called once if the box fails while its pulses are wanted.

    Attributes
    ----------
    first : FirstPulse or None
        When the first pulse began; None before the start, or if the box cannot tell.
    record : BoxRecord
        What ``session.json`` says of the box.
    """

    def __init__(
        self,
        box: PulseBox,
        trigger: BoxTrigger,
        rate_hz: float,
        note: Callable[[str, str], None],
        failed: Callable[[], None],
    ) -> None:
        self._box = box
        self.label = trigger.label
        self._rate_hz = rate_hz
        self._note = note
        self._failed = failed
        self.first: FirstPulse | None = None
        self.record = BoxRecord(port=str(trigger.box), rate_hz=rate_hz, pulse_us=trigger.pulse_us)
        self._lock = threading.Lock()  # of what is known of the end
        self._started = self._lost = self._ended = False
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def check(self) -> None:
        """Have the box connected and silent, before any camera is armed.

        Raises
        ------
        PulseBoxError, SettingRangeError
        """
        found = _check(self._box, self.label, self._rate_hz)
        self.record = found.replace(pulse_us=self.record.pulse_us)

    def start(self) -> None:
        """Send pulses until :meth:`end`.

        Raises
        ------
        PulseBoxError, SettingRangeError
        """
        self._started = True  # also if no answer comes: pulses may have begun
        self.first = self._box.start(self._rate_hz)
        if self.first is not None:
            self.record = self.record.replace(
                first_host_ns=self.first.host_ns, unsure_ns=self.first.unsure_ns
            )
        self._thread = threading.Thread(target=self._watch, name="pulse-box", daemon=True)
        self._thread.start()

    def end(self) -> int | None:
        """Send no more pulses; how many there were, or None if nobody knows.  Calling it twice is fine."""
        self._over.set()
        with self._lock:
            if self._started and not self._ended:
                self._stop()
            self._ended = True
            return self.record.pulses

    def _stop(self) -> None:
        """Also where the box did not answer meanwhile: it may have counted on."""
        try:
            self._took(self._box.stop())
        except LlpyspinError as error:
            if not self._lost:
                self._lose(error)
        else:
            if self._lost:
                self._note("box", f"{self.label} answers again: it sent {self.record.pulses} pulses")

    def end_quietly(self) -> None:
        """The same where something else has failed."""
        with contextlib.suppress(LlpyspinError):
            self.end()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(JOIN_S)

    # -- while it sends pulses

    def _watch(self) -> None:
        while not self._over.wait(BEAT_S):
            with self._lock:
                if self._ended:
                    return
                ended = self._look()
            if ended:
                self._failed()
                return

    def _look(self) -> bool:
        """Whether no more pulses come."""
        try:
            count = self._box.count()
        except LlpyspinError as error:
            self._lose(error)
            return True
        except Exception as error:  # noqa: BLE001 - a driver of somebody else, in the outermost lines of a thread
            self._lose(PulseBoxError(f"{self.label}: its driver failed: {type(error).__name__}: {error}"))
            return True
        if count.state == "running":
            return False
        self._took(count)
        self._ended = True
        if count.state == "watchdog":
            text = "ended its pulses, because this program did not ask for its count in time"
        else:
            text = f"ended its pulses by itself ({count.state})"
        self._note("box", f"{self.label} {text}: {count.pulses} pulses")
        return True

    def _took(self, count: BoxCount) -> None:
        """Keep the count at the end of the pulses."""
        self.record = self.record.replace(pulses=count.pulses, state=count.state, late_us=count.late_us)
        most_us = LATE_SHARE * 1e6 / self._rate_hz
        if count.late_us is not None and count.late_us > most_us:
            self._note(
                "doubt",
                f"{self.label} sent a pulse {count.late_us:.0f} us late, and a quarter of the time between "
                f"pulses is {most_us:.0f} us. Frames around it may have a wrong trigger number",
            )

    def _lose(self, error: Exception) -> None:
        self._lost = True
        self.record = self.record.replace(state="unknown", pulses=None)
        self._note(
            "box", f"{error}. How many pulses it sent is not known: the triggers are those that cameras saw"
        )
