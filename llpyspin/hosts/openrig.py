"""The rig of a session: what is asked of it is done here, one request at a time."""

from __future__ import annotations

import logging
import os
import re
import time
from typing import TYPE_CHECKING

from llpyspin.errors import ArgumentError, HostStateError
from llpyspin.hosts.answers import Counted, Held, Newest, Opened, OpenedCamera, Primed, Triggered
from llpyspin.hosts.course import Course
from llpyspin.recording.session import new_id
from llpyspin.rig.hosted import HostedRig
from llpyspin.rig.parsing import config_from
from llpyspin.rig.plan import Shared

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.hosts.answers import RecordingFacts
    from llpyspin.hosts.asks import Open, Prime, Stop

__all__ = ["OpenRig"]

logger = logging.getLogger("llpyspin")

_ID = re.compile(r"[A-Za-z0-9_.-]{0,64}")
MOST_ALONE_S = 86400.0
CEASED_S = 2.0
"""Without a new trigger for so long, and three periods, pulses from elsewhere have ceased."""


class OpenRig:
    """The cameras of this host, for one session.

    One thread at a time, but for what only looks: ``rig``, ``course``, :meth:`count`, :meth:`newest`.

    Parameters
    ----------
    ask : Open
    rig : HostedRig
    clock : callable
        Gives the time, in s.
    """

    def __init__(self, ask: Open, rig: HostedRig, clock: Callable[[], float] = time.monotonic) -> None:
        self.ask = ask
        self.rig = rig
        self.course: Course | None = None
        self._clock = clock
        self._seen = 0
        self._seen_at = clock()
        self._due_since: float | None = None

    @classmethod
    def open(cls, ask: Open) -> OpenRig:
        """Open the cameras.

        Raises
        ------
        LlpyspinError
            As :class:`llpyspin.rig.Rig`.
        """
        check_id("session", ask.session, needed=True)
        if not 0 < ask.orphan_after_s <= MOST_ALONE_S:
            raise ArgumentError(
                f"orphan_after_s is above 0 and at most {MOST_ALONE_S:.0f} s, not {ask.orphan_after_s!r}"
            )
        return cls(ask, HostedRig(config_from(ask.config, f"the rig of host {ask.name}")))

    @property
    def state(self) -> str:
        """Of the recording, if one is going on; else "open"."""
        return "open" if self.course is None or self.course.over else self.course.state

    @property
    def opened(self) -> Opened:
        """What is open."""
        rig = self.rig
        pulses = "camera" if rig.primary is not None else "box" if rig.config.box is not None else "elsewhere"
        cameras = [(name, rig[name].info) for name in rig]
        return Opened(
            self.ask.session,
            tuple(
                OpenedCamera(name, info.serial, info.model, _role(rig, name), info.virtual)
                for name, info in cameras
            ),
            pulses,  # type: ignore[arg-type]  # one of these
            rig.rate,
        )

    # -- a recording

    def prime(self, ask: Prime) -> Primed:
        """See the request."""
        course = self.course
        if course is not None and not course.over:
            raise HostStateError(
                f"{self.ask.name} is {course.state} with the recording {course.number}. Stop that first"
            )
        check_id("recording", ask.recording)
        folder = _absolute(ask.folder)
        _check_plan(ask)
        shared = Shared(ask.recording or new_id(), ask.rate_hz)
        rate = self.rig.prime_shared(
            folder,
            shared,
            pre_trigger=ask.pre_trigger,
            on_failure=ask.on_failure,
            allow_lower_rate=ask.allow_lower_rate,
            metadata=ask.metadata,
            options=ask.options,
        )
        self._due_since = None
        place = self.rig.folder if folder is not None else ""
        self.course = Course(shared.id, ask, place, self._clock)
        return Primed(shared.id, self.course.folder, rate)

    def trigger(self) -> Triggered:
        """See the request."""
        course = self._going()
        after = time.monotonic_ns()
        self.rig.trigger()
        before = time.monotonic_ns()
        course.begin()
        return Triggered(after, before)

    def hold(self) -> Held:
        """See the request."""
        course = self._going()
        if not self.rig.makes_pulses:
            raise HostStateError(
                f"the pulses of {self.ask.name} come from elsewhere. Hold the host that makes them"
            )
        if not self.rig.triggered:
            raise HostStateError(f"{self.ask.name} was not triggered, so there are no pulses to hold")
        course.ending("its pulses were held")
        return Held(self.rig.hold())

    def count(self) -> Counted:
        """See the request."""
        return Counted(self.rig.seen, self.rig.pulses if self.rig.held else None)

    def newest(self) -> dict[str, Newest]:
        """The newest frame of each camera that has one."""
        found = self.rig.newest()
        return {name: Newest(number, info.host_timestamp_ns) for name, (number, info) in found.items()}

    def stop(self, ask: Stop) -> RecordingFacts:
        """See the request."""
        course = self.course
        if course is None:
            raise HostStateError(f"{self.ask.name} has no recording to stop. Prime it first")
        if not course.over:
            if ask.triggers is not None and ask.triggers < 0:
                raise ArgumentError(f"triggers is a whole number from 0, not {ask.triggers}")
            self._end("it was stopped", ask.triggers, discard=ask.discard)
        return course.facts

    def close(self) -> None:
        """Stop if need be, and close the cameras."""
        try:
            if self.course is not None and not self.course.over:
                self._end("the session was closed", None)
        finally:
            self.rig.close()

    # -- by itself

    def tend(self, silent_s: float) -> None:
        """Begin where the first pulse has come; end what is to end.

        Parameters
        ----------
        silent_s : float
            Since the last word of a controller.
        """
        course = self.course
        if course is None or course.over:
            return
        self._look()
        if course.state == "primed" and self._seen and not self.rig.makes_pulses:
            self._begin_elsewhere()
        reason, tell = self._due(course, silent_s)
        if not reason:
            self._due_since = None
        elif self.rig.makes_pulses or self.rig.why_over or self._pulses_are_over():
            self._end(reason, None, tell=tell)

    def _due(self, course: Course, silent_s: float) -> tuple[str, bool]:
        """Why the recording is to end now, or ""; and whether that is for its account."""
        if over := self.rig.why_over:
            return over, False  # which is there already
        if end := course.planned_end(self._seen):
            return end, False
        planned = course.ends_by_itself and not self.rig.held
        if silent_s > self.ask.orphan_after_s and course.state != "primed" and not planned:
            return f"no word of a controller for {silent_s:.0f} s", True
        return "", False

    def _look(self) -> None:
        seen = self.rig.seen
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._clock()

    def _pulses_are_over(self) -> bool:
        """Whether pulses from elsewhere have ceased, or go on for so long that nobody ends them."""
        now = self._clock()
        if self._due_since is None:
            self._due_since = now
        period_s = 1 / self.rig.rate if self.rig.rate else 0.0
        ceased = now - max(self._seen_at, self._due_since) > CEASED_S + 3 * period_s
        return ceased or now - self._due_since > self.ask.orphan_after_s

    def _begin_elsewhere(self) -> None:
        assert self.course is not None
        self.rig.trigger()
        self.course.begin()

    # --

    def _going(self) -> Course:
        if self.course is None or self.course.over:
            raise HostStateError(f"{self.ask.name} is not primed")
        return self.course

    def _end(self, reason: str, triggers: int | None, *, tell: bool = False, discard: bool = False) -> None:
        course = self._going()
        if course.state == "primed" and not self.rig.makes_pulses and (self.rig.seen or not discard):
            self._begin_elsewhere()
        course.ending(reason)
        logger.info("the recording %s ends: %s", course.number, reason)
        try:
            session = self.rig.stop_at(triggers, reason, tell=tell)
        except BaseException as error:
            course.end("failed", reason=f"{type(error).__name__}: {error}")
            raise
        course.end("ended" if session is not None or not course.folder else "discarded", session)


def _role(rig: HostedRig, name: str) -> str:
    return "primary" if name == rig.primary else "secondary"


def check_id(what: str, text: str, *, needed: bool = False) -> None:
    """Refuse what is no id of a session or recording.

    Raises
    ------
    ArgumentError
    """
    if not _ID.fullmatch(text) or (needed and not text):
        raise ArgumentError(
            f"the id of a {what} has {'1' if needed else '0'} to 64 letters, digits, '-', '_' or '.', "
            f"not {text!r}"
        )


def _absolute(folder: str | None) -> str | None:
    if folder is None:
        return None
    path = os.path.expanduser(folder)
    if not os.path.isabs(path):
        raise ArgumentError(f"the folder of a recording on a host is an absolute path, not {folder!r}")
    return path


def _check_plan(ask: Prime) -> None:
    for name, value in (("seconds", ask.seconds), ("triggers", ask.triggers), ("rate_hz", ask.rate_hz)):
        if value is not None and not 0 < value < 1e9:
            raise ArgumentError(f"{name} is a number above 0 and below 1e9, not {value!r}")
