"""Cameras of one program that are wired to each other: whose pulses go to whom, and who can follow them."""

from __future__ import annotations

import atexit
import logging
import math
import os
import time
import weakref
from typing import TYPE_CHECKING

from llpyspin.applying import is_slower
from llpyspin.deadlines import Deadline
from llpyspin.errors import SettingRangeError
from llpyspin.recording.marking import Pulses, mark_at, number_of
from llpyspin.roles import ClockSample
from llpyspin.sync.primed import PrimedCamera

if TYPE_CHECKING:
    from llpyspin.roles import Armed, PulseTiming

__all__ = [
    "LATE_S",
    "LOOK_S",
    "SynchronisedCamera",
    "followers_of",
    "late_s",
    "primaries",
]

logger = logging.getLogger("llpyspin")


LOOK_S = 0.002
LATE_S = 0.25  # how much later than it should be a frame may come, on a busy machine

_live: weakref.WeakSet[SynchronisedCamera] = weakref.WeakSet()
"""The cameras of this process that are open: they may be wired to each other."""


class SynchronisedCamera(PrimedCamera):
    """A camera that is primed, runs on a signal, and is stopped.  Users meet its subclasses."""

    _timing: PulseTiming | None = None

    last_pulse: tuple[int, ClockSample] | None = None
    """Of the last run in the history of a primary: as :meth:`newest_pulse` said at its end."""

    def _begin(self) -> None:
        _live.add(self)
        super()._begin()

    @property
    def leader(self) -> SynchronisedCamera | None:
        """The camera of this program whose pulses this one takes, where that is known."""
        return None

    def leader_was_armed(self, rate: float, since_ns: int) -> None:
        """Called when the leader was primed.

        Parameters
        ----------
        rate : float
            Its rate in Hz, which may be another one than before.
        since_ns : int
            When that began, on the host's monotonic clock: frames since then come of switching its lines.
        """

    @property
    def fired_ns(self) -> int | None:
        """Since when the camera gives pulses (host's monotonic clock, ns); None: it does not."""
        return None

    @property
    def triggered(self) -> bool:
        raise NotImplementedError

    @property
    def timing(self) -> PulseTiming | None:
        """How its pulses stand to its exposures; None before it was armed."""
        if self._run is not None:
            self._timing = self._run.armed.timing
        return self._timing

    def count_of_frames(self) -> int:
        """Frames that have come since the camera was armed; asks nobody."""
        run, reader = self._run, self._frames.reader
        return 0 if run is None or reader is None else max(0, reader.newest + 1 - run.armed.published)

    def newest_trigger(self) -> tuple[int, int] | None:
        """Number of the newest exposure and its time on the camera's clock (ns); None before the first."""
        run, reader = self._run, self._frames.reader
        info = None if reader is None else reader.journal(reader.newest)
        if run is None or info is None or info.index < run.armed.published:
            return None
        pulses = Pulses(run.fired_ns, run.armed.period_ns)
        return number_of(info, run.armed, pulses), info.camera_timestamp_ns

    def newest_pulse(self) -> tuple[int, ClockSample] | None:
        """Number of the pulse of the newest exposure and when it was; None where nobody can tell."""
        run, newest, clock = self._run, self.newest_trigger(), self.clock_or_none()
        if run is None or newest is None or not clock:
            return None
        trigger, camera_ns = newest
        exposure_us = run.armed.exposure_us or 0.0  # a primary has one
        began_ns = camera_ns - round(exposure_us * 1e3)  # timestamps are of the end, pulses begin
        host_ns = clock[0].host_ns + began_ns - clock[0].camera_ns
        return trigger, ClockSample(began_ns, host_ns, clock[0].uncertainty_ns)

    def late_s(self) -> float:
        """Seconds after a pulse by which the frame of it has come; 0 while the camera is not armed."""
        return 0.0 if self._run is None else late_s(self._run.armed)

    def most_exposures(self, held_ns: int | None) -> int | None:
        """How many exposures can have begun before the camera was held; None where nobody can tell."""
        run, newest = self._run, self.newest_pulse()
        if run is None or newest is None or held_ns is None or not run.armed.period_ns:
            return None
        trigger, began = newest
        after = (held_ns + began.uncertainty_ns - began.host_ns) / run.armed.period_ns
        return trigger + 1 + max(0, math.floor(after))

    def why_not_follow(self, rate: float) -> str:
        """Why the camera cannot expose with each of so many pulses a second (Hz); empty if it can."""
        run = self._run
        if run is None:
            return ""
        pulse_us, armed = self._pulse_us(), run.armed
        most = armed.most_with(pulse_us)
        if not is_slower(most, rate):
            return ""
        exposure_us = pulse_us if armed.exposure_us is None else armed.exposure_us
        overlap = " and TriggerOverlap Off" if armed.lines.overlap == "Off" else ""
        return (
            f"{self.nickname} cannot follow {rate:.5g} fps: with its exposure of {exposure_us or 0.0:g} us"
            f"{overlap} and its image size {most:.5g} fps are the most"
        )

    def _pulse_us(self) -> float | None:
        """How long the pulses are that the camera gets, where that is known."""
        return None

    def check_follows(self, rate: float, *, records: bool) -> None:
        """Warn of pulses that come too fast; refuse them for a recording.

        Raises
        ------
        SettingRangeError
        """
        why_not = self.why_not_follow(rate)
        if why_not and records:
            raise SettingRangeError(why_not, setting="framerate", value=rate)
        if why_not:
            logger.warning("%s", why_not)

    def mark(self, trigger: int, pulses: Pulses) -> None:
        """Begin the file, where it waits for that, with the frame of this trigger."""
        run, reader = self._run, self._frames.reader
        if run is None or run.take is None or not run.take.waits or reader is None:
            return
        run.begun = True
        mark = mark_at(reader, run.armed, pulses, trigger)
        deadline = Deadline(LATE_S)
        while reader.newest < mark.index and not deadline.passed:
            time.sleep(LOOK_S)  # the frame is on its way
            mark = mark_at(reader, run.armed, pulses, trigger)
        self._begin_files(run, mark._replace(index=min(mark.index, reader.newest + 1)))


def primaries() -> list[SynchronisedCamera]:
    """The primary cameras that are open in this process."""
    return [camera for camera in list(_live) if camera.kind == "primary" and camera.isOpened()]


def followers_of(primary: SynchronisedCamera) -> list[SynchronisedCamera]:
    """The cameras of this process that are primed for the pulses of this one."""
    return [camera for camera in list(_live) if camera.leader is primary and camera.primed]


def late_s(armed: Armed, pulse_us: float | None = None) -> float:
    """Seconds after the last pulse, of that length, by which the frame of it has come."""
    return LATE_S + armed.frame_s(pulse_us)


def _finish_all() -> None:
    for camera in sorted(_live, key=lambda camera: camera.kind):  # primaries first: then pulses cease
        camera.finish_at_exit()


os.register_at_fork(after_in_child=_live.clear)  # a forked child has no part in the recordings
atexit.register(_finish_all)  # and so before all processes are closed, which was registered earlier
