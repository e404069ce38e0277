"""Rig: several cameras used as one."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from llpyspin.camera.notebook import html_of_cameras
from llpyspin.deadlines import Deadline, Turn
from llpyspin.errors import CameraClosedError, LlpyspinError, RequestTimeoutError
from llpyspin.reading.limits import READ_S
from llpyspin.recording.progress import shown
from llpyspin.rig.config import RigConfig
from llpyspin.rig.folder import SessionFolder
from llpyspin.rig.members import close_members, open_members
from llpyspin.rig.parsing import cameras_from, load_config
from llpyspin.rig.plan import check_backlog, check_seconds, options_of
from llpyspin.rig.runs import Runs
from llpyspin.rig.signals import signals_noted
from llpyspin.rig.status import progress_of, rig_status, state_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Mapping

    from llpyspin.frames import FrameInfo
    from llpyspin.recording.session import Session
    from llpyspin.rig.status import RigStatus
    from llpyspin.rig.wiring import WiringReport
    from llpyspin.sync.camera import SynchronisedCamera

__all__ = ["Rig"]

logger = logging.getLogger("llpyspin")

TURN_S = 120.0

_T = TypeVar("_T")


class Rig:
    """Several cameras that are used as one: one of them gives the pulses, or a box outside does.

    Parameters
    ----------
    cameras : list or mapping
        Serial numbers, indices, mappings as in the YAML file or
        :class:`~llpyspin.rig.config.CameraConfig`; or a mapping from names to those.  The first one without
        a role is the primary, unless another one is said to be.
    trigger : {"primary", "external"}
        "external": a box gives the pulses, and all cameras are secondaries.
    framerate : float, optional
        Pulses a second, Hz; with an external trigger, the rate that is expected.  Default: 30, or the most
        that the primary does.
    exposure : float, optional
        In us, of all cameras that have none of their own; default: the primary's.
    sync : {"lines", "ptp"}
        "lines": pulses come over wires.  "ptp": GigE cameras share one clock (IEEE 1588), and expose at times
        that the primary's process tells them; no wires.
    sdk : {"pyspin", "rotpy", "virtual"}, optional
        As in :class:`llpyspin.streaming.VideoStream`.
    on_failure : {"recover", "continue", "stop"}
        What a recording does when a camera is unplugged or one of its processes dies: bring it back as soon
        as it is there again, go on without it, or end with all.
    record : mapping, optional
        How to record: ``pre_trigger`` and fields of
        :class:`~llpyspin.recording.options.RecordingOptions`; :meth:`prime` and :meth:`record` can change it.
    allow_lower_rate : bool
        Whether the primary may run slower than ``framerate`` where its exposure, region or pixel format allow
        no more.  False: that is an error.
    **settings
        ``gain``, ``binsize``, ``roi``, ``pixel_format``, ``black_level``, ``gamma`` or ``white_balance`` of
        all cameras that say nothing else, as the properties of :class:`~llpyspin.camera.Camera`.

    Raises
    ------
    RigConfigError
        Something in it makes no sense.
    RigError
        Cameras could not be opened; all that failed are listed, and the others are closed again.

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
        trigger: str = "primary",
        framerate: float | None = None,
        exposure: float | None = None,
        sync: str = "lines",
        sdk: str | None = None,
        on_failure: str = "recover",
        record: Mapping[str, Any] | None = None,
        allow_lower_rate: bool = False,
        **settings: Any,
    ) -> None:
        if not isinstance(cameras, RigConfig):
            cameras = RigConfig(
                cameras_from(cameras),
                trigger=trigger,
                framerate=framerate,
                exposure=exposure,
                sync=sync,  # type: ignore[arg-type]  # checked there
                sdk=sdk,
                on_failure=on_failure,  # type: ignore[arg-type]  # checked there
                record=dict(record or {}),
                settings=settings,
                allow_lower_rate=allow_lower_rate,
            )
        options_of(cameras, None, {})  # refuses what makes no sense before a camera is touched
        self.config = cameras
        self._turn = Turn()
        self._reading = Turn()
        self._members = open_members(cameras)
        self._runs = Runs(self._members, cameras)

    @classmethod
    def from_yaml(cls, path: str | os.PathLike[str]) -> Rig:
        """A rig as a YAML file describes it; see the manual's page on rigs.  Raises as the constructor."""
        return cls(load_config(path))

    @classmethod
    def from_config(cls, config: RigConfig) -> Rig:
        """A rig of a configuration that was made or read before."""
        return cls(config)

    # -- recording ----------------------------------------------------------------------------------------

    def record(
        self,
        seconds: float | None,
        out: str | os.PathLike[str] | None = None,
        *,
        progress: bool = True,
        **options: Any,
    ) -> Session:
        """Record for so many seconds: :meth:`prime`, :meth:`trigger`, wait, :meth:`stop`.

        Ctrl-C, SIGTERM and a closed terminal (SIGHUP) end the recording in order: the account is made, and
        kept in :attr:`session`, before ``KeyboardInterrupt`` or ``SystemExit`` is raised.  A second Ctrl-C
        breaks off.

        Parameters
        ----------
        seconds : float or None
            None: until Ctrl-C, SIGTERM or, with ``on_failure="stop"``, a failure.
        out : path, optional
            The session's folder, new or empty; by default one named after the time, here.
        progress : bool
            Whether to show how it goes, on standard error or in the notebook.
        options
            As for :meth:`prime`.

        Returns
        -------
        Session
            What was recorded, with ``account``: ``print(session.account)``.
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
                    asked.wait(self._runs.over, seconds)
            session = self.stop()
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
        **options: Any,
    ) -> None:
        """Check, arm every camera, and have their writers ready; :meth:`trigger` begins.

        Blocks about 1 s, with the real SDK longer.  Everything that can be known to be wrong is an error
        here, and leaves nothing armed and no file behind.

        Parameters
        ----------
        out : path, optional
            The session's folder, new or empty.  None: nothing is recorded, but :meth:`read` gives frames.
        pre_trigger : float, optional
            The files begin so many seconds before :meth:`trigger`: cameras run from now on, and their newest
            frames are kept in memory.  All files begin with the same trigger.
        on_failure : {"recover", "continue", "stop"}, optional
            As in the constructor.
        allow_lower_rate : bool, optional
            As in the constructor.  The account has both rates.
        options
            Fields of :class:`llpyspin.recording.options.RecordingOptions`: ``codec``, ``quality``,
            ``overflow``, ``fill`` (in rigs True by default: picture n is trigger n), ``segment_seconds`` ...

        Raises
        ------
        RigError
            With every camera that is lost, cannot follow the rate, or whose writer cannot begin.
        RecordingError, FileExistsError, SettingRangeError
            The recording makes no sense as asked.
        """
        lower = self.config.allow_lower_rate if allow_lower_rate is None else allow_lower_rate
        self._in_turn(
            lambda: self._opened().prime(out, pre_trigger, on_failure, options, allow_lower_rate=lower)
        )

    def trigger(self) -> None:
        """Begin.  The primary runs and gives pulses; blocks some milliseconds.

        With an external trigger the cameras wait for pulses since :meth:`prime`; this begins the files of a
        pre-trigger, and else nothing.
        """
        self._in_turn(self._runs.trigger)

    def stop(self) -> Session | None:
        """End the pulses, wait for the frames under way and for the writers, make the account.

        Shows how far the writers are where that takes longer than 1 s.  A camera or writer that fails on the
        way is told of in the account and holds up nobody.

        Returns
        -------
        Session or None
            None where nothing was recorded.
        """
        return self._in_turn(self._runs.stop)

    @property
    def session(self) -> Session | None:
        """What the last recording left, with its account; None while it goes on, or if it was broken off."""
        return self._runs.session

    @property
    def folder(self) -> str:
        """Of the present recording, or else the last one; "" before the first."""
        return self._runs.folder

    # -- looking ------------------------------------------------------------------------------------------

    def read(self, *, timeout: float | None = None, backlog: int | None = None) -> dict[str, Any]:
        """The images of the next trigger that was not given yet, by the cameras' names.

        Matched by trigger number, not by arrival; to be called after :meth:`trigger`, also while it records.

        Parameters
        ----------
        timeout : float, optional
            Seconds to wait for them, default 5.
        backlog : int, optional
            How many triggers that were not read are worked off in order; where there are more, all but the
            newest are passed over.  1 means always the newest.  Default: those of the last 50 ms.

        Returns
        -------
        dict of str to ndarray or None
            (height, width) or (height, width, 3), as :meth:`VideoStream.read
            <llpyspin.streaming.VideoStream.read>` gives them; the caller's own.  None for a camera that lost
            this frame or, once the time is over, has not delivered it; all None if nobody has.

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
        """Of the images that :meth:`read` gave last; -1 before the first."""
        images = self._runs.images
        return -1 if images is None else images.trigger

    @property
    def frame_info(self) -> dict[str, FrameInfo | None]:
        """Of the images that :meth:`read` gave last, by camera."""
        images = self._runs.images
        return {} if images is None else dict(images.infos)

    def status(self) -> RigStatus:
        """How it goes, as data; blocks some milliseconds."""
        return rig_status(self._members, self._runs.current, self.folder)

    def check_wiring(self) -> WiringReport:
        """Give some pulses with the primary and see which arrive where; ``print`` what this gives.

        Not while the rig is primed.  Blocks a few seconds.

        Raises
        ------
        RigError
            A camera cannot be armed.
        RecordingError
            The rig is primed, or has no primary to give pulses.
        """
        return self._in_turn(lambda: self._opened().check_wiring())

    # -- the cameras --------------------------------------------------------------------------------------

    def __getitem__(self, name: str) -> SynchronisedCamera:
        """The camera of that name: its settings, nodes and limits, while the rig is not primed."""
        if name not in self._members:
            raise KeyError(f"this rig has no camera {name!r}. It has {', '.join(self._members)}")
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
        """Name of the camera that gives the pulses."""
        return self.config.primary.name if self.config.primary is not None else None

    @property
    def primed(self) -> bool:
        """Whether the cameras are armed."""
        return self._runs.current is not None

    @property
    def triggered(self) -> bool:
        """Whether it was triggered and not stopped since."""
        run = self._runs.current
        return run is not None and run.begun is not None

    # -- the end ------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Stop if it is primed, and close all cameras.  Closing twice is fine."""
        try:
            if self.primed:
                self.stop()
        finally:
            members, self._members = self._members, {}
            close_members(members)
            self._runs.join()

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

    # -- internals ----------------------------------------------------------------------------------------

    def _in_turn(self, work: Callable[[], _T]) -> _T:
        busy = f"another thread is priming or stopping the rig, for over {TURN_S:.0f} s"
        return self._turn.insist(TURN_S, work, RequestTimeoutError(busy))

    def _opened(self) -> Runs:
        if not self._members:
            raise CameraClosedError("the rig is closed")
        return self._runs
