"""The requests of a synchronised recording that a camera process answers."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from llpyspin.deadlines import Deadline
from llpyspin.errors import LlpyspinError, SettingLockedError, SettingRangeError

if TYPE_CHECKING:
    from llpyspin.device import Device
    from llpyspin.frames import FrameWriter
    from llpyspin.roles import Armed, ClockSample, FollowLimit, Role, Tally
    from llpyspin.worker.pumping import Acquisition
    from llpyspin.worker.thermometer import Thermometer

__all__ = ["ArmingRequests"]

MOST_PULSES = 1000
MOST_PULSES_S = 5.0


class ArmingRequests(ABC):
    """One ``do_*`` method for each request; see :class:`~llpyspin.worker.service.CameraService`."""

    _writer: FrameWriter | None
    _thermometer: Thermometer

    @property
    @abstractmethod
    def device(self) -> Device:
        """See the subclasses."""

    @property
    @abstractmethod
    def acquisition(self) -> Acquisition:
        """See the subclasses."""

    def do_arm(self, role: Role) -> Armed:
        """Make the camera what ``role`` says and start its stream; a stream that runs is ended first.

        A primary and a secondary expose nothing yet: they wait for "fire", and for pulses.  Arm primaries
        before secondaries, for switching lines can be a pulse.
        """
        device, acquisition = self.device, self.acquisition
        acquisition.stop()
        temperature = self._thermometer.read(device)
        device.arm(role)
        try:
            acquisition.start()
            return dataclasses.replace(device.armed(), temperature_c=temperature)
        except BaseException:
            with contextlib.suppress(LlpyspinError):  # of a camera that is lost
                acquisition.stop()
                device.disarm()
            raise

    def do_fire(self) -> int:
        """Let a primary run; gives the host's monotonic time (ns) just before."""
        return self.device.fire()

    def do_hold(self) -> int:
        """Let a primary begin no further exposure; gives the host's monotonic time (ns) just after."""
        return self.device.hold()

    def do_pulse(self, count: int, interval_s: float) -> int:
        """Have a primary on hold give single pulses, ``interval_s`` apart; gives their number.

        Each is an exposure with its frame, so arm again before something is recorded.
        """
        if not 1 <= count <= MOST_PULSES or not 0 <= count * interval_s <= MOST_PULSES_S:
            raise SettingRangeError(
                f"1 to {MOST_PULSES} pulses within {MOST_PULSES_S} s, not {count} each {interval_s} s",
                setting="pulses",
                value=count,
            )
        for number in range(count):
            if number:
                time.sleep(interval_s)
            self.device.pulse()
        return count

    def do_drain(self, quiet_s: float, most_s: float, exposures: int | None = None) -> Tally:
        """Wait until no frame has come for ``quiet_s``, at most ``most_s``; gives what was counted.

        With ``exposures`` it is done as soon as the frames of that many exposures since arming have come, or
        are known to be lost.  While the camera has counted more exposures than came, it must have been quiet
        for three times as long.
        """
        device, acquisition = self.device, self.acquisition
        deadline = Deadline(most_s)
        since = time.monotonic_ns()
        patience = 1
        while acquisition.running and not deadline.passed:
            if exposures is not None and device.exposures_seen >= exposures:
                break
            since = max(since, device.last_host_ns or 0)
            quiet = patience * quiet_s - (time.monotonic_ns() - since) / 1e9
            if quiet <= 0:
                if patience > 1 or device.exposures_seen >= (self.do_tally().exposures or 0):
                    break
                patience = 3
                continue
            wait_s = min(quiet, deadline.remaining(), 0.02 if exposures is not None else quiet)
            if acquisition.ended.wait(max(wait_s, 1e-3)):
                break
        return self.do_tally()  # or the error of a camera that was lost meanwhile

    def do_tally(self) -> Tally:
        """What came and what did not since the camera was armed."""
        with self.device.asking:
            return self.device.tally()

    def do_disarm(self) -> Tally:
        """End the stream, switch the trigger off, put the lines back; gives the last tally."""
        device, acquisition = self.device, self.acquisition
        acquisition.stop()
        tally = device.tally()
        device.disarm()
        return dataclasses.replace(tally, temperature_c=self._thermometer.read(device))

    def do_clock(self) -> ClockSample:
        """The camera's clock and the host's at one moment."""
        return self.device.clock()

    def do_follow_limit(self, overlap: str = "ReadOut") -> FollowLimit:
        """What rate the camera could follow as a secondary with its present settings."""
        return self.device.follow_limit(overlap)

    def do_published(self) -> int:
        """How many frames were published in the life of this process: the index of the next one."""
        writer = self._writer
        return 0 if writer is None else writer.published

    # -- what may not be done to a camera that is armed

    def refuse_armed(self, what: str) -> None:
        role = self.device.role
        if role is not None:
            raise SettingLockedError(
                f"{what} cannot be changed while the camera is armed as {role.kind}", setting=what
            )
