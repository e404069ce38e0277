"""The shutter of a camera that replays: it exposes when the recorded camera did, or at each pulse.

Running by itself it keeps the recorded times.  Pulses play one recorded trigger each, so that the frames of
one trigger stay together.  A pulse about as long after the one before as recorded gets the recorded timestamp
to the ns; any other has the time at which it came.  Timestamps always rise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from llpyspin.virtual.shutter import Exposure, Shutter

if TYPE_CHECKING:
    from llpyspin.virtual.script import Script
    from llpyspin.virtual.shutter import Programme

__all__ = ["ReplayShutter"]

_SHORT_NS = 1000
"""An exposure of a camera that goes as fast as it is read."""
_NEAR = 0.25
"""How far a pulse may be off its recorded time, as a share of the interval, and count as on time."""
_SET_BACK_NS = 1_000_000_000
"""An exposure so long before the one before: the camera's clock was set back, and timestamps follow it."""


class ReplayShutter(Shutter):
    """Exposures by a script.

    Parameters
    ----------
    programme : Programme
    at : int
        Now, in camera time.
    script : Script
    paced : bool
        False: as fast as it is read.
    """

    def __init__(self, programme: Programme, at: int, script: Script, *, paced: bool) -> None:
        self._script, self._paced = script, paced
        self._position = 0
        self._latest: tuple[int, int, int] | None = None  # position, end and timestamp of the last exposure
        self._stamped: int | None = None  # the last timestamp, whatever became of the rest
        super().__init__(programme, at)
        self.waits_for_all = True

    @property
    def finished(self) -> bool:
        return super().finished or self._script.over(self._position)

    def due(self) -> int | None:
        return None if self.programme.frame.on else super().due()

    def free_at(self, overlap: str | None = None) -> int:
        """Whatever the sensor would need: the recorded one was free."""
        del overlap
        return self._began if self.last is None else self.last.start

    def apply(self, programme: Programme, at: int) -> None:
        planned = self._next
        was_triggered = self.programme.frame.on
        super().apply(programme, at)
        if programme.frame.on or not was_triggered:
            self._next = planned  # settings do not move recorded times
        else:
            self._next = at
            self._latest = None  # it goes on from here

    def resume(self, at: int) -> None:
        if self.finished and not self._script.over(self._position):
            self._latest = None
        super().resume(at)

    def skip(self, count: int) -> None:
        """Nothing is left out: what comes late comes late."""

    def advance(self, now: int) -> Exposure | None:
        due = self.due()
        if due is None or due > now:
            return None
        position = self._script.next_exposed(self._position)
        if position is not None:
            self._position = position
        return super().advance(now)

    def trigger(self, at: int) -> Exposure | None:
        programme = self.programme
        if self.finished or not self._armed or (programme.burst.on and not self._burst_left):
            self.missed += 1
            return None
        if not self._script.exposed(self._position):
            self.pass_by()
            return None
        return self._expose(at)

    def level(self, active: bool, at: int) -> Exposure | None:
        self._held_level = active
        return self.trigger(at) if active else None

    def pass_by(self) -> None:
        """A pulse that the sensor does not take: its recorded trigger is over, too."""
        self.missed += 1
        self._position += 1

    def _expose(self, at: int) -> Exposure:
        position, self._position = self._position, self._position + 1
        length = self._length(position)
        exposure = Exposure(self.started, at, at + length, position=position)
        exposure.stamp = self._stamped = self._rising(self._stamp(position, at + length), at)
        self.started += 1
        self._burst_left = max(0, self._burst_left - 1)
        exposure.read = exposure.ready = exposure.end
        self.last = exposure
        self._latest = position, at + length, exposure.stamp
        self._plan(position, at, length)
        return exposure

    def _length(self, position: int) -> int:
        known = self._script.shot(position).exposure_us
        if not self._paced:
            return _SHORT_NS
        return self.programme.timing.exposure if known is None else round(1000 * known)

    def _stamp(self, position: int, end: int) -> int:
        """The timestamp: as long after the one before as in the recording."""
        if self._latest is None:
            return end
        before, earlier, stamp = self._latest
        step = self._script.time(position) - self._script.time(before)
        if self._paced and abs(end - earlier - step) > _NEAR * step:
            return end
        return stamp + step

    def _rising(self, stamp: int, at: int) -> int:
        """A timestamp after the last one, except where the clock was set back."""
        set_back = self.last is not None and at < self.last.start - _SET_BACK_NS
        return stamp if self._stamped is None or set_back else max(stamp, self._stamped + 1)

    def _plan(self, position: int, at: int, length: int) -> None:
        """When the next exposure starts, if the camera runs by itself."""
        following = self._script.next_exposed(position + 1)
        if following is not None:
            step = self._script.time(following) - self._script.time(position)
            self._next = at + max(1, step + length - self._length(following))
