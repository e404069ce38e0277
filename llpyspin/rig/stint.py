"""A camera's part in a recording of a rig, from being armed to being disarmed or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llpyspin.frames import FrameReader
    from llpyspin.recording.numbering import Anchor
    from llpyspin.rig.follower import Follower
    from llpyspin.roles import Armed, ClockSample, Tally

__all__ = ["Stint"]


@dataclass
class Stint:
    """What is known of a camera while it is armed.

    Attributes
    ----------
    armed : Armed
    first_trigger : int
        Number of the first pulse after arming.
    period_ns : int or None
        From pulse to pulse.
    follower : Follower
    reader, sentry : FrameReader
        For ``rig.read()``, and to see the stream end.
    anchor : Anchor or None
        For a camera that came in while pulses were coming.
    clock : ClockSample or None
        The camera's clock and the host's, read when it was armed.
    tally : Tally or None
        At its end.
    """

    armed: Armed
    first_trigger: int
    period_ns: int | None
    follower: Follower
    reader: FrameReader
    sentry: FrameReader
    anchor: Anchor | None = None
    clock: ClockSample | None = None
    tally: Tally | None = None

    @property
    def joined(self) -> bool:
        """Whether the camera was armed while pulses were coming."""
        return self.anchor is not None

    def close(self) -> None:
        self.reader.close()
        self.sentry.close()
