"""What is known about a frame: layout, flags, numbers and times; and what can go wrong on the way to it."""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from llpyspin.errors import ArgumentError, CameraProcessError, LlpyspinError, TooManyHeldError
from llpyspin.naming.known import hinted

__all__ = ["FrameFlags", "FrameGone", "FrameInfo", "FrameToken", "Layout", "NoFreeBuffer", "StreamEnded"]


class FrameFlags(enum.IntFlag):
    """What is to be known about one frame besides its pixels."""

    NONE = 0
    INCOMPLETE = 1
    """The SDK delivered it damaged; some pixels are missing or old."""
    VIRTUAL = 2
    """It comes from a virtual camera."""
    RESTARTED = 4
    """It is the first one after the camera was started or resumed."""
    SKIPPED = 8
    """A process between the camera and this reader left it out: it is in the journal, and has no pixels."""
    COUNTED = 16
    """It is the first one of a stream whose frame ids did not begin where the camera's do: ``missed`` of it,
    which the camera's counter or the time told, is how many were lost before it."""


@hinted
class FrameInfo(NamedTuple):
    """The account of one frame.

    ``index`` counts every frame that the camera process published, complete or not, from 0, across pauses.
    ``frame_id`` is the camera's own number.  ``camera_timestamp_ns`` is on the camera's clock,
    ``host_timestamp_ns`` on the host's monotonic clock; they have different epochs.  ``missed`` is how many
    frames there were between the one this reader got before and this one, wherever they were lost; it is 0
    for frames that were reached back for.  ``exposure_us`` and ``gain_db`` are NaN and ``line_status`` is -1
    where the camera does not say.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    frame_id: int
    camera_timestamp_ns: int
    host_timestamp_ns: int
    flags: FrameFlags
    missed: int
    exposure_us: float
    gain_db: float
    line_status: int

    @property
    def counted_before(self) -> int | None:
        """How many frames of its stream were lost before it, if its id does not show that; else None."""
        return self.missed if self.flags & FrameFlags.COUNTED else None

    @property
    def began_ns(self) -> int:
        """When the exposure began, on the camera's clock, as timestamps are of its end.

        Where the camera does not say how long it was: when it ended.
        """
        exposure_us = self.exposure_us
        known = math.isfinite(exposure_us)
        return self.camera_timestamp_ns - round(exposure_us * 1e3) if known else self.camera_timestamp_ns

    def __str__(self) -> str:
        parts = [
            f"frame {self.frame_id} (index {self.index})",
            f"camera time {self.camera_timestamp_ns / 1e9:.6f} s",
        ]
        parts += [f"exposure {self.exposure_us:g} us"] if math.isfinite(self.exposure_us) else []
        parts += [f"gain {self.gain_db:g} dB"] if math.isfinite(self.gain_db) else []
        parts += [f"{self.missed} missed before it"] if self.missed else []
        parts += [flag.name.lower() for flag in FrameFlags if flag and flag in self.flags and flag.name]
        return ", ".join(parts)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython and Jupyter show."""
        printer.text("FrameInfo(...)" if cycle else str(self))


class FrameToken(NamedTuple):
    """The name of a frame, small and picklable; another process can :meth:`FrameReader.take` it by that.

    ``record`` is where it lies and its account: a frame that is held for long outlives its journal entry.
    """

    address: str
    index: int  # type: ignore[assignment]
    record: tuple[Any, ...]


@hinted
@dataclass(frozen=True)
class Layout:
    """How the pixels of a frame lie in memory.

    Attributes
    ----------
    pixel_format : str
        GenICam PFNC name, for example ``"Mono8"`` or ``"BayerRG12p"``.
    width, height : int
        In pixels.
    stride : int
        Bytes from one row to the next; 0 where rows do not start at whole bytes (packed, odd widths).
    payload : int
        Bytes of a frame, padding included.
    """

    pixel_format: str
    width: int
    height: int
    stride: int
    payload: int

    def __post_init__(self) -> None:
        if not self.pixel_format:
            raise ArgumentError("a layout needs the name of its pixel format")
        for name in ("width", "height", "payload"):
            value = getattr(self, name)
            if not isinstance(value, int) or value <= 0:
                raise ArgumentError(f"{name} of a layout must be a positive whole number, not {value!r}")
        if not isinstance(self.stride, int) or self.stride < 0:
            raise ArgumentError(f"stride of a layout must be a whole number >= 0, not {self.stride!r}")
        if self.stride * self.height > self.payload:
            raise ArgumentError(
                f"{self.height} rows of {self.stride} bytes do not fit in {self.payload} bytes"
            )


class StreamEnded(CameraProcessError):
    """The process that published the frames closed the stream or is gone; no more frames will come."""


class FrameGone(LlpyspinError, LookupError):
    """The frame that was reached back for is not in memory any more, or not yet."""


class NoFreeBuffer(TooManyHeldError):
    """Every buffer is held by readers; this frame has to be dropped and counted as lost."""
