"""The requests of a synchronised recording to one camera, and what the camera answered.

Each step is one request to the camera process.  Settings are locked from :meth:`Acquisition.arm` to
:meth:`Acquisition.disarm`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.errors import LlpyspinError, SettingError, SettingLockedError
from llpyspin.frames import StreamEnded
from llpyspin.frames.buffers import recording_buffers
from llpyspin.processes.child import OPEN_S, REQUEST_S
from llpyspin.recording.marking import as_it_began
from llpyspin.recording.plan import picture_of
from llpyspin.roles import Role
from llpyspin.settings import AutomaticNumber, Roi
from llpyspin.system.resources import spare_memory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llpyspin.camera.parts import Parts
    from llpyspin.frames import FrameInfo, FrameReader
    from llpyspin.recording.sinks import Picture
    from llpyspin.roles import Armed, ClockSample, FollowLimit, Lines, Tally
    from llpyspin.settings import CameraInfo

__all__ = ["Acquisition", "Finish"]

CACHED = ("framerate", "exposure", "binsize", "roi", "pixel_format")
"""Settings that are read when the camera is armed; others when they are first asked for after that."""

logger = logging.getLogger("llpyspin")

LONGEST = "AutoExposureExposureTimeUpperLimit"
NOT_PRIMED = "camera is not primed"
ANSWER_S = 10.0  # for an answer, besides what was asked to take its time


@dataclasses.dataclass(frozen=True)
class Finish:
    """What became of those that belong to a camera, once it is disarmed."""

    tally: Tally | None = None  # instead of the camera's own
    failure: LlpyspinError | None = None
    events: tuple[tuple[str, str], ...] = ()


class Acquisition:
    """The steps of one camera.

    Parameters
    ----------
    kind : {"primary", "secondary", "free"}
        "free": it neither gives nor takes pulses, and waits for its trigger like a primary.
    parts : Parts
        Of the camera; its callbacks take part in recordings.
    lines : Lines, optional
        By default those of the camera's model.
    elsewhere : tuple of str
        Settings that another camera decides; their value is None.

    Attributes
    ----------
    armed : Armed or None
        What the camera said when it was armed; None while it is not.
    asked : int or None
        Buffers that were asked for; the SDK may have given fewer.
    as_opened : bool
        Whether it is armed because cameras are primed as they are opened.
    temperature_c : float or None
        Of the camera in °C, when it was disarmed last; None where it was not read.
    """

    def __init__(
        self,
        kind: Literal["primary", "secondary", "free"],
        parts: Parts,
        *,
        lines: Lines | None = None,
        elsewhere: tuple[str, ...] = (),
    ) -> None:
        self.kind = kind
        self.source = parts.source
        self.frames = parts.frames
        self.callbacks = parts.callbacks
        self.requested = parts.requested
        self.elsewhere = elsewhere
        self.armed: Armed | None = None
        self.asked: int | None = None
        self.as_opened = False
        self.temperature_c: float | None = None
        self._lines = lines
        self._cache: dict[str, Any] = {}

    # -- settings -----------------------------------------------------------------------------------------

    @property
    def info(self) -> CameraInfo:
        return self.source.identity()

    def value_of(self, name: str) -> Any:
        """A setting as it is; while the camera is armed it is asked once."""
        if name in self.elsewhere:
            return None
        if self.armed is None:
            return self.ask("get", name)
        if getattr(self._cache.get(name), "mode", ""):  # the camera goes on choosing it
            return self.ask("get", name)
        if name not in self._cache:
            self._cache[name] = self.ask("get", name)
        return self._cache[name]

    def check_unlocked(self, name: str, value: object) -> None:
        """Refuse to change a setting while the camera is armed."""
        if self.armed is not None:
            what_to_do = (
                "New cameras start primed: call stop() first, or open with primed=False"
                if self.as_opened
                else "Call stop(), change it, and call prime() again"
            )
            raise SettingLockedError(
                f"acquisition lock is engaged: {self.source.name} is primed, so {name} cannot be changed. "
                f"{what_to_do}",
                setting=name,
                value=value,
            )

    def described(self) -> dict[str, Any]:
        """All settings as they are recorded."""
        return {
            **self._cache,
            "requested_framerate": self.requested.hz,
            "nodes": self.ask("snapshot", timeout_s=OPEN_S),
        }

    def picture(self, rate: float) -> Picture:
        """What a writer gets of this camera."""
        roi = Roi(*self.value_of("roi"))
        convert = self.frames.limits.convert
        return picture_of(self.value_of("pixel_format"), roi.height, roi.width, convert=convert, rate=rate)

    def payload(self) -> int:
        """Bytes of a frame."""
        return int(self.ask("node_get", "PayloadSize"))

    @contextlib.contextmanager
    def explaining(self) -> Iterator[None]:
        """Where the stream of the camera has ended, raise what became of the camera process."""
        try:
            yield
        except StreamEnded:
            self.ask("ping")  # raises how the process ended
            raise

    def follow_limit(self) -> FollowLimit:
        """How fast it can follow pulses, with its present settings."""
        overlap = "ReadOut" if self._lines is None else self._lines.overlap
        limit: FollowLimit = self.ask("follow_limit", overlap)
        return limit

    def buffers(self, rate: float, pre_trigger: float | None, *, payload: int | None = None) -> int:
        """Buffers to arm with; ``payload``: for frames of so many bytes.

        A camera without a recording gets as many. So it need not be armed anew for a recording: that would
        switch its lines, which may look like a pulse.
        """
        payload = self.payload() if payload is None else payload
        return recording_buffers(payload, rate, pre_trigger=pre_trigger, available=spare_memory())

    # -- steps --------------------------------------------------------------------------------------------

    def ask(self, operation: str, *arguments: Any, timeout_s: float = REQUEST_S) -> Any:
        return self.source.opened().request(operation, *arguments, timeout_s=timeout_s)

    def arm(
        self,
        *,
        buffer_count: int | None = None,
        lines: Lines | None = None,
        sync: Literal["lines", "ptp"] = "lines",
        group: int = 1,
        period_ns: int | None = None,
    ) -> Armed:
        """Take the part and start the stream, which waits; engages the acquisition lock."""
        cache = {name: self.value_of(name) for name in CACHED}
        self._warn_of_automatic(period_ns, cache["framerate"])
        part: Literal["primary", "secondary"] = "secondary" if self.kind == "secondary" else "primary"
        role = Role(part, lines or self._lines, buffer_count, sync, group, period_ns)
        try:
            armed: Armed = self.ask("arm", role, timeout_s=OPEN_S)
        except LlpyspinError:
            raise
        except BaseException:  # Ctrl-C: the camera may be armed by now, or is in a moment
            with contextlib.suppress(LlpyspinError):
                self.ask("disarm", timeout_s=OPEN_S)
            raise
        self._cache = cache
        self._engage(armed, buffer_count)
        return armed

    def _warn_of_automatic(self, period_ns: int | None, framerate: float | None) -> None:
        """An exposure that the camera chooses may become longer than the time between two pulses."""
        exposure = self.ask("get", "exposure")
        period_us = period_ns / 1e3 if period_ns else 1e6 / framerate if framerate else math.inf
        if not isinstance(exposure, AutomaticNumber) or exposure.mode != "auto":
            return
        longest = self.ask("node_get", LONGEST) if LONGEST in self.ask("node_names") else None
        if longest is not None and longest > period_us:
            logger.warning(
                "%s: the automatic exposure can become %g us, longer than the %.6g us between two pulses. "
                'The camera then misses some. Set nodes["%s"] to less',
                self.source.name,
                longest,
                period_us,
                LONGEST,
            )

    def _engage(self, armed: Armed, asked: int | None) -> None:
        """Frames begin anew, with the acquisition lock."""
        self.armed, self.asked, self.temperature_c = armed, asked, None
        self.source.idle = None
        self.frames.restart()
        self.source.expect_frames()

    def fire(self) -> int:
        """Begin to give pulses; when that was (host's monotonic clock, ns)."""
        fired_ns: int = self.ask("fire")
        return fired_ns

    def hold(self) -> int:
        """Let no further exposure begin; return the host's monotonic time (ns) just after."""
        held_ns: int = self.ask("hold")
        return held_ns

    def drain(self, quiet_s: float, most_s: float, exposures: int | None = None) -> Tally:
        """Wait until the frames under way have come."""
        tally: Tally = self.ask("drain", quiet_s, most_s, exposures, timeout_s=most_s + ANSWER_S)
        return tally

    def tally(self) -> Tally:
        """What was counted since the camera was armed."""
        tally: Tally = self.ask("tally")
        return tally

    def clock(self) -> ClockSample | None:
        """The camera's clock and the host's at one moment; None where the camera's cannot be read."""
        try:
            sample: ClockSample = self.ask("clock")
        except SettingError:
            return None
        return sample

    def published(self) -> int:
        """How many frames were published since the camera was opened."""
        published: int = self.ask("published")
        return published

    def disarm(self) -> Tally:
        """End the stream and leave the part; the acquisition lock is off whatever comes of it."""
        try:
            return self.disarm_only()
        finally:
            self.forget()

    def disarm_only(self) -> Tally:
        """End the stream and leave the part; the acquisition lock stays until :meth:`forget`."""
        tally: Tally = self.ask("disarm")
        self.temperature_c = tally.temperature_c
        return tally

    def forget(self) -> None:
        """Be without a part: the acquisition lock is off."""
        self.armed = self.asked = None
        self.as_opened = False
        self._cache = {}
        self.source.idle = NOT_PRIMED

    def finish(self, tally: Tally | None) -> Finish:
        """Called once the camera is disarmed: see what became of those that belong to it.

        ``tally``: what this camera has counted.
        """
        del tally
        return Finish()

    # -- frames, without asking anybody -------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Of the frames."""
        return self.source.address

    @property
    def reader(self) -> FrameReader | None:
        """The reader of ``read()``; its journal has all frames."""
        return self.frames.reader

    def count_of_frames(self) -> int:
        """Frames that have come since the camera was armed."""
        armed, reader = self.armed, self.reader
        return 0 if armed is None or reader is None else max(0, reader.newest + 1 - armed.published)

    def newest(self) -> FrameInfo | None:
        """The newest frame since the camera was armed."""
        reader = self.reader
        return None if reader is None else self._of_this(reader.journal(reader.newest))

    def first(self) -> FrameInfo | None:
        """The first frame since the camera was armed, if it is remembered."""
        armed, reader = self.armed, self.reader
        return None if armed is None or reader is None else reader.journal(armed.published)

    def began(self) -> Armed:
        """With the id of its first exposure as it was, should it not have begun to count at its start.

        Asks the camera process where the first frame is not remembered any more.
        """
        armed, reader = self.armed, self.reader
        assert armed is not None
        if reader is None or not self.count_of_frames() or self.first() is not None:
            return armed if reader is None else as_it_began(reader, armed)
        tally = self.tally()
        return dataclasses.replace(armed, first_id=armed.first_id + tally.late - tally.before)

    def _of_this(self, info: FrameInfo | None) -> FrameInfo | None:
        armed = self.armed
        return None if info is None or armed is None or info.index < armed.published else info
