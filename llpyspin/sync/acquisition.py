"""A camera that takes a part among others: armed, fired, held and disarmed, its settings locked meanwhile."""

from __future__ import annotations

import contextlib
import logging
import time
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from llpyspin.camera.camera import Camera
from llpyspin.camera.nodes import Nodes
from llpyspin.errors import LlpyspinError, SettingError, SettingLockedError
from llpyspin.processes.child import OPEN_S
from llpyspin.roles import Role

if TYPE_CHECKING:
    import pathlib

    from llpyspin.recording.session import Pulse
    from llpyspin.recording.take import Take
    from llpyspin.recording.timekeeper import Timekeeper
    from llpyspin.roles import Armed, ClockSample, Lines, Tally
    from llpyspin.settings import RestoreReport

__all__ = ["ArmedCamera", "Run"]

logger = logging.getLogger("llpyspin")

CACHED = ("framerate", "exposure", "binsize", "roi", "pixel_format")
"""Settings that are read when the camera is armed; others when they are first asked for after that."""

NOT_PRIMED = "camera is not primed"
ANSWER_S = 10.0  # for an answer, besides what was asked to take its time


@dataclass
class Run:
    """What happens between priming and stopping, and how far the end has come, if that was interrupted."""

    armed: Armed
    asked: int | None = None  # buffers; the SDK may have given fewer
    take: Take | None = None
    second: Take | None = None  # of what a callback returned, beside what the camera gave
    keeper: Timekeeper | None = None
    fired_ns: int | None = None
    held_ns: int | None = None
    begun: bool = False  # triggered, as the user sees it
    since_ns: int = field(default_factory=time.monotonic_ns)  # pulses from then on are this run's
    late: bool = False  # armed while pulses came already
    ceased: bool = False
    cut: bool = False  # stopped while pulses came
    pulses: int | None = None  # that there were, as far as is known
    counted: Tally | None = None  # before the stream was ended
    tally: Tally | None = None
    failure: LlpyspinError | None = None
    clocks: tuple[ClockSample, ...] = ()
    pulse: Pulse | None = None  # the last one, on this camera's clock, where the one who gave it tells
    events: list[tuple[str, str]] = field(
        default_factory=list
    )  # kind and text of what the account is to tell
    cache: dict[str, Any] = field(default_factory=dict)


class ArmedCamera(Camera):
    """The steps of a synchronised recording, each one request; what they are for is up to subclasses."""

    kind: ClassVar[Literal["primary", "secondary"]]
    _records = True

    def _prepare_arming(self, lines: Lines | None) -> None:
        """Called by constructors, before the camera is opened."""
        self._run: Run | None = None
        self._lines = lines
        self.history: deque[tuple[int, int]] = deque(maxlen=1000)
        """Of a primary: when it was fired (host's monotonic clock, ns), and how many pulses came of it."""

    # -- state --------------------------------------------------------------------------------------------

    @property
    def primed(self) -> bool:
        """Whether the camera waits for its trigger or, once that has come, runs: settings are locked."""
        return self._run is not None

    # -- the acquisition lock -----------------------------------------------------------------------------

    def assign(self, name: str, value: Any) -> bool:
        self._check_unlocked(name, value)
        return super().assign(name, value)

    def load_settings(self, path: str | pathlib.Path) -> RestoreReport:
        self._check_unlocked("settings", path)
        return super().load_settings(path)

    @property
    def nodes(self) -> Nodes:
        """Any GenICam node by name; to be read only while the camera is primed."""
        return Nodes(
            self._source.opened(), self._check_unlocked, weakref.WeakMethod(self._node_written)
        )

    def value_of(self, name: str) -> Any:
        run = self._run
        if run is None:
            return super().value_of(name)
        if name not in run.cache:
            run.cache[name] = super().value_of(name)
        return run.cache[name]

    def _check_unlocked(self, name: str, value: object) -> None:
        if self._run is not None:
            raise SettingLockedError(
                f"acquisition lock is engaged: {self.nickname} is primed, so {name} cannot be changed; "
                "stop() it first, and prime() it again afterwards",
                setting=name,
                value=value,
            )

    # -- steps, each one request --------------------------------------------------------------------------

    def _arm(
        self,
        *,
        buffer_count: int | None = None,
        lines: Lines | None = None,
        sync: Literal["lines", "ptp"] = "lines",
        group: int = 1,
    ) -> Armed:
        """Take the part and start the stream, which waits; engages the acquisition lock."""
        cache = {name: self.value_of(name) for name in CACHED}
        role = Role(self.kind, lines=lines or self._lines, buffer_count=buffer_count, sync=sync, group=group)
        try:
            armed: Armed = self._ask("arm", role, timeout_s=OPEN_S)
        except LlpyspinError:
            raise
        except BaseException:  # Ctrl-C: the camera may be armed by now, or is in a moment
            with contextlib.suppress(LlpyspinError):
                self._ask("disarm", timeout_s=OPEN_S)
            raise
        self._begin_run(Run(armed, buffer_count, cache=cache))
        self._expect_frames()
        return armed

    def _fire(self) -> int:
        fired_ns: int = self._ask("fire")
        return fired_ns

    def _hold(self) -> int:
        """Have no further exposure begin; gives the host's monotonic time (ns) just after."""
        held_ns: int = self._ask("hold")
        return held_ns

    def _drain(self, quiet_s: float, most_s: float, exposures: int | None = None) -> Tally:
        tally: Tally = self._ask("drain", quiet_s, most_s, exposures, timeout_s=most_s + ANSWER_S)
        return tally

    def _tally(self) -> Tally:
        tally: Tally = self._ask("tally")
        return tally

    def _clock(self) -> ClockSample:
        sample: ClockSample = self._ask("clock")
        return sample

    def _published(self) -> int:
        published: int = self._ask("published")
        return published

    def _disarm(self) -> Tally:
        """End the stream and leave the part; the acquisition lock is off whatever comes of it."""
        try:
            tally: Tally = self._ask("disarm")
        finally:
            self._end_run()
        return tally

    def _begin_run(self, run: Run) -> None:
        self._run = run
        self._source.idle = None

    def _end_run(self) -> None:
        self._run = None
        self._source.idle = NOT_PRIMED

    def clock_or_none(self) -> tuple[ClockSample, ...]:
        """The camera's clock and the host's at one moment, where the camera's can be read."""
        try:
            return (self._clock(),)
        except SettingError:  # a camera without a clock that can be read
            return ()
