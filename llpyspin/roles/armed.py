"""The role that a camera is armed in, and what it reports then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from llpyspin.errors import SettingError
from llpyspin.roles.pulsetiming import PulseTiming

if TYPE_CHECKING:
    from llpyspin.roles.gpio import Lines

__all__ = ["Armed", "FollowLimit", "Role"]


@dataclass(frozen=True)
class Role:
    """What a camera is to be armed as.

    Attributes
    ----------
    kind : str
        "primary": waits for "fire", then runs at its frame rate and gives pulses.  "secondary": exposes with
        each pulse.  "free": runs by itself at once.
    lines : Lines, optional
        By default those of its model.
    buffer_count : int, optional
        Frames of memory between camera and readers; by default as many as streaming takes.
    sync : str
        "lines": pulses come over wires.  "ptp": GigE cameras share one clock (IEEE 1588) and expose at times
        that action commands name; the process of the primary sends these, and the primary obeys them as the
        secondaries do.
    group : int
        With "ptp" the key of the cameras that belong together, 1 to 2**32 - 1; another for each rig of a
        network.
    period_ns : int, optional
        From pulse to pulse that a secondary is to get, where that is known.
    """

    kind: Literal["primary", "secondary", "free"]
    lines: Lines | None = None
    buffer_count: int | None = None
    sync: Literal["lines", "ptp"] = "lines"
    group: int = 1
    period_ns: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("primary", "secondary", "free"):
            raise SettingError(
                f"a camera is armed as primary, secondary or free, not {self.kind!r}",
                setting="kind",
                value=self.kind,
            )
        count = self.buffer_count
        if count is not None and (type(count) is not int or count < 1):
            raise SettingError(
                f"buffer_count must be a number of frames from 1, not {count!r}",
                setting="buffer_count",
                value=count,
            )
        if self.sync not in ("lines", "ptp"):
            raise SettingError(
                f'sync must be "lines" or "ptp", not {self.sync!r}',
                setting="sync",
                value=self.sync,
            )
        if type(self.group) is not int or not 1 <= self.group < 1 << 32:
            raise SettingError(
                f"a group is a number from 1 to 2**32 - 1, not {self.group!r}",
                setting="group",
                value=self.group,
            )


@dataclass(frozen=True)
class FollowLimit:
    """What rate a camera can follow as a secondary, with its present settings.

    Attributes
    ----------
    most_framerate : float
        Pulses a second (Hz) of which it takes every one.
    exposure_us : float or None
        None: as long as each pulse.
    readout_us : float or None
        The least time (us) between two frames however short the exposure, from read-out or link; None where
        the camera does not tell.
    """

    most_framerate: float
    exposure_us: float | None
    readout_us: float | None
    overlap: bool = True
    """Whether it exposes while the frame before is read out."""

    def most_with(self, pulse_us: float | None) -> float:
        """The same for pulses of that length (us), where these may time the exposure."""
        return _most_with(self.most_framerate, self.exposure_us, self.readout_us, pulse_us)


def _most_with(
    most: float, exposure_us: float | None, readout_us: float | None, pulse_us: float | None
) -> float:
    """An exposure that the pulse ends is never overlapped with the read-out of the frame before."""
    if exposure_us is not None or pulse_us is None:
        return most
    return min(most, 1e6 / (pulse_us + (readout_us or 0.0)))


@dataclass(frozen=True)
class Armed:
    """What a camera said when it was armed.

    Attributes
    ----------
    lines : Lines
        The lines that it uses.
    period_ns : int or None
        Between its pulses or frames; None for a secondary, which has the primary's.
    framerate : float
        Hz; for a secondary the most that it can follow.
    exposure_us : float or None
        None: as long as each pulse.
    readout_us : float or None
        As in :class:`FollowLimit`.
    most_framerate : float
        As in :class:`FollowLimit`.
    first_id : int
        Frame id of the first exposure: 0 (USB3) or 1 (GigE).
    published : int
        Index that the first frame will have.
    buffers : int
        Frames of memory.
    supply_switched : bool
        Whether arming has switched the 3.3 V supply, which may look like a pulse to the cameras behind it.
    timing : PulseTiming
    temperature_c : float or None
        Of the camera in °C, just before its stream began; None where it was not read.
    line_status : str
        The chunk with which the camera sends the levels of its lines: "ExposureEndLineStatusAll" (at the end
        of the exposure) or "LineStatusAll" (at the beginning of the frame); "" if it does not.
    """

    lines: Lines
    period_ns: int | None
    framerate: float
    exposure_us: float | None
    readout_us: float | None
    most_framerate: float
    first_id: int
    published: int
    buffers: int
    supply_switched: bool = False
    timing: PulseTiming = field(default_factory=PulseTiming)
    temperature_c: float | None = None
    line_status: str = ""

    def most_with(self, pulse_us: float | None) -> float:
        """As :meth:`FollowLimit.most_with`."""
        return _most_with(self.most_framerate, self.exposure_us, self.readout_us, pulse_us)

    def frame_s(self, pulse_us: float | None = None) -> float:
        """Seconds from a pulse of that length until its frame is read out."""
        exposure_us = pulse_us if self.exposure_us is None else self.exposure_us
        timing = self.timing
        return (timing.delay_us + timing.filter_us + (exposure_us or 0.0) + (self.readout_us or 0.0)) / 1e6
