"""RigOverHosts: the cameras of several computers as one rig."""

from __future__ import annotations

import contextlib
import getpass
import logging
import os
import platform
import time
import uuid
from typing import TYPE_CHECKING, Any, Literal

from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import (
    CameraClosedError,
    HostLostError,
    LlpyspinError,
    RecordingError,
    RequestTimeoutError,
)
from llpyspin.hosts.allstatus import status_of_all
from llpyspin.hosts.hostplan import plan_of_hosts
from llpyspin.hosts.hostscollect import collect_hosts
from llpyspin.hosts.hostsession import HostSession
from llpyspin.hosts.hostsrun import HostsRun, attached, primed_run
from llpyspin.hosts.manyhosts import ManyHosts
from llpyspin.naming.known import named
from llpyspin.reading.limits import READ_S
from llpyspin.recording.metadata import described
from llpyspin.recording.plan import check_seconds
from llpyspin.recording.progress import shown
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.status import RigStatus, progress_of
from llpyspin.sync.signals import signals_noted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llpyspin.hosts import asks
    from llpyspin.hosts.answers import Opened
    from llpyspin.hosts.hostimages import HostImages
    from llpyspin.hosts.ways import Way
    from llpyspin.recording.session import Session
    from llpyspin.rig.config import RigConfig

__all__ = ["RigOverHosts"]

logger = logging.getLogger("llpyspin")

TURN_S = 10.0


@named
class RigOverHosts:
    """The cameras of several computers as one rig, with the methods of :class:`~llpyspin.rig.Rig`.

    Each host records to its own disk.  A recording goes on when the network or this program fails: to its
    planned end, or for ``orphan_after_s``.  ``llpyspin.open_rig`` makes it.

    Parameters
    ----------
    config : RigConfig
        With ``hosts``.
    way : Way
        Carries requests to the hosts.  It is closed with the rig.
    attach : path-like, optional
        Folder of a session that goes on.
    """

    config: RigConfig

    def __init__(self, config: RigConfig, way: Way, *, attach: str | os.PathLike[str] | None = None) -> None:
        assert config.hosts is not None
        self.config = config
        self._hosts = config.hosts
        self._way = way
        self._turn = Turn()
        self._many = ManyHosts(config, way)
        self._closed = False
        self._run: HostsRun | None = None
        self._last: Session | None = None
        self._folder = ""
        self._seen: HostImages | None = None
        self._opened: dict[str, Opened] = {}
        holder = f"{getpass.getuser()}@{platform.node()}, process {os.getpid()}"
        try:
            if attach is None:
                self._opened = self._many.open(uuid.uuid4().hex, holder)
            else:
                self._run = attached(self._many, config, attach, holder)
                self._folder = self._run.folder
        except BaseException:
            way.close()
            raise

    # -- recording

    def record(
        self,
        seconds: float | None,
        out: str | os.PathLike[str] | None = None,
        *,
        progress: bool = True,
        **options: Any,
    ) -> Session:
        """Record for a number of seconds: :meth:`prime`, :meth:`trigger`, wait, :meth:`stop`.

        As :meth:`Rig.record <llpyspin.rig.Rig.record>`.  This program ends the recording: if it is killed,
        hosts record on for ``orphan_after_s``.  To give them a planned end of their own, use :meth:`prime`.

        Raises
        ------
        HostLostError
            With ``on_host_lost: stop``, a host does not answer any more.  The account is in :attr:`session`.
        """
        check_seconds(seconds)
        folder = SessionFolder.free_name() if out is None else out
        with signals_noted() as asked:
            self.prime(folder, **options)
            with contextlib.ExitStack() as stack:
                if progress:
                    end = None if seconds is None else time.monotonic() + seconds
                    stack.enter_context(shown(lambda: progress_of(self.status(), end), title="recording"))
                if not asked.signal:
                    self.trigger()
                    asked.wait(self._current.over, seconds)
            lost = self.lost
            session = self.stop()
        if self._hosts.collect_to and session is not None and not asked.signal:
            session = self.collect()
        asked.raise_again()
        if lost and self._hosts.on_host_lost == "stop":
            raise next(iter(lost.values()))
        assert session is not None  # a folder was given
        return session

    def prime(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        on_failure: str | None = None,
        allow_lower_rate: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        seconds: float | None = None,
        triggers: int | None = None,
        **options: Any,
    ) -> None:
        """Arm the cameras of all hosts, with their writers open; then :meth:`trigger` starts the recording.

        Blocks some seconds.  If one host fails, no camera stays armed, and no file is left.

        Parameters
        ----------
        out : path-like, optional
            Folder of the session on this computer, new or empty.  None: nothing is recorded.
        on_failure, allow_lower_rate, metadata, options
            As for :meth:`Rig.prime <llpyspin.rig.Rig.prime>`.
        seconds, triggers : float, int, optional
            Planned end, which hosts keep also without this program.

        Raises
        ------
        RigError
            ``failures`` has the error of each host that failed.
        RecordingError, RecordingExistsError
            The folder cannot be used.
        """
        plan = plan_of_hosts(
            options,
            on_failure=on_failure,
            allow_lower_rate=allow_lower_rate,
            seconds=seconds,
            triggers=triggers,
        )
        self._in_turn(lambda: self._prime(out, plan, metadata))

    def _prime(
        self, out: str | os.PathLike[str] | None, plan: asks.Prime, metadata: Mapping[str, Any] | None
    ) -> None:
        self._check_open()
        if self._run is not None:
            raise RecordingError("the rig is primed already. Call stop() first")
        said = {**self.config.said, **described(metadata or {}, subject=None, notes=None)}
        kept = None if out is None else HostSession.begin(out, self.config, self._opened, said)
        self._run = primed_run(self._many, self.config, kept, plan, said)
        self._last, self._folder = None, self._run.folder

    def trigger(self) -> None:
        """Start the recording: the primary sends pulses to the cameras of all hosts, which are all armed.

        Raises
        ------
        RigError
            The host with the primary cannot begin.
        """
        self._in_turn(lambda: self._current.trigger())

    def stop(self) -> Session | None:
        """End the pulses, have each host write all up to the last one, and make one account of all.

        Blocks until the hosts have written their frames; gives None if nothing was recorded.  A host that
        does not answer is not waited for: the account says that what it has is unknown, until
        :func:`llpyspin.recording.merge` has its files.
        """
        session: Session | None = self._in_turn(self._stop)
        return session

    def _stop(self) -> Session | None:
        run, self._run = self._run, None
        if run is not None:
            self._last = run.stop()
        return self._last

    def collect(self, to: str = "") -> Session:
        """Copy the last session with the files of all hosts; returns the copy, with an account of its files.

        Blocks as long as that takes.  Every file is compared by its SHA-256; nothing is deleted.  ``to`` is a
        folder that this computer and all hosts see by this path; by default ``collect`` of the rig's file.

        Raises
        ------
        ArgumentError, RecordingError
        """
        return collect_hosts(self._last, self._hosts, self._way, to or self._hosts.collect_to)

    # -- hosts that are lost

    @property
    def lost(self) -> dict[str, HostLostError]:
        """Hosts that do not answer now, each with its error; known within ``lost_after_s`` and a second."""
        return {} if (run := self._run) is None else run.lost

    def wait(self, seconds: float) -> bool:
        """Wait until the recording is to end by itself; False if it is not within ``seconds``.

        Raises
        ------
        HostLostError
            With ``on_host_lost: stop``, a host does not answer any more.
        """
        over = self._current.over.wait(seconds)
        if self._hosts.on_host_lost == "stop":
            for error in self.lost.values():
                raise error
        return over

    # -- looking

    def status(self) -> RigStatus:
        """The state of the rig and of its cameras; blocks up to 3 s where a host does not answer."""
        if self._closed:
            return RigStatus("closed", 0.0, 0, {})
        run = self._run
        answers, _ = self._many.status(self.lost)
        events, why = ((), "") if run is None else (run.events, run.why)
        return status_of_all(self.config, answers, self._state, self._folder, events, why)

    def read(
        self,
        *,
        timeout: float | None = None,
        form: Literal["raw", "jpeg"] = "raw",
        edge: int = 640,
    ) -> dict[str, Any]:
        """Return the images of the newest trigger, of all hosts, by the cameras' names.

        Parameters
        ----------
        timeout : float, optional
            Seconds, default 5.
        form : {"raw", "jpeg"}
            How pictures travel.  "jpeg" needs less of the network; the images are arrays all the same, of
            8 bits, with at most ``edge`` pixels along the longer side.
        edge : int
            16 to 8192 pixels.

        Returns
        -------
        dict of str to ndarray or None
            (height, width) or (height, width, 3), read-only where it came raw.  None for a camera that has
            no image of this trigger, or whose host does not answer.

        Raises
        ------
        CameraClosedError
            The rig is closed, or not primed.
        HostLostError
            The host that is asked first does not answer.
        """
        self._check_open()
        run = self._run
        if run is None:
            raise CameraClosedError("the rig is not primed. Call prime() and trigger() before read()")
        deadline = Deadline(READ_S if timeout is None else timeout)
        self._seen = run.images
        return run.images.next(form, edge, run.lost, deadline)

    @property
    def trigger_number(self) -> int:
        """Trigger number of the images that :meth:`read` returned last; -1 before the first."""
        return -1 if self._seen is None else self._seen.trigger

    @property
    def names(self) -> list[str]:
        """The cameras' names, in the order of the configuration."""
        return [camera.name for camera in self.config.cameras]

    @property
    def hosts(self) -> list[str]:
        """The hosts' names, that of the primary camera first."""
        return list(self._many.links)

    @property
    def primary(self) -> str | None:
        """Name of the camera that sends the pulses, or None."""
        return None if self.config.primary is None else self.config.primary.name

    @property
    def primed(self) -> bool:
        """Whether the cameras are armed."""
        return self._run is not None

    @property
    def triggered(self) -> bool:
        """Whether the rig was triggered and has not been stopped since."""
        run = self._run
        return run is not None and run.triggered

    @property
    def session(self) -> Session | None:
        """The last recording with its account; None during a recording."""
        return self._last

    @property
    def folder(self) -> str:
        """Folder of the present recording on this computer, or of the last one; "" before the first."""
        return self._folder

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.config.cameras)

    # -- the end

    def close(self) -> None:
        """Stop the rig if it is primed, and close the cameras of all hosts.  You may call it twice."""
        if self._closed:
            return
        try:
            if self._run is not None:
                self.stop()
        finally:
            self._closed = True
            with contextlib.ExitStack() as last:
                last.callback(self._way.close)
                last.callback(self._many.close)

    release = close

    def __enter__(self) -> RigOverHosts:
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self.close()
        except LlpyspinError as error:
            if exc[0] is None:
                raise
            logger.error("closing the rig: %s", error)

    def __repr__(self) -> str:
        lost = f", lost: {', '.join(self.lost)}" if self.lost else ""
        return f"<RigOverHosts of {', '.join(self.names)} on {', '.join(self.hosts)}, {self._state}{lost}>"

    @property
    def _state(self) -> str:
        run = self._run
        if run is None:
            return "closed" if self._closed else "open"
        if not run.triggered:
            return "primed"
        return "recording" if self._folder else "running"

    def _check_open(self) -> None:
        if self._closed:
            raise CameraClosedError("the rig is closed")

    @property
    def _current(self) -> HostsRun:
        self._check_open()
        if self._run is None:
            raise RecordingError("the rig is not primed. Call prime() first")
        return self._run

    def _in_turn(self, work: Callable[[], Any]) -> Any:
        busy = RequestTimeoutError(f"another thread has primed or stopped the rig for over {TURN_S:.0f} s")
        return self._turn.insist(TURN_S, work, busy)
