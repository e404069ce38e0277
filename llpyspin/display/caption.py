"""The line of figures below a picture: rate, lost frames, latency."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from llpyspin.frames import FrameInfo

__all__ = ["Figures", "Line", "PreviewFigures"]

LATELY_NS = 2_000_000_000  # over which the camera's rate is told
MOST_SEEN = 500


class Line(Protocol):
    """What has a line to show."""

    def line(self) -> str: ...


@dataclass
class Figures:
    """Rate, lost frames and latency of what has been read so far.

    Latency is from the moment at which the SDK handed the frame to the camera process until the frame was
    in hand here, both on the host's monotonic clock.
    """

    frames: int = 0
    missed: int = 0
    first_ns: int = 0
    last_ns: int = 0
    latencies_ms: deque[float] = field(default_factory=lambda: deque(maxlen=100_000))
    arrivals_ns: deque[int] = field(default_factory=lambda: deque(maxlen=64))

    def count(self, host_timestamp_ns: int, missed: int) -> None:
        """Take note of a frame that is in hand now."""
        now = time.monotonic_ns()
        self.first_ns = self.first_ns or host_timestamp_ns
        self.last_ns = host_timestamp_ns
        self.missed += missed if self.frames else 0
        self.frames += 1
        self.arrivals_ns.append(host_timestamp_ns)
        self.latencies_ms.append((now - host_timestamp_ns) / 1e6)

    @property
    def rate(self) -> float:
        """Frames per second lately."""
        if len(self.arrivals_ns) < 2:
            return 0.0
        return (len(self.arrivals_ns) - 1) * 1e9 / max(1, self.arrivals_ns[-1] - self.arrivals_ns[0])

    def line(self) -> str:
        latency = self.latencies_ms[-1] if self.latencies_ms else 0.0
        return (
            f"frame {self.frames:6d} | {self.rate:6.1f} fps | {self.missed} missed | latency {latency:.2f} ms"
        )

    def summary(self) -> str:
        """One line at the end, over everything."""
        if not self.frames:
            return "no frame arrived"
        told = self.as_dict()
        return (
            f"{self.frames} frames in {told['seconds']:.1f} s: {told['framerate']:.1f} fps, "
            f"{self.missed} missed, latency {told['latency_ms_median']:.2f} ms (median), "
            f"{told['latency_ms_99']:.2f} ms (99 %)"
        )

    def as_dict(self) -> dict[str, float | None]:
        """The same by name; None: there is none without a frame."""
        seconds = (self.last_ns - self.first_ns) / 1e9
        middle = high = None
        if self.latencies_ms:
            middle, high = (float(each) for each in np.percentile(list(self.latencies_ms), [50, 99]))
        return {
            "frames": self.frames,
            "missed": self.missed,
            "seconds": seconds,
            "framerate": (self.frames - 1) / seconds if seconds else 0.0,
            "latency_ms_median": middle,
            "latency_ms_99": high,
        }


class PreviewFigures:
    """The camera's rate and the latency of a preview, which shows some of the frames only."""

    def __init__(self) -> None:
        self._latency_ms = 0.0
        self._seen: deque[FrameInfo] = deque(maxlen=MOST_SEEN)

    def count(self, info: FrameInfo) -> None:
        """Take note of a frame that is in hand now."""
        self._latency_ms = (time.monotonic_ns() - info.host_timestamp_ns) / 1e6
        self._seen.append(info)
        while len(self._seen) > 2 and info.host_timestamp_ns - self._seen[0].host_timestamp_ns > LATELY_NS:
            self._seen.popleft()

    @property
    def rate(self) -> float:
        """Frames a second that the camera gives lately, shown or not; 0 before the second one."""
        if len(self._seen) < 2:
            return 0.0
        first, last = self._seen[0], self._seen[-1]
        return (last.index - first.index) * 1e9 / max(1, last.host_timestamp_ns - first.host_timestamp_ns)

    def line(self) -> str:
        if not self._seen:
            return "waiting for frames"
        number = self._seen[-1].frame_id
        return f"frame {number:6d} | {self.rate:6.1f} fps | latency {self._latency_ms:.2f} ms"
