"""What a driver of a pulse box must be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from llpyspin.naming.known import named

__all__ = ["BoxCount", "BoxIdentity", "BoxState", "FirstPulse", "PulseBox"]

BoxState = Literal["idle", "running", "done", "stopped", "watchdog"]


@named
@dataclass(frozen=True)
class BoxIdentity:
    """What a box says of itself.

    Attributes
    ----------
    name : str
        Of the board or device, for messages and ``session.json``.
    port : str
        Where it is connected.
    version : int
        Of its protocol.
    least_hz, most_hz : float
        Rates that it can make.
    """

    name: str
    port: str = ""
    version: int = 1
    least_hz: float = 0.0
    most_hz: float = float("inf")


@named
@dataclass(frozen=True)
class FirstPulse:
    """When the first pulse began: ``host_ns`` on the host's monotonic clock, plus or minus ``unsure_ns``."""

    host_ns: int
    unsure_ns: int


@named
@dataclass(frozen=True)
class BoxCount:
    """What a box has counted since it was started.

    Attributes
    ----------
    pulses : int
        Rising edges.
    state : {"idle", "running", "done", "stopped", "watchdog"}
        "idle": never started.  "done": all pulses that were asked for are over.  "watchdog": it stopped by
        itself, because nobody asked it for too long.
    late_us : float or None
        By how much the latest rising edge was late; None where the box does not measure it.
    """

    pulses: int
    state: BoxState = "running"
    late_us: float | None = None


@runtime_checkable
class PulseBox(Protocol):
    """A box that sends trigger pulses: ``Rig(..., trigger=box)`` accepts any object with these methods.

    Each method returns within a few seconds, or raises :class:`llpyspin.errors.PulseBoxError`.  The rig calls
    them from several threads.
    """

    def identify(self) -> BoxIdentity:
        """Connect, if that is necessary; end all pulses, and return what the box is.

        The rig calls it when it opens, and before each recording.
        """
        ...

    def start(self, rate_hz: float, count: int | None = None) -> FirstPulse | None:
        """Count from 0 and send pulses at this rate: ``count`` of them, or until :meth:`stop`.

        Returns when the first pulse begins; None if the box cannot tell.
        """
        ...

    def count(self) -> BoxCount:
        """Return the count.  The rig calls it twice a second, so the box can stop if nobody calls."""
        ...

    def stop(self) -> BoxCount:
        """End the pulses and return the count.  The box completes a pulse that has begun."""
        ...

    def close(self) -> None:
        """Disconnect.  You may call it twice."""
        ...
