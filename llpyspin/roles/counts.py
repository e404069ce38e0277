"""What a camera has counted since it was armed, and its clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ClockSample", "Tally"]

_COUNTER_WRAP = 65535  # counts after which a counter of 16 bit starts over


@dataclass(frozen=True)
class Tally:
    """What a camera and its process have counted since it was armed.

    Attributes
    ----------
    published : int
        Frames published in the life of the camera process, which is the index after the newest one.
    incomplete : int
        Frames that the SDK delivered damaged, published or not.
    lost : int
        Frames that the camera numbered and that were not published: steps in the ids, and dropped ones.
    dropped : int
        Of these, frames for which readers left no memory.
    exposures : int or None
        What the camera itself counted; None where it has no counter for it.
    pulses : int or None
        Pulses at the input line of a secondary, taken or not; None for others, or without a counter.  Of a
        primary with ``sync="ptp"``: the exposures that were to be, those that the host asked for too late
        included.
    last_frame_id : int or None
        Id of the newest frame; None before the first.
    last_host_ns : int or None
        When it came, on the host's monotonic clock.
    since : int
        ``published`` when the camera was armed: the index of the first frame since.
    late : int
        By how much the id of the first frame was larger than that of a first exposure.
    before : int
        Of those ``lost``, frames before the first one: as many as its id says, or as the counter or the time
        said then.
    counted : int or None
        How many there were by the camera's counter when the first frame came; None: it was not asked.
    proven : bool
        Whether the time since a primary was fired proves that there was none.
    temperature_c : float or None
        Of the camera in °C, just after its stream ended; None where it was not read.
    """

    published: int
    incomplete: int
    lost: int
    dropped: int
    exposures: int | None
    pulses: int | None
    last_frame_id: int | None
    last_host_ns: int | None
    since: int = 0
    late: int = 0
    before: int = 0
    counted: int | None = None
    proven: bool = False
    temperature_c: float | None = None

    @property
    def frames(self) -> int:
        """Frames published since the camera was armed."""
        return self.published - self.since

    @property
    def by_ids(self) -> int:
        """Exposures since the camera was armed up to the newest frame, by the frames and the steps in their
        ids."""
        return self.frames + self.lost

    @property
    def counter_slack(self) -> int:
        """How far off a counter may be that is off by one at its start and each time that it starts over."""
        return 1 + self.by_ids // _COUNTER_WRAP

    def exposed(self, most: int | None = None) -> int:
        """Exposures since the camera was armed, those after the newest frame included.

        Frames and ids tell of those before it, and its counter of those after it.  Some counters are off by
        one, some each time that they start over.  So one that differs by no more than that from the ids does
        not count where the ids prove it wrong, or the time does: ``most`` is how many exposures can have
        begun by the end, None where that is not known.
        """
        counted, slack = self.exposures, self.counter_slack
        if counted is None or counted == self.by_ids:
            return self.by_ids
        off = abs(counted - self.by_ids) <= slack
        if off and (counted < self.by_ids or (most is not None and most <= self.by_ids)):
            return self.by_ids
        return counted

    def given(self, most: int | None = None) -> int:
        """Pulses that a primary gave since it was armed.

        Over wires those are its exposures.  On a common clock they are the exposures that it asked all
        cameras for: the others may have exposed when it did not.
        """
        return self.exposed(most) if self.pulses is None else self.pulses

    @property
    def asked_for(self) -> int | None:
        """Exposures of a primary to wait for: on a common clock its counter may lag behind."""
        if self.exposures is None or self.pulses is None:
            return self.exposures
        return max(self.exposures, self.pulses)

    def end_lost_in(self, first_id: int) -> Literal["sensor", "transport"]:
        """Where the frames of pulses after the newest frame are: "sensor" if it exposed no more than came.

        ``first_id`` is the id of its first exposure.  Once the ids of GigE cameras have wrapped it cannot be
        told by these, and "transport" is said.
        """
        came = 0 if self.last_frame_id is None else self.last_frame_id - first_id + 1
        if self.exposures is not None and came > self.exposures:  # ids that did not begin there
            came = self.by_ids
        return "transport" if self.exposures is None or self.exposures > came else "sensor"


@dataclass(frozen=True)
class ClockSample:
    """The camera's clock and the host's monotonic clock at one moment.

    The camera's time was ``camera_ns`` at ``host_ns``, give or take ``uncertainty_ns`` (half of the round
    trip).
    """

    camera_ns: int
    host_ns: int
    uncertainty_ns: int
