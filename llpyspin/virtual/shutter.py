"""When a sensor exposes: free-running, by triggers, overlapped or not.  Pure logic on camera time (ns).

The shutter has no thread and reads no clock. It gets triggers with their times, and says which exposure
starts by a given time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.virtual.timing import Timing

__all__ = ["Exposure", "Programme", "Shutter", "Trigger"]


@dataclass(frozen=True)
class Trigger:
    """One trigger (AcquisitionStart, FrameBurstStart or FrameStart)."""

    on: bool = False
    source: str = "Software"
    activation: str = "RisingEdge"
    overlap: str = "Off"
    delay: int = 0

    def fires(self, rising: bool) -> bool:
        """Whether an edge of the source is a trigger."""
        return self.activation == "AnyEdge" or self.active(rising)

    def active(self, level: bool) -> bool:
        """Whether a level is the active one."""
        return level == (self.activation not in ("FallingEdge", "LevelLow"))

    @property
    def by_level(self) -> bool:
        return self.activation in ("LevelHigh", "LevelLow")


@dataclass(frozen=True)
class Programme:
    """The settings by which the sensor runs."""

    timing: Timing
    frame_limit: int | None = None
    """Frames of the acquisition: 1, AcquisitionFrameCount, or None."""
    burst_count: int = 1
    by_width: bool = False
    """ExposureMode TriggerWidth."""
    acquisition: Trigger = field(default_factory=Trigger)
    burst: Trigger = field(default_factory=Trigger)
    frame: Trigger = field(default_factory=Trigger)


@dataclass
class Exposure:
    """One frame in the sensor."""

    number: int
    start: int
    end: int | None
    """None while a trigger holds the shutter open."""
    read: int | None = None
    """End of read-out."""
    ready: int | None = None
    """When the image has arrived at the host."""
    stamp: int | None = None
    """The timestamp, where that is not the end."""
    position: int | None = None
    """Of a camera that replays: which recorded trigger it is."""

    @property
    def timestamp(self) -> int:
        """What the camera says of the frame, once the end is known."""
        assert self.end is not None
        return self.end if self.stamp is None else self.stamp


class Shutter:
    """Decides when exposures start and end."""

    def __init__(self, programme: Programme, at: int) -> None:
        self.programme = programme
        self.missed = 0
        """Triggers that came while the sensor could not take them."""
        self.waits_for_all = False
        """Whether frames that are late are exposed late, and not left out."""
        self.started = 0
        self.last: Exposure | None = None
        self._began = at
        self._armed = not programme.acquisition.on
        self._burst_left = 0
        self._next = at
        self._held_level: bool = False
        self._latched = False
        self._halted = False
        self._counted_from = 0

    # -- what is asked

    @property
    def finished(self) -> bool:
        """No exposure starts any more: the limit is reached, or the client has stopped the acquisition."""
        limit = self.programme.frame_limit
        return self._halted or (limit is not None and self.started - self._counted_from >= limit)

    def due(self) -> int | None:
        """When the next exposure starts by itself; None if that takes a trigger."""
        if self.finished or not self._armed or (self.last is not None and self.last.end is None):
            return None
        programme = self.programme
        if programme.frame.on:
            if self._latched or (programme.frame.by_level and self._held_level and not programme.by_width):
                return self.free_at()
            return None
        if programme.burst.on and not self._burst_left:
            return None
        return self._next

    def waits_for_trigger(self) -> bool:
        """FrameTriggerWait: armed, and a trigger would be taken now or as soon as the sensor is free."""
        return (
            not self.finished and (self.programme.frame.on or self.programme.burst.on) and not self._latched
        )

    def free_at(self, overlap: str | None = None) -> int:
        """From when on the sensor can start an exposure."""
        last = self.last
        if last is None:
            return self._began
        if last.end is None or last.read is None:
            return last.start + 1_000_000_000_000
        overlap = self.programme.frame.overlap if overlap is None else overlap
        if overlap == "Off":
            return max(last.end, last.read)
        exposure = 0 if self.programme.by_width else self.programme.timing.exposure
        return max(last.end, last.read - exposure)

    # -- what happens

    def apply(self, programme: Programme, at: int) -> None:
        """Run by other settings from ``at`` on, with the next exposure."""
        old, self.programme = self.programme, programme
        if not programme.acquisition.on:
            self._armed = True
        if programme.frame != old.frame:
            self._latched = False
            self._held_level = False
        if self.last is not None:
            self._next = self.last.start + programme.timing.period
        if old.frame.on and not programme.frame.on:
            free = 0 if self.last is None or self.last.end is None else self.free_at("ReadOut")
            self._next = max(at, free)  # it runs freely only from now on

    def go_on(self, programme: Programme) -> None:
        """Run the next exposure by other settings, as a sequencer has it."""
        before, self.programme = self.programme, programme
        if self.last is not None and self.last.end is not None:
            self._next = max(self.last.start + before.timing.period, self.free_at("ReadOut"))

    def advance(self, now: int) -> Exposure | None:
        """Start the exposure that is due at ``now``, if there is one."""
        due = self.due()
        if due is None or due > now:
            return None
        self._latched = False
        return self._expose(due)

    def halt(self) -> None:
        """Start no further exposure; the one that is under way ends as it would."""
        self._halted = True
        self._latched = False
        self._burst_left = 0

    def resume(self, at: int) -> None:
        """Start exposures again; the limit of frames counts anew."""
        if not self.finished:
            return
        self._halted = False
        self._counted_from = self.started
        self._armed = not self.programme.acquisition.on
        self._next = max(at, self._next)

    def skip(self, count: int) -> None:
        """Let ``count`` free-running frames pass unseen (the host was stopped for long)."""
        self.started += count
        self._next += count * self.programme.timing.period

    def catch_up(self, at: int) -> None:
        """Let the next free-running frame start at ``at``."""
        self._next = at

    def arm(self, at: int) -> None:
        """The trigger AcquisitionStart."""
        if not self._armed:
            self._armed = True
            self._next = at

    def hold(self, active: bool) -> None:
        """The level of a level trigger when it is set."""
        self._held_level = active

    def burst(self, at: int) -> None:
        """The trigger FrameBurstStart: a burst begins, unless one is under way."""
        if self._burst_left or self.finished or not self._armed:
            self.missed += 1
            return
        self._burst_left = self.programme.burst_count
        self._next = max(at, self.free_at("ReadOut"))

    def trigger(self, at: int) -> Exposure | None:
        """The trigger FrameStart at ``at``: starts an exposure if the sensor is free, else it is missed."""
        programme = self.programme
        if self.finished or not self._armed or (programme.burst.on and not self._burst_left):
            self.missed += 1
            return None
        if at + programme.timing.row >= self.free_at():
            return self._expose(at)
        if programme.frame.overlap == "PreviousFrame" and not self._latched and not programme.by_width:
            self._latched = True
        else:
            self.missed += 1
        return None

    def pass_by(self) -> None:
        """The sensor is blind for a pulse of the trigger FrameStart."""

    def level(self, active: bool, at: int) -> Exposure | None:
        """A level trigger changed: frames follow one another while it is active."""
        self._held_level = active
        return self.trigger(at) if active and at + self.programme.timing.row >= self.free_at() else None

    def close(self, at: int) -> Exposure | None:
        """The end of the pulse whose width is the exposure time."""
        last = self.last
        if last is None or last.end is not None:
            return None
        self._finish(last, max(at, last.start + 1000))
        return last

    def _expose(self, at: int) -> Exposure:
        exposure = Exposure(self.started, at, None)
        self.started += 1
        if self._burst_left:
            self._burst_left -= 1
        if not (self.programme.by_width and self.programme.frame.on):
            self._finish(exposure, at + self.programme.timing.exposure)
        self.last = exposure
        self._next = at + self.programme.timing.period
        return exposure

    def _finish(self, exposure: Exposure, end: int) -> None:
        timing = self.programme.timing
        exposure.end = end
        exposure.read = end + timing.readout
        ready = end + max(timing.readout, timing.transfer)
        before = self.last.ready if self.last is not None and self.last is not exposure else None
        exposure.ready = ready if before is None else max(ready, before + timing.transfer)
