"""What a host process does for its controller, and tells everybody: a method for each request."""

from __future__ import annotations

import dataclasses
import logging
import platform
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from llpyspin import __version__
from llpyspin.errors import HostStateError, LlpyspinError
from llpyspin.hosts.answers import CameraState, Done, HostFacts, Leased, Pong, Status
from llpyspin.hosts.envelopes import PROTOCOL
from llpyspin.hosts.leasing import Leasing
from llpyspin.hosts.leftovers import facts_of
from llpyspin.hosts.lookout import pictures_of
from llpyspin.hosts.openrig import OpenRig
from llpyspin.system.clocks import boot_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from llpyspin.hosts import answers, asks
    from llpyspin.hosts.course import Course

__all__ = ["Controlled"]

logger = logging.getLogger("llpyspin")

MOST_COURSES = 1000
"""Recordings whose facts are kept."""


class Controlled:
    """The state of a host process.

    Methods that begin with ``do_`` have an effect, and are called by one thread; all others only look.

    Parameters
    ----------
    host : str
        Id of the process.
    pid : int
    end : callable
        Has the process end.
    """

    def __init__(self, host: str, pid: int, end: Callable[[], object]) -> None:
        self._host = host
        self._pid = pid
        self._end = end
        self._since = time.monotonic()
        self._open: OpenRig | None = None
        self._courses: OrderedDict[str, Course] = OrderedDict()
        self.leasing = Leasing()

    # -- looking

    def hello(self, ask: asks.Hello) -> HostFacts:
        opened, course = self._open, self._course
        return HostFacts(
            host=self._host,
            computer=platform.node(),
            pid=self._pid,
            version=__version__,
            protocol=PROTOCOL,
            python=platform.python_version(),
            up_s=time.monotonic() - self._since,
            session="" if opened is None else opened.ask.session,
            name="" if opened is None else opened.ask.name,
            state="closed" if opened is None else opened.state,
            lease=self.leasing.facts,
            recording=None if course is None else course.facts,
        )

    def ping(self, ask: asks.Ping) -> Pong:
        came_ns = time.monotonic_ns()
        boot = boot_id()
        return Pong(ask.sent_ns, came_ns, time.monotonic_ns(), time.time_ns(), boot)

    def status(self, ask: asks.GetStatus) -> Status:
        opened, course, lease = self._open, self._course, self.leasing.facts
        facts = None if course is None else course.facts
        if opened is None:
            return Status("closed", 0.0, 0, {}, recording=facts, lease=lease)
        status = opened.rig.status()
        cameras = {name: CameraState(**vars(each)) for name, each in status.cameras.items()}
        fields = {field.name: getattr(status, field.name) for field in dataclasses.fields(status)}
        return Status(
            **{**fields, "cameras": cameras},
            session=opened.ask.session,
            name=opened.ask.name,
            newest=opened.newest(),
            recording=facts,
            lease=lease,
        )

    def count(self, ask: asks.Count) -> answers.Counted:
        return self._opened.count()

    def latest(self, ask: asks.Latest) -> answers.Pictures:
        return pictures_of(self._opened.rig, ask)

    def facts(self, ask: asks.GetFacts) -> answers.Facts:
        course = self._courses.get(ask.recording) if ask.recording else self._course
        if course is None:
            known = f". It has {', '.join(self._courses)}" if self._courses else ""
            raise HostStateError(f"this host process has no recording {ask.recording or 'yet'}{known}")
        return facts_of(course.facts)

    # -- having an effect

    def do_lease(self, ask: asks.Lease) -> Leased:
        session = "" if self._open is None else self._open.ask.session
        if not ask.holder:
            raise HostStateError("the lease needs a holder: who asks, for people to read")
        if ask.session and ask.session != session:
            has = f"the session {session}" if session else "no session"
            raise HostStateError(f"the session {ask.session} is not open here: the host process has {has}")
        number, before = self.leasing.grant(ask.holder, take_over=ask.take_over)
        logger.info("%s controls this host now (lease %d)", ask.holder, number)
        return Leased(number, before, session)

    def do_release(self, ask: asks.Release) -> Done:
        self.leasing.release()
        return Done()

    def do_open(self, ask: asks.Open) -> answers.Opened:
        opened = self._open
        if opened is None:
            opened = self._open = OpenRig.open(ask)
            logger.info("the session %s is open", ask.session)
        elif opened.ask.session != ask.session:
            raise HostStateError(
                f"{opened.ask.name} has the session {opened.ask.session} open. Close that first"
            )
        elif opened.ask != ask:
            raise HostStateError(
                f"the session {ask.session} is open with another configuration. Close it first"
            )
        return opened.opened

    def do_prime(self, ask: asks.Prime) -> answers.Primed:
        opened = self._opened
        if ask.recording in self._courses:
            raise HostStateError(
                f"the recording {ask.recording} was made already. Each needs an id of its own"
            )
        primed = opened.prime(ask)
        assert opened.course is not None
        self._courses[primed.recording] = opened.course
        while len(self._courses) > MOST_COURSES:
            self._courses.popitem(last=False)
        return primed

    def do_trigger(self, ask: asks.Trigger) -> answers.Triggered:
        return self._opened.trigger()

    def do_hold(self, ask: asks.Hold) -> answers.Held:
        return self._opened.hold()

    def do_stop(self, ask: asks.Stop) -> answers.RecordingFacts:
        return self._opened.stop(ask)

    def do_close(self, ask: asks.Close) -> Done:
        self.close()
        return Done()

    def do_shutdown(self, ask: asks.Shutdown) -> Done:
        self.close()
        self._end()
        return Done()

    def tend(self) -> None:
        """Begin and end what begins and ends by itself."""
        if self._open is not None:
            self._open.tend(self.leasing.silent_s)

    def close(self) -> None:
        """End the session, its recording first."""
        opened, self._open = self._open, None
        if opened is not None:
            opened.close()
            logger.info("the session %s is closed", opened.ask.session)

    def close_quietly(self) -> None:
        """The same at the end of the process."""
        try:
            self.close()
        except (LlpyspinError, OSError) as error:
            logger.error("closing the session: %s", error)

    @property
    def records(self) -> bool:
        """Whether a recording is primed, or goes on."""
        course = None if self._open is None else self._open.course
        return course is not None and not course.over

    @property
    def has_session(self) -> bool:
        return self._open is not None

    @property
    def _opened(self) -> OpenRig:
        if self._open is None:
            raise HostStateError("no session is open on this host. Open one first")
        return self._open

    @property
    def _course(self) -> Course | None:
        """The present recording, or the last one."""
        if self._open is not None and self._open.course is not None:
            return self._open.course
        return next(reversed(self._courses.values()), None)
