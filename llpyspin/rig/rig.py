"""Rig: several cameras used as one."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.camera.notebook import html_of_cameras
from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import CameraClosedError, LlpyspinError, RequestTimeoutError, UnknownCameraError
from llpyspin.naming.constructors import guarded
from llpyspin.naming.known import did_you_mean
from llpyspin.reading.limits import READ_S
from llpyspin.recording.plan import check_seconds
from llpyspin.recording.progress import shown
from llpyspin.report.apart import cannot_report, report_if_possible
from llpyspin.rig.calibrating.recordscalibrations import RecordsCalibrations
from llpyspin.rig.config import RigConfig
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.givenrig import config_of
from llpyspin.rig.members import close_members
from llpyspin.rig.parsing import load_config
from llpyspin.rig.plan import check_backlog, options_of
from llpyspin.rig.rigkeeper import RigKeeper
from llpyspin.rig.runs import Runs
from llpyspin.rig.status import progress_of, rig_status, state_of
from llpyspin.rig.viewable import RigViews
from llpyspin.sync.signals import signals_noted

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from llpyspin.frames import FrameInfo
    from llpyspin.recording.session import Session
    from llpyspin.rig.boxes.boxtrigger import BoxTrigger
    from llpyspin.rig.boxes.contract import PulseBox
    from llpyspin.rig.member import Member
    from llpyspin.rig.status import RigStatus
    from llpyspin.rig.wiring import WiringReport
    from llpyspin.sync.camera import SynchronisedCamera

__all__ = ["Rig"]

logger = logging.getLogger("llpyspin")

TURN_S = 120.0

_T = TypeVar("_T")


@guarded("read")
class Rig(RigViews, RecordsCalibrations):
    """Several cameras used as one; one camera, or an external generator, sends the trigger pulses.

    Each setting of cameras is one of the rig, too: ``rig.exposure = 3000`` (see :meth:`assign`).

    Parameters
    ----------
    cameras : list or mapping
        Serial numbers, indices, mappings as in the YAML file or
        :class:`~llpyspin.rig.config.CameraConfig`; or a mapping from names to these.  If no camera has the
        role "primary", the first one without a role is the primary.
    trigger : {"primary", "external"}, mapping or PulseBox
        "external": an external generator sends the pulses, and all cameras are secondaries.
        ``{"box": "/dev/ttyACM0"}``: the rig starts and stops a pulse box there, which counts the pulses; or
        an object of your own with the methods of :class:`~llpyspin.rig.boxes.contract.PulseBox`.
    framerate : float, optional
        Pulses per second (Hz); with an external trigger, the expected rate.  Default: 30, or the maximum of
        the primary.
    exposure : float or str, optional
        Exposure time in us of all cameras without their own, or "auto"; default: that of the primary.
    sync : {"lines", "ptp"}
        "lines": pulses come over wires.  "ptp": GigE cameras share one clock (IEEE 1588).  The primary's
        process sends them the exposure times, and no wires are needed.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        As in :class:`llpyspin.streaming.VideoStream`.
    on_failure : {"recover", "continue", "stop"}
        What happens when a camera is unplugged or one of its processes dies during a recording.  "recover":
        open it again as soon as possible.  "continue": go on without it.  "stop": end the recording.
    record : mapping, optional
        Options of recordings: ``pre_trigger`` and fields of
        :class:`~llpyspin.recording.options.RecordingOptions`.  :meth:`prime` and :meth:`record` can change
        them.
    allow_lower_rate : bool
        True: the primary may run slower than ``framerate`` if its exposure, ROI or pixel format require it.
        False: this is an error.
    budget : mapping, optional
        ``min_disk`` ("50GB"), ``max_size``, ``max_temperature`` (°C): where recordings end by themselves.
    on_event : str or list of str, optional
        Commands, run without a shell, and URLs (https) that get a notice (JSON) of what happens.
    **settings
        Other settings of all cameras without their own value, by the names that the properties of cameras
        have: ``gain``, ``roi`` ...

    Raises
    ------
    RigConfigError
        The description of the rig has a mistake.
    RigError
        Some cameras could not be opened.  ``failures`` lists all of them; the others are closed again.
    PulseBoxError
        The pulse box does not answer.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with Rig({"top": "12345678", "side": "87654321"}, sdk="virtual", framerate=50) as rig:
    ...         session = rig.record(0.5, folder + "/session", progress=False)
    >>> session.account.adds_up
    True
    """

    def __init__(
        self,
        cameras: Any,
        *,
        trigger: str | BoxTrigger | PulseBox | Mapping[str, Any] = "primary",
        framerate: float | None = None,
        exposure: float | str | None = None,
        sync: str = "lines",
        sdk: str | None = None,
        on_failure: str = "recover",
        record: Mapping[str, Any] | None = None,
        allow_lower_rate: bool = False,
        budget: Mapping[str, Any] | None = None,
        on_event: str | Sequence[str] | None = None,
        **settings: Any,
    ) -> None:
        if not isinstance(cameras, RigConfig):
            given: dict[str, Any] = {"trigger": trigger, "framerate": framerate, "exposure": exposure}
            given |= {"sync": sync, "sdk": sdk, "on_failure": on_failure, "on_event": on_event}
            given |= {"record": dict(record or {}), "budget": dict(budget or {})}
            given |= {"allow_lower_rate": allow_lower_rate}
            cameras = config_of(cameras, {**settings, **given})
        options_of(cameras, None, {})  # refuses what makes no sense before a camera is touched
        self.config = cameras
        self._turn = Turn()
        self._reading = Turn()
        self._members: dict[str, Member] = {}
        self._runs = Runs(self._members, cameras, self._turn)
        self._keeper = RigKeeper(self, self._turn, self._runs)
        self._in_turn(lambda: self._runs.open(self._keeper))

    @classmethod
    def from_yaml(cls, path: str | os.PathLike[str]) -> Rig:
        """Create a rig from a YAML file; see the manual's page on rigs.  Raises like the constructor."""
        return cls(load_config(path))

    @classmethod
    def from_config(cls, config: RigConfig) -> Rig:
        """Create a rig from a configuration."""
        return cls(config)

    def record(
        self,
        seconds: float | None,
        out: str | os.PathLike[str] | None = None,
        *,
        progress: bool = True,
        report: bool = False,
        **options: Any,
    ) -> Session:
        """Record for a number of seconds: :meth:`prime`, :meth:`trigger`, wait, :meth:`stop`.

        Ctrl-C, SIGTERM and a closed terminal (SIGHUP) end the recording cleanly.  The account is kept in
        :attr:`session`.  Then ``KeyboardInterrupt`` or ``SystemExit`` is raised.

        Parameters
        ----------
        seconds : float or None
            None: until Ctrl-C, SIGTERM or, with ``on_failure="stop"``, a failure.
        out : path-like, optional
            Folder of the session, new or empty; by default named after the time, in the current folder.
        progress : bool
            Whether to show the progress, on standard error or in the notebook.
        report : bool
            Whether to write ``report.html`` at the end, as ``llpyspin report`` does.  If that fails, there is
            a warning, and the recording is complete all the same.
        options
            As for :meth:`prime`.

        Returns
        -------
        Session
            The files and the account of the recording: ``print(session.account)``.
        """
        check_seconds(seconds)
        folder = SessionFolder.free_name() if out is None else out
        if report and (lacking := cannot_report()):
            logger.warning("there will be no report of the recording: %s", lacking)
        with self._runs.attending(), signals_noted() as asked:
            self.prime(folder, **options)
            with contextlib.ExitStack() as stack:
                if progress:
                    end = None if seconds is None else time.monotonic() + seconds
                    stack.enter_context(shown(lambda: progress_of(self.status(), end), title="recording"))
                if not asked.signal:
                    self.trigger()
                    self._runs.wait(asked, seconds)
            session = self.stop()
        if report and session is not None and (not asked.signal or asked.by_ctrl_c):
            report_if_possible(self.folder)
        asked.raise_again()
        assert session is not None  # it was triggered
        return session

    def prime(
        self,
        out: str | os.PathLike[str] | None = None,
        *,
        pre_trigger: float | None = None,
        on_failure: str | None = None,
        allow_lower_rate: bool | None = None,
        metadata: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        """Check and arm every camera, and start the writers; then :meth:`trigger` starts the recording.

        Blocks about 1 s, with the real SDK longer.  All errors that can be found early are raised here.  Then
        no camera stays armed, and no file is left.

        Parameters
        ----------
        out : path-like, optional
            Folder of the session, new or empty.  None: nothing is recorded, but :meth:`read` works.
        pre_trigger : float, optional
            Seconds before :meth:`trigger` at which the files begin.  The cameras run from now on, and their
            newest frames stay in memory.  All files begin with the same trigger.
        on_failure : {"recover", "continue", "stop"}, optional
            As in the constructor.
        allow_lower_rate : bool, optional
            As in the constructor.  The account has both rates.
        metadata : mapping, optional
            What you want to keep with the recording, like ``{"subject": "m42", "weight_g": 24.1}``: text,
            numbers, lists and mappings.  It stands in ``session.json``, over ``subject``, ``notes`` and
            ``metadata`` of the rig's YAML file.
        options
            Fields of :class:`llpyspin.recording.options.RecordingOptions`: ``codec``, ``container``,
            ``fill`` (in rigs True by default: picture n is trigger n) ...; and ``budget``, as above.

        Raises
        ------
        RigError
            ``failures`` lists every camera that is lost, cannot follow the rate, or has no writer.
        RecordingError, RecordingExistsError, SettingRangeError
            The recording is not possible with these arguments.
        """
        lower = self.config.allow_lower_rate if allow_lower_rate is None else allow_lower_rate
        more: dict[str, Any] = {"allow_lower_rate": lower, "metadata": metadata}
        self._in_turn(lambda: self._opened().prime(out, pre_trigger, on_failure, options, **more))

    def trigger(self) -> None:
        """Start the recording: the primary or the pulse box sends pulses.  Blocks for a few milliseconds.

        With an external trigger the cameras wait for pulses since :meth:`prime`.  Then this call only begins
        the files of a pre-trigger.
        """
        self._in_turn(self._runs.trigger)

    def stop(self) -> Session | None:
        """End the pulses, wait for the last frames and for the writers, and make the account.

        Shows the progress of the writers after 1 s.  If a camera or a writer fails, the account says so, and
        the others are not delayed.

        Returns
        -------
        Session or None
            None if nothing was recorded.
        """
        return self._in_turn(self._runs.stop)

    @property
    def session(self) -> Session | None:
        """The last recording with its account; None during a recording, or if it was interrupted."""
        return self._runs.session

    @property
    def folder(self) -> str:
        """Folder of the present recording, or of the last one; "" before the first."""
        return self._runs.folder

    # -- looking ------------------------------------------------------------------------------------------

    def read(self, *, timeout: float | None = None, backlog: int | None = None) -> dict[str, Any]:
        """Return the images of the next new trigger, by the cameras' names.

        Matched by trigger number, not by arrival.  Works after :meth:`trigger`, also in a recording.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait, default 5.
        backlog : int, optional
            Number of unread triggers that are returned in order.  If there are more, all but the newest are
            skipped.  1 means always the newest.  Default: those of the last 50 ms.

        Returns
        -------
        dict of str to ndarray or None
            (height, width) or (height, width, 3), as :meth:`VideoStream.read
            <llpyspin.streaming.VideoStream.read>` returns them.  None for a camera that lost this frame or
            did not deliver it in time.

        Raises
        ------
        CameraClosedError
            The rig is closed, or not primed.
        RigError
            No camera is left.
        """
        check_backlog(backlog)
        deadline = Deadline(READ_S if timeout is None else timeout)
        taken = self._reading.do(deadline.seconds, lambda: self._opened().read(backlog, deadline), None)
        return dict.fromkeys(self._members) if taken is None else taken

    @property
    def trigger_number(self) -> int:
        """Trigger number of the images that :meth:`read` returned last; -1 before the first."""
        images = self._runs.images
        return -1 if images is None else images.trigger

    @property
    def frame_info(self) -> dict[str, FrameInfo | None]:
        """Data of the frames that :meth:`read` returned last, by camera."""
        images = self._runs.images
        return {} if images is None else dict(images.infos)

    def status(self) -> RigStatus:
        """Return the state of the rig and its cameras; blocks for a few milliseconds."""
        return rig_status(self._members, self._runs.current, self.folder)

    def check_wiring(self) -> WiringReport:
        """Send a few pulses with the primary or the box and report which camera sees them; ``print`` it.

        The rig must not be primed.  Blocks a few seconds.

        Raises
        ------
        RigError
            A camera cannot be armed.
        RecordingError
            The rig is primed, or nothing that it can start sends its pulses.
        """
        return self._in_turn(lambda: self._opened().check_wiring())

    # -- the cameras --------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> SynchronisedCamera:
        """Return the camera ``name``, for its settings, nodes and limits while the rig is not primed."""
        self._opened()
        if name not in self._members:
            near = did_you_mean(name, self._members, f"It has {', '.join(self._members)}")
            raise UnknownCameraError(f"this rig has no camera {name!r}. {near}")
        return self._members[name].camera

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    @property
    def names(self) -> list[str]:
        """The cameras' names, in the order of the configuration."""
        return list(self._members)

    @property
    def primary(self) -> str | None:
        """Name of the camera that sends the pulses, or None."""
        return self.config.primary.name if self.config.primary is not None else None

    @property
    def primed(self) -> bool:
        """Whether the cameras are armed."""
        return self._runs.current is not None

    @property
    def triggered(self) -> bool:
        """Whether the rig was triggered and has not been stopped since."""
        run = self._runs.current
        return run is not None and run.begun is not None

    def close(self) -> None:
        """Stop the rig if it is primed, and close all cameras.  You may call it twice."""
        try:
            self._runs.looking.end_control()
            if self.primed:
                self.stop()
        finally:
            with contextlib.ExitStack() as last:  # both, also if an interrupt comes
                last.callback(self._runs.join)
                members, self._members = self._members, {}
                last.callback(close_members, members)

    release = close

    def __enter__(self) -> Rig:
        return self

    def __exit__(self, *exc: object) -> None:
        try:
            self.close()
        except LlpyspinError as error:
            if exc[0] is None:
                raise
            logger.error("closing the rig: %s", error)

    def __repr__(self) -> str:
        state = state_of(self._members, self._runs.current)
        return f"<Rig of {', '.join(self._members) or 'no cameras'}, {state}>"

    def _repr_html_(self) -> str | None:
        """What Jupyter shows: each camera with its newest frame and its settings."""
        return html_of_cameras({name: member.camera for name, member in self._members.items()})

    def _in_turn(self, work: Callable[[], _T]) -> _T:
        busy = f"another thread is priming or stopping the rig, for over {TURN_S:.0f} s"
        return self._turn.insist(TURN_S, work, RequestTimeoutError(busy))

    def _opened(self) -> Runs:
        if not self._members:
            why = self._keeper.why_closed
            raise CameraClosedError(f"the rig is closed, because {why}" if why else "the rig is closed")
        return self._runs
